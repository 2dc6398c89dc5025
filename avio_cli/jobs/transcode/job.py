"""What a transcode is to do, and what it did, as data."""

import logging
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.callbacks.step import CallbackStep
from avio_cli.encode.settings import EncodeSettings
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl, printable
from avio_cli.media.info import MediaInfo

LOG = logging.getLogger("avio.transcode")


@dataclass(frozen=True, slots=True)
class TranscodeResult:
    """What a run did."""

    frames: int
    seconds: float
    size: int
    damage: str = ""
    """What the source failed to give, where that was allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscodeJob:
    """Everything a run needs; frozen before any work begins."""

    ffmpeg: FFmpeg
    address: MediaUrl
    info: MediaInfo
    output: Path | MediaUrl
    """A file, or a server to send to."""
    settings: EncodeSettings
    force: bool = False
    allow_damaged: bool = False
    callbacks: tuple[CallbackStep, ...] = ()
    hwaccel: str = "none"
    """What may decode and encode: one of `avio_cli.decode.acceleration.CHOICES`."""

    @property
    def name(self) -> str:
        """The result's name, as people may see it."""
        output = self.output
        shown = output.display_name if isinstance(output, MediaUrl) else output.name
        return printable(shown)

    @property
    def duration(self) -> Fraction | None:
        """Seconds that the result shall have; None where unknown."""
        end = self.settings.end if self.settings.end is not None else self.info.duration
        return None if end is None else max(end - self.settings.start, Fraction(0))
