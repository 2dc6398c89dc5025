"""SubtitleImage: what is drawn over the video at one moment."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avio_cli.player.hud.painting import BgraImage

_GAP = 0.04
"""Share of the canvas: rows without anything that divide an image into bands."""


@dataclass(frozen=True, slots=True)
class Band:
    """Some rows of an image that are moved together."""

    top: int
    """Row of the image."""
    bottom: int
    """The first row beyond it."""


@dataclass(frozen=True, slots=True, eq=False)
class SubtitleImage:
    """Pixels, and where they are on a canvas that covers the video."""

    pixels: BgraImage
    """(h, w, 4), straight alpha; (0, 0, 4) where nothing is shown."""
    x: int
    """Column of the canvas."""
    y: int
    canvas: tuple[int, int]
    """Width and height."""
    bands: tuple[Band, ...] = ()
    """From top to bottom; what is between them is empty."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self.pixels.size


EMPTY = SubtitleImage(np.empty((0, 0, 4), np.uint8), 0, 0, (1, 1))


def image_of(canvas: BgraImage) -> SubtitleImage:
    """Crop a canvas with straight alpha to what is drawn on it."""
    height, width = canvas.shape[:2]
    drawn = canvas[..., 3]
    bands = _bands(drawn.max(axis=1) > 0, height)
    if not bands:
        return EMPTY
    rows = slice(bands[0].top, bands[-1].bottom)
    columns = _span(np.asarray(drawn[rows].max(axis=0) > 0))
    pixels = np.ascontiguousarray(canvas[rows, columns])
    return SubtitleImage(
        pixels, columns.start, rows.start, (width, height), _moved(bands, rows.start)
    )


def matted(black: NDArray[np.uint8], white: NDArray[np.uint8]) -> SubtitleImage:
    """Make an image of two drawings of the same, on black and on white.

    That gives exact colours and alpha: with an alpha channel, ffmpeg's filters make
    translucent letters too transparent (5.1 and 9.0).

    Args:
        black: (H, W, 3) bgr24.
        white: the same, on white.
    """
    height, width = black.shape[:2]
    flat = black.reshape(height, -1), white.reshape(height, -1)
    bands = _bands((flat[0].max(axis=1) > 0) | (flat[1].min(axis=1) < 255), height)
    if not bands:
        return EMPTY
    touched = np.zeros(width * 3, np.bool_)
    for band in bands:
        rows = slice(band.top, band.bottom)
        touched |= flat[0][rows].max(axis=0) > 0
        touched |= flat[1][rows].min(axis=0) < 255
    columns = _span(np.asarray(touched.reshape(width, 3).any(axis=1)))
    top = bands[0].top
    pixels = np.zeros(
        (bands[-1].bottom - top, columns.stop - columns.start, 4), np.uint8
    )
    for band in bands:
        rows = slice(band.top, band.bottom)
        area = pixels[band.top - top : band.bottom - top]
        _mat(black[rows, columns], white[rows, columns], area)
    return SubtitleImage(
        pixels, columns.start, top, (width, height), _moved(bands, top)
    )


def _mat(
    black: NDArray[np.uint8], white: NDArray[np.uint8], area: NDArray[np.uint8]
) -> None:
    """Fill an area with colours and alpha."""
    alpha = 255 - (white - np.minimum(black, white)).max(axis=2)
    share = np.maximum(alpha, 1).astype(np.float32)[..., None]
    color = black.astype(np.float32) * np.float32(255) / share
    area[..., :3] = np.minimum(color + np.float32(0.5), 255)
    area[..., 3] = alpha


def _bands(drawn: NDArray[np.bool_], height: int) -> tuple[Band, ...]:
    """Rows of a canvas that are drawn on, divided where many are empty."""
    rows = np.flatnonzero(drawn)
    if not rows.size:
        return ()
    ends = np.flatnonzero(np.diff(rows) > max(round(height * _GAP), 1))
    firsts, lasts = [rows[0], *rows[ends + 1]], [*rows[ends], rows[-1]]
    return tuple(
        Band(int(first), int(last) + 1)
        for first, last in zip(firsts, lasts, strict=True)
    )


def _moved(bands: tuple[Band, ...], top: int) -> tuple[Band, ...]:
    """The same bands, counted from a row of the canvas."""
    return tuple(Band(band.top - top, band.bottom - top) for band in bands)


def _span(drawn: NDArray[np.bool_]) -> slice:
    found = np.flatnonzero(drawn)
    return slice(int(found[0]), int(found[-1]) + 1)


def centered(image: SubtitleImage, aspect: Fraction) -> SubtitleImage:
    """Put an image on a canvas of another aspect ratio and the same height."""
    width, height = image.canvas
    wide = max(round(height * aspect), 1)
    x = image.x + (wide - width) // 2
    return SubtitleImage(image.pixels, x, image.y, (wide, height), image.bands)
