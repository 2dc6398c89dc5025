"""What is to be joined, and what came of it."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo
from avio_cli.mux.verify import Verification
from avio_cli.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeJob:
    """What is to be joined; frozen before any work begins."""

    ffmpeg: FFmpeg
    sources: tuple[tuple[MediaUrl, MediaInfo], ...]
    """In their order; the first one decides what the result is like."""
    output: Path
    preset: Preset
    """Its container; how pictures and sound are encoded, where they are."""
    encode: bool = False
    """Whether to encode all, whether or not it could be copied."""
    reason: str = "asked for"
    """Why, where `encode` is set."""
    verify: Verification = "quick"
    force: bool = False
    allow_damaged: bool = False


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What was made."""

    frames: int
    seconds: float
    size: int
    video_reencode_reason: str
    """Why the film was encoded; empty: it was copied, or there is none."""
    audio_reencode_reason: str
    """Why the sound was encoded; empty: it was copied, or there is none."""
    starts: tuple[Fraction, ...]
    """When each part begins, in seconds."""


class NotCopiedError(AvioError):
    """A film that seemed to be alike cannot be copied after all."""
