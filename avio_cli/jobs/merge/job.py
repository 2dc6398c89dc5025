"""Job and result of a merge, as data."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.mux.verify import Verification
from avio_cli.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeJob:
    """What to merge; fixed before the merge starts."""

    sources: tuple[MediaSource, ...]
    """In their order; the first one decides size, codec and tracks of the result."""
    output: Path
    preset: Preset
    """Its container, and how video and audio are encoded where they must be."""
    encode: bool = False
    """Whether to encode everything, even what could be copied."""
    reason: str = "asked for"
    """Why, where `encode` is set."""
    verify: Verification = "quick"
    force: bool = False
    allow_damaged: bool = False

    @property
    def ffmpeg(self) -> FFmpeg:
        """The binary that writes the result: that of the first source."""
        return self.sources[0].ffmpeg


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What a merge wrote."""

    frames: int
    seconds: float
    size: int
    video_reencode_reason: str
    """Why the video was encoded; empty: it was copied, or there is none."""
    audio_reencode_reason: str
    """Why the audio was encoded; empty: it was copied, or there is none."""
    starts: tuple[Fraction, ...]
    """When each part starts, in seconds."""


class NotCopiedError(AvioError):
    """Video that looked compatible cannot be copied after all."""
