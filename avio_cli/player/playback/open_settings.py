"""How inputs are opened: reader settings from a play job, for one input or range.

Light to import: it starts the first decoder before numpy is imported.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.decode.settings import AudioFormat, ReaderSettings, select_video
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.player.job import PlayJob

LIVE_OPTIONS = (
    *("-fflags", "nobuffer", "-flags", "low_delay", "-analyzeduration", "1000000"),
)
"""For ffmpeg's input: output every packet and every frame at once."""


@dataclass(frozen=True, slots=True)
class BufferLimits:
    """How much is decoded ahead."""

    enough_video_bytes: int = 48 << 20
    """Enough, if there is enough audio too."""
    max_video_bytes: int = 128 << 20
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
    limits: BufferLimits = field(default_factory=BufferLimits)

    def video_of(self, info: MediaInfo) -> VideoStream | None:
        """The video stream to play; None if there is none, or none is wanted."""
        if not (self.video and info.videos):
            return None
        return select_video(info, self.reading.video_track)

    def audio_track_of(self, info: MediaInfo) -> int | None:
        """The audio track to start with; None if there is none to play."""
        has_audio = any(audio.sample_rate for audio in info.audios)
        return 0 if self.audio and has_audio else None

    def for_range(
        self, start: Fraction, end: Fraction | None, subtitles: str = ""
    ) -> ReaderSettings:
        """Settings to read the frames from one position to another, without audio.

        Args:
            start: seconds after the source's start.
            end: the same; None for the end of the source.
            subtitles: the filter that burns them in.
        """
        if end is not None and end <= start:
            end = start + Fraction(1, 1000)
        return replace(self.reading, start=start, end=end, subtitles=subtitles)

    def for_playback(
        self,
        start: Fraction,
        *,
        audio_track: int | None,
        speed: Fraction,
        subtitles: str = "",
    ) -> ReaderSettings:
        """Settings to read frames and audio from a position on, for playback.

        Args:
            start: seconds after the source's start.
            audio_track: which audio track; None for none.
            speed: 1 for normal.
            subtitles: the filter that burns them in.
        """
        reading = self.for_range(start, self.reading.end, subtitles)
        if audio_track is None:
            return reading
        audio = AudioFormat(track=audio_track, filters=self.audio_filter, speed=speed)
        return replace(reading, audio=audio)


def live_options(url: MediaUrl, *, low_latency: bool) -> tuple[str, ...]:
    """Input options for a source; none for files, which would lose their start.

    With them, packets read to probe the source are not decoded (ffmpeg 5.1).
    """
    return LIVE_OPTIONS if low_latency and url.kind != "file" else ()


def open_settings(job: PlayJob, url: MediaUrl, *, audio: bool) -> OpenSettings:
    """The settings for all inputs of a run."""
    options = live = live_options(url, low_latency=job.low_latency)
    if job.ignore_times:
        options += ("-use_wallclock_as_timestamps", "1")
    return OpenSettings(
        video=job.video,
        audio=audio,
        reading=ReaderSettings(
            pixel_format=_pixel_format(job),
            start=job.start,
            end=job.end,
            video_filter=job.video_filter,
            input_options=options,
        ),
        audio_filter=job.audio_filter,
        limits=LIVE_LIMITS if live else BufferLimits(),
    )


def _pixel_format(job: PlayJob) -> str:
    if not job.callbacks:
        return "yuv420p"
    from avio_cli.callbacks.step import common_pixel_format  # they have imported numpy

    return common_pixel_format(job.callbacks)
