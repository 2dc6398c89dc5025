"""Boxes: overlap, suppression, letterbox and back.

Boxes are arrays (n, 4) of x1 y1 x2 y2 in pixels; x2 and y2 are edges, not the last
pixel, unless a margin says otherwise.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.fitting import Placement, place

Boxes = NDArray[np.float32] | NDArray[np.float64]
Indices = NDArray[np.intp]
Element = TypeVar("Element", np.float32, np.float64)


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The pairs of boxes that share area; all other pairs share none."""

    rows: Indices
    """(p,): index into the first boxes."""
    columns: Indices
    """(p,): index into the second boxes."""
    iou: NDArray[np.float64]
    """(p,): intersection over union, above 0."""

    def __getitem__(self, pairs: NDArray[np.bool_] | Indices) -> "Overlaps":
        return Overlaps(self.rows[pairs], self.columns[pairs], self.iou[pairs])


def overlaps(first: Boxes, second: Boxes, *, margin: float = 0.0) -> Overlaps:
    """Find the pairs of boxes that share area, without looking at all n times m.

    Both sets are sorted by their left edges. Two boxes overlap sideways where one's
    left edge is inside the other, so for each box the partners whose left edge is
    inside it are one run of the other set.

    Args:
        first: (n, 4).
        second: (m, 4).
        margin: added to widths and heights; 1 for boxes whose x2 and y2 name the
            last pixel inside, as in Pascal VOC and in ByteTrack. A box whose x2 or y2
            is below x1 or y1 has no area.

    Returns:
        The pairs, in no particular order, each once.
    """
    if not len(first) or not len(second):
        return Overlaps(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))
    edges = np.concatenate((first.T, second.T), axis=1, dtype=np.float64)
    edges[2:] += margin
    one, other = edges[:, : len(first)], edges[:, len(first) :]
    few = len(first) * len(second) <= _FEW_PAIRS
    rows, columns, shared = (_meet_by_table if few else _meet_by_sweep)(one, other)
    areas = (edges[2] - edges[0]) * (edges[3] - edges[1])
    union = areas.take(rows) + areas.take(columns + len(first)) - shared
    return Overlaps(rows, columns, shared / union)


_FEW_PAIRS = 1000
"""Up to so many pairs a table of them all is faster than sorting (measured)."""
_Meetings = tuple[Indices, Indices, NDArray[np.float64]]
"""Rows, columns and shared areas above 0 of the boxes that meet."""


def _meet_by_table(one: NDArray[np.float64], other: NDArray[np.float64]) -> _Meetings:
    sizes = np.minimum(one[2:, :, np.newaxis], other[2:, np.newaxis])
    sizes -= np.maximum(one[:2, :, np.newaxis], other[:2, np.newaxis])
    rows, columns = (np.minimum(sizes[0], sizes[1]) > 0).nonzero()
    return rows, columns, (sizes[0] * sizes[1])[rows, columns]


def _meet_by_sweep(one: NDArray[np.float64], other: NDArray[np.float64]) -> _Meetings:
    order, order_ = one[0].argsort(), other[0].argsort()
    one, other = one.take(order, axis=1), other.take(order_, axis=1)
    rows, columns = _runs(
        other[0].searchsorted(one[0], "left"), other[0].searchsorted(one[2], "left")
    )
    columns_, rows_ = _runs(
        one[0].searchsorted(other[0], "right"), one[0].searchsorted(other[2], "left")
    )
    rows, columns = np.concatenate((rows, rows_)), np.concatenate((columns, columns_))
    meet = one[1].take(rows) < other[3].take(columns)
    meet &= other[1].take(columns) < one[3].take(rows)
    rows, columns = rows[meet], columns[meet]
    sizes = np.minimum(one[2:].take(rows, axis=1), other[2:].take(columns, axis=1))
    sizes -= np.maximum(one[:2].take(rows, axis=1), other[:2].take(columns, axis=1))
    proper = np.minimum(sizes[0], sizes[1]) > 0  # false for boxes without area
    shared = (sizes[0] * sizes[1])[proper]
    return order[rows[proper]], order_[columns[proper]], shared


