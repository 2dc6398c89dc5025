"""Limits: how much of an input avio takes; what is beyond is refused, not decoded."""

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING

from avio_cli.errors import InputError

if TYPE_CHECKING:
    from avio_cli.media.info import MediaInfo

MAX_PIXELS = 200_000_000
"""Of a frame: six of 8K. In bgr24 it is 0.6 GB, of which decoding needs several."""
SAFE_MAX_PIXELS = 50_000_000
"""Likewise for input that is not trusted: 8K, or a photo of 48 megapixels."""
MAX_STREAMS = 256
SAFE_MAX_STREAMS = 64
MAX_HEADER_BYTES = 32 << 20
"""Of what ffmpeg reports of a source: its streams, chapters and metadata."""
SAFE_MAX_HEADER_BYTES = 4 << 20
PATIENCE = 60.0
"""Seconds in which a source that is opened must answer."""

# The same words in ffmpeg 5.1 and 9.0; a title may hold them, too.
_TOO_LARGE = re.compile(
    r"^\[[^\n]*\[IMGUTILS @ \w+\] (?:\[\w+\] )?"
    r"Picture size (\d+)x(\d+) exceeds specified max pixel count",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a source may be, what it may open, and when it must answer.

    Decoders get the limit as well: it holds for every frame of a stream.
    """

    max_pixels: int = MAX_PIXELS
    """Of one frame; 0: no limit."""
    max_streams: int = MAX_STREAMS
    max_header_bytes: int = MAX_HEADER_BYTES
    """Of streams, chapters and metadata together, as ffmpeg reports them."""
    network: bool = True
    """Whether the source may be a network address."""
    patience: float = field(default=PATIENCE, compare=False)
    """Seconds in which a live source must begin to send."""
    option: str = field(default="max_pixels=", compare=False)
    """How the user spells the first one: the command line has an option."""

    @classmethod
    def safe(
        cls, max_pixels: int = SAFE_MAX_PIXELS, option: str = "max_pixels="
    ) -> "Limits":
        """Those for input that is not trusted: lower ones, and no network."""
        return cls(
            max_pixels=max_pixels,
            max_streams=SAFE_MAX_STREAMS,
            max_header_bytes=SAFE_MAX_HEADER_BYTES,
            network=False,
            option=option,
        )

    def awaiting(self, timeout: Fraction | None) -> "Limits":
        """The same, for a live source that may be away for so many seconds."""
        if timeout is None:
            return self
        return replace(self, patience=min(float(timeout), PATIENCE))

    @property
    def options(self) -> tuple[str, ...]:
        """ffmpeg's options of an input: no decoder makes room for larger frames."""
        if not self.max_pixels:
            return ()
        # Decoders ask for rows and columns that fill their blocks, up to 128 more.
        room = 192 * isqrt(self.max_pixels) + 128 * 64
        return ("-max_pixels", str(self.max_pixels + room))

    def check(self, info: "MediaInfo", log: str = "") -> None:
        """Refuse what a probe has found, or what kept it from finding it.

        Args:
            info: what a source contains.
            log: what ffmpeg logged meanwhile.

        Raises:
            InputError: a frame or the number of streams is above the limit.
        """
        if error := self.refusal(info.source, log):
            raise error
        for video in (*info.videos, *info.covers):
            if self.max_pixels and video.width * video.height > self.max_pixels:
                raise self._too_large(info.source, video.width, video.height)
        if len(info.streams) > self.max_streams:
            raise InputError(
                f"cannot open {info.source}: it has {len(info.streams)} streams, "
                f"more than {self.max_streams}"
            )

    def refusal(self, name: str, log: str) -> InputError | None:
        """The error where ffmpeg met too large a frame; None where it did not."""
        size = too_large(log)
        return self._too_large(name, *size) if size and self.max_pixels else None

    def excess(self, width: int, height: int) -> str:
        """One clause: how large a frame is, and what is allowed."""
        pixels = width * height
        shown = f"{pixels / 1e6:.0f} million" if pixels >= 10**7 else str(pixels)
        return (
            f"{width}x{height} ({shown} pixels), more than {self.option}"
            f"{self.max_pixels}"
        )

    def _too_large(self, name: str, width: int, height: int) -> InputError:
        return InputError(
            f"cannot open {name}: its frames are {self.excess(width, height)}",
            hint=f"{self.option}{width * height} opens it, if you trust it",
        )


COMMAND_LINE = Limits(option="--max-pixels ")
"""Those of a command without options about them."""
UNLIMITED = Limits(max_pixels=0, max_streams=1 << 20, max_header_bytes=1 << 30)
"""For files that avio has made itself."""


def too_large(text: str) -> tuple[int, int] | None:
    """Width and height of a frame that a decoder has refused; None without one."""
    found = _TOO_LARGE.search(text)
    return (int(found[1]), int(found[2])) if found else None
