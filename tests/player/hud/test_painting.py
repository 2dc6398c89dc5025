"""Painting with straight alpha is what compositing in two steps gives."""

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.player.hud.icons import ICONS, icon
from avio_cli.player.hud.painting import (
    composite,
    draw,
    fade,
    fill_column,
    panel,
    rounded_box,
)
from avio_cli.player.hud.text import fit_text, text_width, write
from avio_cli.progress import format_time


def _over(
    background: NDArray[np.float64], image: NDArray[np.uint8]
) -> NDArray[np.float64]:
    alpha = image[..., 3:] / 255.0
    return background * (1 - alpha) + image[..., :3] * alpha


def _random(shape: tuple[int, ...], seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def test_drawing_on_the_canvas_is_drawing_on_the_frame() -> None:
    background = _random((20, 30, 3), 1).astype(float)
    canvas = _random((20, 30, 4), 2)
    mask = _random((20, 30), 3)
    share = mask[..., None] / 255 * 0.5
    expected = _over(background, canvas) * (1 - share) + np.array([10, 200, 90]) * share
    draw(canvas, mask, 0, 0, (10, 200, 90), 0.5)
    np.testing.assert_allclose(_over(background, canvas), expected, atol=2.5)


def test_compositing_on_the_canvas_is_compositing_on_the_frame() -> None:
    background = _random((20, 30, 3), 1).astype(float)
    canvas, image = _random((20, 30, 4), 2), _random((20, 30, 4), 3)
    canvas[:7], canvas[15:] = 0, 0  # what is empty is copied to, not mixed with
    expected = _over(_over(background, canvas), image)
    composite(canvas, image, 0, 0)
    np.testing.assert_allclose(_over(background, canvas), expected, atol=2.5)


@pytest.mark.parametrize("x", [-10, -3, 0, 25, 29, 40])
@pytest.mark.parametrize("y", [-10, -3, 0, 15, 19, 40])
def test_what_lies_outside_is_cut_off(x: int, y: int) -> None:
    large, small = np.zeros((40, 60, 4), np.uint8), np.zeros((20, 30, 4), np.uint8)
    mask = _random((8, 9), 4)
    draw(small, mask, x, y, (1, 2, 3))
    if x > -10 and y > -10:
        draw(large, mask, x + 10, y + 10, (1, 2, 3))
    np.testing.assert_array_equal(small[:20, :30], large[10:30, 10:40])


def test_fading_and_covering() -> None:
    canvas = np.full((4, 6, 4), 200, np.uint8)
    fade(canvas, 0.5)
    assert (canvas[..., 3] == 100).all()
    assert (canvas[..., :3] == 200).all()
    fill_column(canvas, np.arange(16, dtype=np.uint8).reshape(4, 1, 4))
    assert (canvas[2] == [8, 9, 10, 11]).all()


def test_rounded_boxes_are_full_inside_and_empty_in_their_corners() -> None:
    box = rounded_box(40, 20, 8)
    assert box.shape == (20, 40)
    assert box[10, 20] == 255
    assert box[0, 0] == 0
    assert box[0, 20] == 255
    assert (box == box[::-1, ::-1]).all()
    disc = rounded_box(20, 20, 10)
    assert int((disc / 255).sum()) == pytest.approx(np.pi * 100, abs=2)
    assert panel(40, 20, 8)[10, 20, 3] > 150


@pytest.mark.parametrize("size", [14, 22, 60])
@pytest.mark.parametrize("name", ICONS)
def test_icons_are_smooth_and_inside_their_squares(name: str, size: int) -> None:
    mask = icon(name, size)
    assert mask.shape == (size, size)
    assert 0.05 < (mask / 255).mean() < 0.6
    assert ((mask > 20) & (mask < 235)).any()
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    assert edge.max() < 128


def test_mirrored_icons_are_mirrored() -> None:
    ahead, back = icon("step forward", 48), icon("step back", 48)
    assert np.abs(ahead[:, ::-1].astype(int) - back).max() <= 2


@pytest.mark.parametrize(
    ("seconds", "total", "fine", "text"),
    [
        (0, 0, False, "0:00"),
        (7.99, 0, False, "0:07"),
        (0.48, 0, True, "0:00.480"),
        (59.9999, 60, False, "0:59"),
        (61, 59, False, "1:01"),
        (61, 3600, False, "0:01:01"),
        (3723.04, 3723.04, True, "1:02:03.040"),
        (-1.5, 0, True, "-0:01.500"),
    ],
)
def test_times_are_formatted(
    seconds: float, total: float, fine: bool, text: str
) -> None:
    assert format_time(seconds, total, fine=fine) == text


def test_text_is_shortened_to_fit() -> None:
    long = "a name that is much too long for its room.mp4"
    short = fit_text(long, 15, 120)
    assert short.endswith("...")
    assert text_width(short, 15) <= 120
    assert fit_text("short", 15, 120) == "short"
    assert fit_text(long, 15, 3) == ""


def test_text_is_written_around_the_middle() -> None:
    canvas = np.zeros((60, 200, 4), np.uint8)
    write(canvas, "xxx", 10, 30, 20)
    rows = np.flatnonzero(canvas[..., 3].any(axis=1))
    assert abs((rows[0] + rows[-1]) / 2 - 30) <= 4
    assert not canvas[:, :9].any()
