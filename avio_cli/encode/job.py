"""Job and result of an encode or a stream copy by ffmpeg, as data."""

import logging
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.encode.settings import EncodeSettings
from avio_cli.ffmpeg.gaps import Gap
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, printable

LOG = logging.getLogger("avio.encode")


@dataclass(frozen=True, slots=True)
class EncodeResult:
    """What was written."""

    frames: int
    seconds: float
    size: int
    damage: str = ""
    """What of the source could not be read, where that was allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeJob:
    """A source, an output and the settings between them; immutable."""

    source: MediaSource
    output: Path | MediaUrl
    """A file, or a server to send to."""
    settings: EncodeSettings
    force: bool = False
    allow_damaged: bool = False
    lost: Gap | None = None
    """Before the first frame: what of the range a hole in the source took away."""
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
        end = self.settings.end
        end = self.source.info.duration if end is None else end
        return None if end is None else max(end - self.settings.start, Fraction(0))
