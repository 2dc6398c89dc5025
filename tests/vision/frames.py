"""Frames to draw on and to detect in, and tracks to draw."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.media.frame import PIXEL_FORMATS, Frame, planes_of


def blank(pixel_format: str, width: int, height: int, index: int = 0) -> Frame:
    """A grey frame of a video of 25 frames a second; chroma is neutral."""
    layout = PIXEL_FORMATS[pixel_format]
    planes = planes_of(bytearray(layout.size(width, height)), layout, width, height)
    for plane in planes:
        plane[...] = 128 << (layout.bits - 8)
    return Frame(planes, pixel_format, index, index, Fraction(1, 25))


def tracks(*rows: Sequence[float]) -> Tracks:
    """Rows of id x1 y1 x2 y2 and, if wanted, score and class."""
    full = [(*row, *(0.9, 0)[len(row) - 5 :]) for row in rows]
    table = np.array(full, np.float64).reshape(-1, 7)
    return Tracks(
        table[:, 1:5].astype(np.float32),
        table[:, 5].astype(np.float32),
        table[:, 6].astype(np.int64),
        table[:, 0].astype(np.int64),
    )


def copies(frame: Frame) -> list[NDArray[np.int64]]:
    """A frame's planes, apart from it and with a sign, to subtract."""
    return [plane.astype(np.int64) for plane in frame.planes]


def viewed(view: NDArray[np.uint8], index: int) -> Frame:
    """A frame of which only the view matters."""
    return Frame(
        (np.zeros((2, 2), np.uint8),), "gray", index, index, Fraction(1, 25), view=view
    )
