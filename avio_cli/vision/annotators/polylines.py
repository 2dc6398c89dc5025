"""Lines of varying width as polygons, many at once."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
Polygon = NDArray[np.int32]
"""int32 (n, 2): corners, x and y in sixteenths of a pixel, as OpenCV draws them."""

Flags = NDArray[np.bool_]


def ribbons(
    points: Points, halves: NDArray[np.float32], lengths: Sequence[int]
) -> Iterator[tuple[int, Polygon]]:
    """Outline lines of varying width.

    A line that turns back on itself is cut there and gives several polygons: a filled
    polygon has holes where it overlaps itself.

    Args:
        points: float32 (n, 2): the vertices of all lines, one line after the other.
        halves: float32 (n,): half the width at each vertex, in pixels.
        lengths: how many vertices each line has, none of them 0; a line of one
            vertex gives nothing.

    Yields:
        The line's index in `lengths`, and a polygon.
    """
    if not lengths:
        return
    is_start = np.zeros(len(points), np.bool_)
    is_start[np.cumsum(lengths) - lengths] = True
    order, cut = _cut_at_turns(points, is_start)
    outline, starts = _outline(points[order], halves[order], cut)
    fixed = np.rint(outline * 16).astype(np.int32)
    owners = (np.cumsum(is_start) - 1)[order[starts]].tolist()
    edges = [*starts.tolist(), len(order)]
    for owner, (first, last) in zip(owners, pairwise(edges), strict=True):
        if last - first > 1:
            yield owner, fixed[2 * first : 2 * last]


def _cut_at_turns(points: Points, is_start: Flags) -> tuple[NDArray[np.int64], Flags]:
    """Double each vertex at which a line turns by more than a right angle.

    Returns:
        The order in which to take the vertices, and which of those start a piece.
    """
    step = np.diff(points, axis=0)
    turns = np.zeros(len(points), np.bool_)
    back = (step[1:] * step[:-1]).sum(axis=1) < 0
    turns[1:-1] = back & ~is_start[1:-1] & ~is_start[2:]
    copies = 1 + turns.astype(np.int64)
    order = np.repeat(np.arange(len(points)), copies)
    index = np.cumsum(copies) - copies
    cut = np.zeros(len(order), np.bool_)
    cut[index[is_start]] = True
    cut[index[turns] + 1] = True
    return order, cut


def _outline(
    points: Points, halves: NDArray[np.float32], is_start: Flags
) -> tuple[Points, NDArray[np.int64]]:
    """Go down the left of each piece and up its right.

    Returns:
        float32 (2n, 2): the corners of all pieces, one piece after the other; and
        int64 (k,): the vertex that each piece starts with.
    """
    here = np.arange(len(points))
    before = here - ~is_start
    after = here + ~np.append(is_start[1:], True)
    step = points[after] - points[before]
    length = np.sqrt((step * step).sum(axis=1)) + np.float32(1e-6)
    aside = step[:, ::-1] * (halves / length)[:, None]
    aside[:, 1] *= -1
    starts = np.flatnonzero(is_start)
    piece = np.cumsum(is_start) - 1
    first, last = starts[piece], np.append(starts[1:], len(points))[piece]
    corners = np.empty((2 * len(points), 2), np.float32)
    corners[first + here] = points + aside
    corners[2 * last - 1 - here + first] = points - aside
    return corners, starts
