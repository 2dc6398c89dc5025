"""Job and result of a transcode, as data."""

import logging
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.callbacks.step import CallbackStep
from avio_cli.encode.settings import EncodeSettings
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, printable

LOG = logging.getLogger("avio.transcode")


@dataclass(frozen=True, slots=True)
class TranscodeResult:
    """What a transcode wrote."""

    frames: int
    seconds: float
    size: int
    damage: str = ""
    """What of the source could not be read, where that was allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscodeJob:
    """Everything a transcode needs; fixed before it starts."""

    source: MediaSource
    output: Path | MediaUrl
    """A file, or a server to send to."""
    settings: EncodeSettings
    force: bool = False
    allow_damaged: bool = False
    callbacks: tuple[CallbackStep, ...] = ()
    hwaccel: str = "none"
    """Hardware to use: one of `avio_cli.decode.acceleration.CHOICES`."""

    @property
    def name(self) -> str:
        """The output's name, as it is displayed."""
        output = self.output
        name = output.display_name if isinstance(output, MediaUrl) else output.name
        return printable(name)

    @property
    def duration(self) -> Fraction | None:
        """Expected seconds of the output; None where unknown."""
        settings, end = self.settings, self.settings.end
        end = self.source.info.duration if end is None else end
        return None if end is None else max(end - settings.start, Fraction(0))