def _runs(starts: Indices, ends: Indices) -> tuple[Indices, Indices]:
    """Pair every index with each position of its run from start to end."""
    lengths = np.maximum(ends - starts, 0)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return owners, np.arange(len(owners)) + (starts - before)[owners]


def are_proper(boxes: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Which boxes (n, 4), x1 y1 x2 y2, have an area and only finite values."""
    proper = np.abs(boxes) < np.inf
    proper[:, 2:] &= boxes[:, 2:] > boxes[:, :2]
    every: NDArray[np.bool_] = np.logical_and.reduce(proper, axis=1)
    return every


def suppress(boxes: Boxes, scores: NDArray[np.float32], threshold: float) -> Indices:
    """Drop boxes that overlap a better one, whatever their classes.

    The result is that of the greedy loop (take the best box, drop what overlaps it,
    repeat), reached in as many passes as the longest chain of such drops.

    Args:
        boxes: (n, 4).
        scores: (n,); of equal scores the earlier box is the better.
        threshold: IoU above which the lesser box is dropped.

    Returns:
        (k,): indices of the boxes that stay, best first.
    """
    return suppress_by_class(boxes, scores, np.zeros(len(boxes), np.int64), threshold)


def suppress_by_class(
    boxes: Boxes,
    scores: NDArray[np.float32],
    classes: NDArray[np.int64],
    threshold: float,
) -> Indices:
    """Drop boxes that overlap a better one of their own class.

    Args:
        boxes: (n, 4).
        scores: (n,); of equal scores the earlier box is the better.
        classes: (n,).
        threshold: IoU above which the lesser box is dropped.

    Returns:
        (k,): indices of the boxes that stay, best first.
    """
    order = np.argsort(-scores, kind="stable")
    boxes, classes = boxes[order], classes[order]
    found = overlaps(boxes, boxes)
    rivals = (found.rows < found.columns) & (found.iou > threshold)
    rivals &= classes[found.rows] == classes[found.columns]
    return order[_stays(len(order), found.rows[rivals], found.columns[rivals])]


def _stays(count: int, better: Indices, lesser: Indices) -> NDArray[np.bool_]:
    """Resolve overlaps: a box stays unless a better one that stays suppresses it.

    Args:
        count: boxes.
        better: (p,): the better box of each overlap.
        lesser: (p,): the lesser one.

    Returns:
        (count,): whether each box stays.
    """
    stays = np.ones(count, bool)
    while len(lesser):
        doubtful = np.zeros(count, bool)
        doubtful[lesser] = True
        stays[lesser[~doubtful[better]]] = False
        unsettled = stays[better] & stays[lesser]
        better, lesser = better[unsettled], lesser[unsettled]
    return stays


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A frame scaled into a model's input; by default at the top left, to fit."""

    width: int
    """Pixels in a row of the frame."""
    height: int
    input_width: int
    """Pixels in a row of the model's input."""
    input_height: int
    resize: str = "letterbox"
    """A key of `avio_cli.media.fitting.RESIZES`."""

    @property
    def scaled_size(self) -> tuple[int, int]:
        """Width and height of the frame inside the input, in whole pixels."""
        return self._inner.width, self._inner.height

    def to_frame(self, boxes: NDArray[Element]) -> NDArray[Element]:
        """Convert boxes (n, 4) from the model's input to the frame; not clipped."""
        inner = self._inner
        # Both axes have their own scale: whole pixels make them differ a little.
        across, down = inner.width / self.width, inner.height / self.height
        scale = np.array((across, down, across, down), boxes.dtype)
        if not (inner.left or inner.top):
            return boxes / scale
        corner = np.array((inner.left, inner.top) * 2, boxes.dtype)
        return (boxes - corner) / scale

    @property
    def _inner(self) -> Placement:
        size = (self.input_width, self.input_height)
        return place((self.width, self.height), size, self.resize)
