"""Job and result of a trim, as data."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.demux.cut_points import TickRange
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import VideoStream
from avio_cli.mux.verify import Verification
from avio_cli.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimJob:
    """What to cut out of which file; fixed before the trim starts."""

    source: MediaSource
    output: Path
    preset: Preset
    """Its container, and how video is encoded where it must be."""
    start: Fraction = Fraction(0)
    """Seconds after the source's start."""
    end: Fraction | None = None
    exact: bool = False
    """Whether the first and the last frame must be those asked for."""
    verify: Verification = "quick"
    force: bool = False
    allow_damaged: bool = False

    @property
    def video(self) -> VideoStream | None:
        """The video stream whose frames decide where to cut."""
        videos = self.source.info.videos
        return videos[0] if videos else None

    @property
    def bounds(self) -> TickRange:
        """The time range in the video's ticks."""
        return TickRange.from_seconds(
            self.source.info, require_video(self), self.start, self.end
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimResult:
    """What was cut out."""

    start: Fraction
    """Where it really starts, in seconds after the source's start."""
    end: Fraction | None
    """Where it really ends; None: at the end of the source."""
    copied: int = 0
    """Video frames that were copied."""
    encoded: int = 0
    """Video frames that were encoded again."""
    reason: str = ""
    """Why the whole range was encoded again instead of only its ends."""
    size: int = 0
    """Bytes of the result."""
    damage: str = ""


def require_video(job: TrimJob) -> VideoStream:
    """The video stream of a job that has one.

    Raises:
        InputError: it has none.
    """
    if job.video is None:
        raise InputError(f"{job.source.name} has no video")
    return job.video
