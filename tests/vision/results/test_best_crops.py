"""The best crop of a track, within bounded memory."""

import numpy as np
import pytest

from avio_cli.media.frame import Frame
from avio_cli.vision.results.best_crops import BestCrops
from tests.vision.frames import blank, tracks


def _frame(index: int, contrast: int, *rows: tuple[float, ...]) -> Frame:
    frame = blank("gray", 200, 120, index)
    noise = np.random.default_rng(index).integers(0, contrast, (120, 200))
    frame.planes[0][...] = noise
    frame.tracks = tracks(*rows)
    return frame


def _no_colors(planes: object) -> np.ndarray:  # type: ignore[type-arg]
    raise AssertionError("grey needs no conversion")


def test_the_sharp_and_large_one_that_is_all_in_the_frame_is_kept() -> None:
    best = BestCrops(_no_colors)
    frames = [
        _frame(0, 200, (1, 10, 10, 30, 40)),
        _frame(1, 200, (1, 10, 10, 60, 100)),
        _frame(2, 20, (1, 10, 10, 62, 100)),
        _frame(3, 200, (1, 170, 10, 230, 110)),
        _frame(4, 200, (1, np.nan, 10, 230, 110), (2, 300, 300, 400, 400)),
    ]

    assert [crop for frame in frames for crop in best.add(frame)] == []
    (crop,) = best.rest()

    assert crop.id == 1
    assert (crop.pixels[..., 0] == frames[1].planes[0][10:100, 10:60]).all()
    assert list(best.rest()) == []


def test_crops_make_room_and_only_a_better_one_follows() -> None:
    one = 50 * 90 * 3
    best = BestCrops(_no_colors, memory=2 * one)
    left = []
    for index in range(4):
        rows = [(index + 1, 10, 10, 60, 100)]
        left += best.add(_frame(index, 200, *rows))
    assert [crop.id for crop in left] == [1, 2]
    assert list(best.add(_frame(5, 10, (1, 10, 10, 60, 100)))) == []
    better = list(best.add(_frame(6, 250, (1, 10, 10, 70, 104))))
    assert [crop.id for crop in better] == [3, 4]
    assert 1 in [crop.id for crop in best.rest()]


@pytest.mark.parametrize("size", [(1, 1), (9, 2), (7, 7)])
def test_what_shows_nothing_is_no_crop(size: tuple[int, int]) -> None:
    best = BestCrops(_no_colors)
    list(best.add(_frame(0, 200, (1, 10, 10, 10 + size[0], 10 + size[1]))))
    assert list(best.rest()) == []
