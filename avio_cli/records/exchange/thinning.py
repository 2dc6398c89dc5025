"""Which boxes of an object are key frames: between them an annotator interpolates."""

import numpy as np
from numpy.typing import NDArray

LONGEST = 250
"""Frames from one key frame to the next at most: what is searched for each box."""
_BLOCK = 4096
"""Boxes from which is searched at once."""
Floats = NDArray[np.float64]


def key_frames(
    boxes: Floats, tolerance: float, forced: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Choose the fewest key frames between which linear interpolation is right.

    Args:
        boxes: (n, 4) of successive frames.
        tolerance: by which each coordinate may be wrong in each frame, in the unit of
            the boxes.
        forced: bool (n,): frames that are key frames in any case.

    Returns:
        bool (n,): the key frames; the first and the last are some.
    """
    chosen = forced.copy()
    ends = np.flatnonzero(forced).tolist()
    for first, last in zip([0, *ends], [*ends, len(boxes) - 1], strict=True):
        chosen[first + _fewest(boxes[first : last + 1], tolerance)] = True
    return chosen


def _fewest(boxes: Floats, tolerance: float) -> NDArray[np.intp]:
    """Indices of the key frames: a shortest path from the first box to the last."""
    last = len(boxes) - 1
    left = np.zeros(last + 1, np.intp)
    """Of each box, how many steps lead to the last one."""
    following = np.zeros(last + 1, np.intp)
    for begin in range((last - 1) // _BLOCK * _BLOCK, -1, -_BLOCK):
        starts = np.arange(begin, min(begin + _BLOCK, last))
        reachable = _reachable(boxes, starts, tolerance)
        for start, reached in zip(starts[::-1].tolist(), reachable[::-1], strict=True):
            ends = start + 1 + np.flatnonzero(reached)[::-1]
            best = ends[left[ends].argmin()]  # the furthest of them
            left[start] = left[best] + 1
            following[start] = best
    path = [0]
    while path[-1] < last:
        path.append(int(following[path[-1]]))
    return np.array(path)


def _reachable(
    boxes: Floats, starts: NDArray[np.intp], tolerance: float
) -> NDArray[np.bool_]:
    """Which boxes a straight line from each start leads to, right at all between.

    Each box between allows a range of slopes, for each coordinate: a line is right if
    its slope is in all of them.

    Returns:
        bool (n, m): of each start, whether the box so many frames later is one.
    """
    longest = min(LONGEST, len(boxes) - 1 - int(starts[0]))
    found = np.zeros((len(starts), longest), bool)
    least, most = np.full((2, len(starts), 4), [[[-np.inf]], [[np.inf]]])
    rows = np.arange(len(starts))
    for step in range(1, longest + 1):
        open_ = (least <= most).all(axis=1) & (starts[rows] + step < len(boxes))
        if not open_.all():
            rows, least, most = rows[open_], least[open_], most[open_]
        if not len(rows):
            break
        moved = boxes[starts[rows] + step] - boxes[starts[rows]]
        slope = moved / step
        found[rows, step - 1] = ((slope >= least) & (slope <= most)).all(axis=1)
        least = np.maximum(least, (moved - tolerance) / step)
        most = np.minimum(most, (moved + tolerance) / step)
    return found
