"""Key frames: few, and straight lines between them are right."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from avio_cli.records.exchange.thinning import LONGEST, key_frames


def chosen(
    values: list[int], tolerance: float, forced: tuple[int, ...] = ()
) -> list[int]:
    boxes = np.outer(values, [1, 1, 1, 2]).astype(np.float64)
    wanted = np.zeros(len(values), bool)
    wanted[list(forced)] = True
    return np.flatnonzero(key_frames(boxes, tolerance, wanted)).tolist()


def is_right(boxes: NDArray[np.float64], keys: list[int], tolerance: float) -> bool:
    numbers = np.arange(len(boxes))
    lines = [np.interp(numbers, keys, edge[keys]) for edge in boxes.T]
    return bool((np.abs(np.array(lines).T - boxes) <= tolerance + 1e-9).all())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(-50, 50)] * 4), min_size=1, max_size=9),
    st.sampled_from([0, 1, 5, 20]),
)
def test_no_smaller_choice_is_right(
    rows: list[tuple[int, ...]], tolerance: float
) -> None:
    boxes = np.array(rows, np.float64)
    last = len(boxes) - 1

    keys = np.flatnonzero(key_frames(boxes, tolerance, np.zeros(last + 1, bool)))

    assert is_right(boxes, keys.tolist(), tolerance)
    for count in range(max(len(keys) - 2, 0)):
        for between in combinations(range(1, last), count):
            assert not is_right(boxes, [0, *between, last], tolerance)


def test_a_straight_line_has_two_key_frames() -> None:
    assert chosen([0, 3, 6, 9, 12, 15], 0) == [0, 5]
    assert chosen([0, 3, 6, 9, 8, 7], 0) == [0, 3, 5]
    assert chosen([4], 0) == [0]


def test_forced_key_frames_stay() -> None:
    assert chosen([0] * 9, 1, forced=(3, 4)) == [0, 3, 4, 8]


def test_key_frames_are_not_further_apart_than_is_searched() -> None:
    keys = chosen([0] * (3 * LONGEST + 2), 0)
    assert max(b - a for a, b in pairwise(keys)) == LONGEST
    assert len(keys) == 5
