"""How inputs are opened: reader settings from a play job, for one input or range.

Light to import: it starts the first decoder before numpy is imported.
"""

import logging
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.decode.live.options import Latency
from avio_cli.decode.settings import (
    BWDIF_INTERLACED,
    AudioFormat,
    ReaderSettings,
    select_video,
)
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.media.pixel_names import has_alpha, is_rgb
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.track_choice import TrackChoice

BWDIF_ALL = "bwdif=mode=send_frame:deint=all"
"""For a video that does not say that it is interlaced."""
LOG = logging.getLogger("avio.player")

_PIPED_OPTIONS = ("-flags", "low_delay", "-analyzeduration", "1000000")
LIVE_OPTIONS = ("-fflags", "nobuffer", *_PIPED_OPTIONS)
"""For ffmpeg's input: output every packet and every frame at once."""
_ARRIVAL = ("-use_wallclock_as_timestamps", "1")
"""For ffmpeg's input: when a packet arrives is its time."""


IMAGE_SECONDS = Fraction(5)
"""How long one image of several is shown, unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class BufferLimits:
    """How much is decoded ahead."""

    enough_video_bytes: int = 36 << 20
    """Enough, if there is enough audio too."""
    max_video_bytes: int = 44 << 20
    """Never more, even without any audio: it may be late, or have ended."""
    enough_audio_seconds: float = 0.6
    """Enough, if there are enough frames too."""
    max_audio_seconds: float = 60.0
    """Never more, even without any frame."""


LIVE_LIMITS = BufferLimits(4 << 20, 32 << 20, 0.1, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSettings:
    """How inputs are read; the same for all of a playlist."""

    video: bool = True
    audio: bool = True
    reading: ReaderSettings = field(default_factory=ReaderSettings)
    """Pixel format, filters and options; its range is that of the whole playback."""
    audio_filter: str = ""
    choice: TrackChoice = field(default_factory=TrackChoice)
    limits: BufferLimits = field(default_factory=BufferLimits)
    timeout: Fraction | None = None
    """Seconds after which a live source that is lost is given up; None: never."""
    latency: Latency | None = None
    """Whether late frames of a live source are skipped; None: as it is sent."""
    image_seconds: Fraction | None = None
    """How long a single image is shown; None: until the user goes on."""

    def video_of(self, info: MediaInfo) -> VideoStream | None:
        """The video stream to play, with the colours in which its frames come.

        None if there is none, or none is wanted.
        """
        if not (self.video and info.videos):
            return None
        video = select_video(info, self.reading.video_track)
        if not self.reading.tone_map:
            return video
        from avio_cli.player.playback.tone_map import as_mapped

        return as_mapped(video)

    def audio_track_of(self, info: MediaInfo) -> int | None:
        """The audio track to start with; None if there is none to play.

        Raises:
            InputError: the one that is asked for is not there.
        """
        return self.choice.audio_of(info) if self.audio else None

    def for_range(self, start: Fraction, end: Fraction | None) -> ReaderSettings:
        """Settings to read the frames from one position to another, without audio.

        Args:
            start: seconds after the source's start.
            end: the same; None for the end of the source.
        """
        if end is not None and end <= start:
            end = start + Fraction(1, 1000)
        return replace(self.reading, start=start, end=end)

    def for_playback(
        self, start: Fraction, *, audio_track: int | None, speed: Fraction
    ) -> ReaderSettings:
        """Settings to read frames and audio from a position on, for playback.

        Args:
            start: seconds after the source's start.
            audio_track: which audio track; None for none.
            speed: 1 for normal.
        """
        reading = self.for_range(start, self.reading.end)
        if audio_track is None:
            return reading
        audio = AudioFormat(track=audio_track, filters=self.audio_filter, speed=speed)
        return replace(reading, audio=audio)


def probe_options(
    url: MediaUrl, *, low_latency: bool, ignore_times: bool
) -> tuple[str, ...]:
    """Options of the ffmpeg that opens a source first; a relay keeps it open."""
    options = live_options(url, low_latency=low_latency)
    return (*options, *_ARRIVAL) if ignore_times and url.is_relayed else options


def live_options(url: MediaUrl, *, low_latency: bool) -> tuple[str, ...]:
    """Input options for a source; none for files, which would lose their start.

    Without a buffer, packets read to probe the source are not decoded (5.1, 9.0). What
    is piped may have its only keyframe among them, so that nothing could be shown.
    """
    if not low_latency or url.kind == "file":
        return ()
    return _PIPED_OPTIONS if url.kind == "stdin" else LIVE_OPTIONS


def open_settings(job: PlayJob, source: MediaSource, *, audio: bool) -> OpenSettings:
    """The settings for one input of a run."""
    options = live = live_options(source.url, low_latency=job.low_latency)
    if source.relay is not None:  # what it sends is piped, and had the other options
        options = _PIPED_OPTIONS if live else ()
    elif job.ignore_times:
        options += _ARRIVAL
    return OpenSettings(
        video=job.video,
        audio=audio,
        reading=ReaderSettings(
            pixel_format=_pixel_format(job),
            start=job.start,
            end=job.end,
            video_filter=job.video_filter,
            deinterlace=deinterlacer(source.info, job.deinterlace),
            blend=_over_black(source.info),
            tone_map=_tone_map(job, source),
            input_options=options,
        ),
        audio_filter=job.audio_filter,
        choice=job.choice,
        limits=LIVE_LIMITS if live else BufferLimits(),
        timeout=job.timeout,
        latency=job.latency,
        image_seconds=_image_seconds(job),
    )


def deinterlacer(info: MediaInfo, wanted: bool | None) -> str:
    """The filter that deinterlaces; empty for none.

    Args:
        info: what is played.
        wanted: None: where the video says that it is interlaced.
    """
    tagged = bool(info.videos) and info.videos[0].is_interlaced
    if not (tagged if wanted is None else wanted):
        return ""
    return BWDIF_INTERLACED if tagged else BWDIF_ALL


def _over_black(info: MediaInfo) -> str:
    """Else what is transparent has the colour that its pixels happen to hold."""
    pixel_format = info.videos[0].pixel_format if info.videos else ""
    if not has_alpha(pixel_format):
        return ""
    planar = "gbrap" if is_rgb(pixel_format) else "yuva444p"
    return f"format={planar},premultiply=inplace=1"


def _tone_map(job: PlayJob, source: MediaSource) -> str:
    if not (job.tone_map and job.video and source.info.videos):
        return ""
    from avio_cli.player.playback.tone_map import can_tone_map, tone_map_filter

    keeps_size = bool(job.callbacks or job.tracking or job.tracks)
    filters = tone_map_filter(source.info.videos[0], keeps_size=keeps_size)
    if filters and not can_tone_map(source.ffmpeg):
        LOG.warning("HDR is shown as it is: %s cannot map it", source.ffmpeg.path)
        return ""
    return filters


def _image_seconds(job: PlayJob) -> Fraction | None:
    """A single image stays; one of several makes room for the next."""
    if job.image_duration is None and (len(job.urls) > 1 or job.loop):
        return IMAGE_SECONDS
    return job.image_duration


def _pixel_format(job: PlayJob) -> str:
    if not job.callbacks:
        return "yuv420p"
    from avio_cli.callbacks.step import common_pixel_format  # they have imported numpy

    return common_pixel_format(job.callbacks)
