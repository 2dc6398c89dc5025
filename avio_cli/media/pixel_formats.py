"""The pixel formats of frames in avio's pipes.

Light to import: numpy is imported only where arrays are made, so that a
decoder can be started before it.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """The memory layout of one frame's samples; ffmpeg's name for it."""

    name: str
    chroma: tuple[int, int]
    """Horizontal and vertical divisors of the chroma planes; (0, 0): no chroma."""
    channels: int = 1
    """Interleaved samples a pixel in the first plane: 3 for bgr24 and rgb24."""
    bits: int = 8
    red_first: bool = False
    """Whether interleaved samples are red, green, blue."""

    @property
    def dtype(self) -> "type[np.uint8] | type[np.uint16]":
        """What one sample is stored in."""
        import numpy as np

        return np.uint8 if self.bits == 8 else np.uint16

    @property
    def is_planar(self) -> bool:
        """Whether chroma has planes of its own."""
        return self.chroma != (0, 0)

    def shapes(self, width: int, height: int) -> tuple[tuple[int, ...], ...]:
        """Shape of each plane; odd sizes round the chroma up, as ffmpeg does."""
        if self.channels > 1:
            return ((height, width, self.channels),)
        if not self.is_planar:
            return ((height, width),)
        across, down = self.chroma
        chroma = (-(-height // down), -(-width // across))
        return ((height, width), chroma, chroma)

    def size(self, width: int, height: int) -> int:
        """Bytes of one frame."""
        samples = sum(map(math.prod, self.shapes(width, height)))
        return samples * (1 if self.bits == 8 else 2)


_FORMATS = (
    PixelFormat("bgr24", (0, 0), channels=3),
    PixelFormat("rgb24", (0, 0), channels=3, red_first=True),
    PixelFormat("gray", (0, 0)),
    PixelFormat("yuv420p", (2, 2)),
    PixelFormat("yuv422p", (2, 1)),
    PixelFormat("yuv444p", (1, 1)),
    PixelFormat("gray10le", (0, 0), bits=10),
    PixelFormat("yuv420p10le", (2, 2), bits=10),
    PixelFormat("yuv422p10le", (2, 1), bits=10),
    PixelFormat("yuv444p10le", (1, 1), bits=10),
)
PIXEL_FORMATS = {entry.name: entry for entry in _FORMATS}
"""The pixel formats in avio's pipes, by ffmpeg's name."""
