"""Subtitles in the planes of frames."""

from fractions import Fraction

import numpy as np
import pytest

from avio_cli.media.frame import PIXEL_FORMATS, Frame, planes_of
from avio_cli.player.subtitles.burning import burn
from avio_cli.player.subtitles.image import Band, SubtitleImage

WIDTH, HEIGHT = 64, 33


def grey(pixel_format: str) -> Frame:
    layout = PIXEL_FORMATS[pixel_format]
    level = 1 << (layout.bits - 1)
    data = np.full(
        layout.size(WIDTH, HEIGHT) // np.dtype(layout.dtype).itemsize,
        level,
        layout.dtype,
    )
    planes = planes_of(data.view(np.uint8), layout, WIDTH, HEIGHT)
    return Frame(planes, pixel_format, 0, 0, Fraction(1, 25))


def box(alpha: int, scale: int = 1) -> SubtitleImage:
    """White, in columns 10 to 29 and rows 20 to 27 of the frame."""
    pixels = np.full((8 * scale, 20 * scale, 4), 255, np.uint8)
    pixels[..., 3] = alpha
    canvas = (WIDTH * scale, HEIGHT * scale)
    return SubtitleImage(pixels, 10 * scale, 20 * scale, canvas, (Band(0, 8 * scale),))


@pytest.mark.parametrize("name", ["bgr24", "rgb24", "gray", "yuv420p", "yuv444p10le"])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_box_is_drawn_where_it_belongs(name: str, scale: int) -> None:
    frame = grey(name)
    before = [plane.copy() for plane in frame.planes]
    drawn = burn(frame, box(255, scale), 0.0, None)
    bits = PIXEL_FORMATS[name].bits
    white = 255 if PIXEL_FORMATS[name].channels == 3 else 235 << (bits - 8)
    first = drawn.planes[0]
    assert (first[20:28, 10:30] == white).all()
    outside = np.ones(first.shape[:2], bool)
    outside[20:28, 10:30] = False
    assert (first[outside] == 1 << (bits - 1)).all()
    assert all(np.array_equal(a, b) for a, b in zip(frame.planes, before, strict=True))


def test_it_is_mixed_moved_and_cut_off_at_the_edge() -> None:
    drawn = burn(grey("gray"), box(128), 10 / HEIGHT, None).planes[0]
    assert set(np.unique(drawn[30:, 10:30])) == {182}, "half of the way to white"
    assert (drawn[:30] == 128).all()
    away = grey("gray")
    assert burn(away, box(255), 1.0, None) is away
