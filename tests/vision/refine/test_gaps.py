from dataclasses import replace

import numpy as np

from avio_cli.vision.refine.gaps import filled
from avio_cli.vision.refine.settings import RefineSettings
from avio_cli.vision.refine.smoothing import Rows, joined

HOW = RefineSettings()


def standing(track: int, frames: list[int], left: float, bottom: float = 100) -> Rows:
    count = len(frames)
    box = [left, bottom - 100, left + 40, bottom]
    return Rows(
        np.full(count, track, np.int64),
        np.array(frames, np.int64),
        np.tile(np.array(box, np.float64), (count, 1)),
        np.full(count, 0.9, np.float32),
        np.zeros(count, np.int64),
    )


SEEN_TWICE = standing(1, [*range(10), *range(30, 40)], left=100)
"""With a gap of 20 frames."""


def test_a_long_gap_is_filled_behind_someone_in_front() -> None:
    front = standing(2, list(range(40)), left=105, bottom=110)
    inside = filled(joined(SEEN_TWICE, front), HOW)
    assert inside.frames.tolist() == list(range(10, 30))
    assert set(inside.tracks.tolist()) == {1}


def test_a_long_gap_is_not_filled_in_front_of_someone() -> None:
    behind = standing(2, list(range(40)), left=105, bottom=80)
    assert not len(filled(joined(SEEN_TWICE, behind), HOW))


def test_a_long_gap_is_not_filled_where_the_other_leaves_too_early() -> None:
    front = standing(2, list(range(25)), left=105, bottom=110)
    assert not len(filled(joined(SEEN_TWICE, front), HOW))


def test_a_gap_is_not_filled_beside_too_few_boxes() -> None:
    few = standing(1, [0, 1, 5, 6, 7, 8], left=100)
    assert not len(filled(few, HOW))
    enough = standing(1, [0, 1, 2, 5, 6, 7, 8], left=100)
    assert filled(enough, HOW).frames.tolist() == [3, 4]


def test_no_gap_is_filled_where_none_may_be() -> None:
    short = standing(1, [*range(10), *range(15, 25)], left=100)
    assert len(filled(short, HOW)) == 5
    assert not len(filled(short, replace(HOW, short_gap=4)))
