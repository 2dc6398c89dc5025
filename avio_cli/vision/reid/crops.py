"""Crops of frames, in whatever pixel format they come."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.frame import Frame, Samples
from avio_cli.media.pixel_formats import PIXEL_FORMATS, PixelFormat

Bytes = NDArray[np.uint8]
ToBgr = Callable[[Sequence[Bytes]], Bytes]
"""Planes of 8 bits, Y, U and V, to (H, W, 3)."""

LEAST_SIDE = 8
"""Pixels of a side below which a crop shows nothing."""


def crop(frame: Frame, box: NDArray[np.float64], to_bgr: ToBgr) -> Bytes | None:
    """Cut a box out of a frame.

    Args:
        frame: with its full planes.
        box: x1 y1 x2 y2; what is outside of the frame is left out.
        to_bgr: converts YUV, for the colours of this video.

    Returns:
        (H, W, 3) in bgr order; None where too little of the box is in the frame.
    """
    x1, y1, x2, y2 = _inside(box, frame.width, frame.height)
    if min(x2 - x1, y2 - y1) < LEAST_SIDE:
        return None
    layout = PIXEL_FORMATS[frame.pixel_format]
    planes = [
        _eight_bits(_part(plane, (x1, y1, x2, y2), steps), layout.bits)
        for plane, steps in zip(frame.planes, _steps(layout), strict=True)
    ]
    if layout.is_planar:
        return to_bgr(planes)
    (pixels,) = planes
    if pixels.ndim == 2:
        return np.repeat(pixels[..., np.newaxis], 3, axis=2)
    return pixels[..., ::-1] if layout.red_first else pixels


def _inside(
    box: NDArray[np.float64], width: int, height: int
) -> tuple[int, int, int, int]:
    """The pixels of a box; its corner is even, so that chroma fits."""
    x1, y1, x2, y2 = (
        int(np.clip(np.round(value), 0, most))
        for value, most in zip(box, (width, height) * 2, strict=True)
    )
    return x1 - x1 % 2, y1 - y1 % 2, x2, y2


def _steps(layout: PixelFormat) -> Sequence[tuple[int, int]]:
    return ((1, 1), layout.chroma, layout.chroma) if layout.is_planar else ((1, 1),)


def _part(
    plane: Samples, area: tuple[int, int, int, int], steps: tuple[int, int]
) -> Samples:
    (x1, y1, x2, y2), (across, down) = area, steps
    return plane[y1 // down : -(-y2 // down), x1 // across : -(-x2 // across)]


def _eight_bits(plane: Samples, bits: int) -> Bytes:
    return plane.astype(np.uint8) if bits == 8 else (plane >> (bits - 8)).astype("u1")
