"""How films are read: what a job asks for, and what that means of one film.

Light to import: the first decoder is started by it before numpy is there.
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
"""For ffmpeg's input: hand every packet on at once, and every frame."""


@dataclass(frozen=True, slots=True)
class BufferLimits:
    """How much is read before it is needed."""

    enough_video_bytes: int = 48 << 20
    """Enough, if there is sound enough too."""
    max_video_bytes: int = 128 << 20
    """Never more, even without any sound: it may be late, or over."""
    enough_audio_seconds: float = 0.6
    """Enough, if there are pictures enough too."""
    max_audio_seconds: float = 60.0
    """Never more, even without any picture."""


LIVE_LIMITS = BufferLimits(4 << 20, 32 << 20, 0.1, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSettings:
    """How inputs are read; the same for all of a playlist."""

    video: bool = True
    audio: bool = True
    reading: ReaderSettings = field(default_factory=ReaderSettings)
    """Pixel format, filters, and options; its stretch is that of the whole film."""
    audio_filter: str = ""
    limits: BufferLimits = field(default_factory=BufferLimits)

    def video_of(self, info: MediaInfo) -> VideoStream | None:
        """The film that is shown; None where there is none, or none is wanted."""
        if not (self.video and info.videos):
            return None
        return select_video(info, self.reading.video_track)

    def audio_track_of(self, info: MediaInfo) -> int | None:
        """The sound track that is heard first; None where there is none to hear."""
        sounds = any(audio.sample_rate for audio in info.audios)
        return 0 if self.audio and sounds else None

    def for_range(
        self, start: Fraction, end: Fraction | None, subtitles: str = ""
    ) -> ReaderSettings:
        """How the picture is read from one position to another, without sound.

        Args:
            start: seconds after the source's start.
            end: the same; None for the end of the film.
            subtitles: a filter that draws them.
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
        """How picture and sound are read from a position on, to be played.

        Args:
            start: seconds after the source's start.
            audio_track: which sound; None for none.
            speed: times the normal one.
            subtitles: a filter that draws them.
        """
        reading = self.for_range(start, self.reading.end, subtitles)
        if audio_track is None:
            return reading
        audio = AudioFormat(track=audio_track, filters=self.audio_filter, speed=speed)
        return replace(reading, audio=audio)


def live_options(address: MediaUrl, *, low_latency: bool) -> tuple[str, ...]:
    """Options of ffmpeg for a source; none for files, which would lose their beginning.

    What is read to find out what a source holds is not decoded then (ffmpeg 5.1).
    """
    return LIVE_OPTIONS if low_latency and address.kind != "file" else ()


def open_settings(job: PlayJob, address: MediaUrl, *, sound: bool) -> OpenSettings:
    """How all films of a run are read."""
    options = live = live_options(address, low_latency=job.low_latency)
    if job.ignore_times:
        options += ("-use_wallclock_as_timestamps", "1")
    return OpenSettings(
        video=job.video,
        audio=sound,
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
