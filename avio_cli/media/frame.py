"""A video frame or a block of audio in numpy, with its exact time."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.events import InputEvent
from avio_cli.media.pixel_formats import PIXEL_FORMATS as PIXEL_FORMATS
from avio_cli.media.pixel_formats import PixelFormat as PixelFormat

Samples = NDArray[np.uint8] | NDArray[np.uint16]
Box = tuple[float, float, float, float]
"""x1 y1 x2 y2, in pixels of the full frame."""


class Drop(Enum):
    """The type of `DROP`."""

    DROP = "drop"


DROP: Final = Drop.DROP
"""What a callback returns to drop a frame from the output."""


def planes_of(
    buffer: bytearray | Samples, layout: PixelFormat, width: int, height: int
) -> tuple[Samples, ...]:
    """View a buffer as the planes of a frame, without copying.

    Args:
        buffer: exactly ``layout.size(width, height)`` bytes, tightly packed.
        layout: the pixel format.
        width: pixels in a row.
        height: rows.

    Returns:
        One array a plane, sharing the buffer's memory: (H, W, 3) for bgr24 and rgb24,
        (H, W) for gray, (H, W) and two smaller ones for YUV.
    """
    flat = np.frombuffer(buffer, dtype=layout.dtype)
    planes: list[Samples] = []
    start = 0
    for shape in layout.shapes(width, height):
        end = start + int(np.prod(shape))
        planes.append(cast("Samples", flat[start:end].reshape(shape)))
        start = end
    return tuple(planes)


def _no_view() -> NDArray[np.uint8]:
    return np.empty((0, 0, 3), np.uint8)


@dataclass(slots=True)
class Frame:
    """One video frame and its exact time; the receiver may change it in place."""

    planes: tuple[Samples, ...] = field(repr=False)
    """One array a plane: see `planes_of`. uint8, or uint16 for 10 bits."""
    pixel_format: str
    """A key of `PIXEL_FORMATS`."""
    index: int
    """Frames that the source gave before this one; -1 where that is not known."""
    pts: int
    """Presentation time in ticks of `time_base`; the source's own, not shifted."""
    time_base: Fraction
    """Seconds a tick."""
    view: NDArray[np.uint8] = field(default_factory=_no_view, repr=False)
    """(H, W, 3) bgr24: the same frame scaled and letterboxed; else empty."""
    tracks: Tracks = field(default_factory=Tracks)
    """What a tracker follows in this frame."""
    events: Sequence[InputEvent] = ()
    """What the user did since the last frame; empty outside the player."""
    record: bool = False
    """A callback's request that the player records from here on."""
    duration: Fraction | None = None
    """Seconds for which it is shown; None: until the next frame. Set on the last frame
    of a source that declares it, unless that is as long as the one before."""
    packet: tuple[int, int] | None = None
    """Of a source whose packets are passed on: which of its openings it came from, and
    its pts there. None: of another one."""
    hidden: tuple[Box, ...] | None = None
    """Boxes that ``--draw blur`` hides in it; None: not known. In the player, other
    frames than those that are tracked in order have none, such as those decoded to step
    back: they are hidden as a whole."""

    def __post_init__(self) -> None:
        layout = PIXEL_FORMATS.get(self.pixel_format)
        if layout is None:
            raise ValueError(f"unknown pixel format {self.pixel_format!r}")
        shapes = layout.shapes(self.width, self.height)
        given = tuple(plane.shape for plane in self.planes)
        if given != shapes or any(p.dtype != layout.dtype for p in self.planes):
            raise ValueError(
                f"{self.pixel_format} needs {np.dtype(layout.dtype)} planes {shapes}, "
                f"not {self.planes[0].dtype} {given}"
            )

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.planes[0].shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.planes[0].shape[0])

    @property
    def pixels(self) -> Any:
        """The image: (H, W, 3) for bgr24 and rgb24, (H, W) for gray, else (Y, U, V).

        Typed Any so that the common case, ``frame.pixels[y, x]``, needs no narrowing.
        """
        layout = PIXEL_FORMATS[self.pixel_format]
        return self.planes if layout.is_planar else self.planes[0]

    @property
    def nbytes(self) -> int:
        """Bytes of its planes, and of its view."""
        return sum(plane.nbytes for plane in self.planes) + self.view.nbytes

    @property
    def time(self) -> Fraction:
        """Presentation time in seconds, exact."""
        return self.pts * self.time_base

    @property
    def seconds(self) -> float:
        """Presentation time in seconds; setting it rounds to the nearest tick."""
        return float(self.time)

    @seconds.setter
    def seconds(self, value: float | Fraction) -> None:
        self.pts = round(Fraction(value) / self.time_base)

    def copy(self) -> "Frame":
        """The same frame with planes of its own; without what the user did."""
        planes = tuple(plane.copy() for plane in self.planes)
        return replace(self, planes=planes, events=(), record=False)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Save the pixels as a PNG file; not YUV.

        Args:
            path: ends in ``.png``.
            force: whether an existing file may be replaced.

        Raises:
            UsageError: the frame is YUV, or the name is of no PNG.
            OutputError: the file exists, or cannot be written.
        """
        from avio_cli.media.png import save_png  # seldom needed

        layout = PIXEL_FORMATS[self.pixel_format]
        save_png(Path(path), self.planes[0], layout, force=force)

    def _repr_png_(self) -> bytes | None:
        """The image in a notebook; none of YUV."""
        from avio_cli.media.png import encode_png

        layout = PIXEL_FORMATS[self.pixel_format]
        return None if layout.is_planar else encode_png(self.planes[0], layout)


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """A block of audio and its exact time."""

    samples: NDArray[np.int16] | NDArray[np.float32]
    """(n, channels), interleaved: int16 over its full range or float32 in [-1, 1]."""
    sample_rate: int
    pts: int
    """Time of the first sample in ticks of `time_base`."""
    time_base: Fraction

    @property
    def nbytes(self) -> int:
        """Bytes of its samples."""
        return self.samples.nbytes

    @property
    def time(self) -> Fraction:
        """Time of the first sample in seconds, exact."""
        return self.pts * self.time_base

    @property
    def duration(self) -> Fraction:
        """Seconds this block lasts."""
        return Fraction(len(self.samples), self.sample_rate)
