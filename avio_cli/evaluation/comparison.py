"""Compares the boxes of two sides frame by frame; what all counts of that share."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from avio_cli.evaluation.reading import Boxes, Floats, Integers

_EPSILON = float(np.finfo(np.float64).eps)
AT_LEAST_HALF = 0.5 - _EPSILON
"""An overlap that matches, in CLEAR and where distractors are left out."""

Indices = NDArray[np.intp]
Counts = TypeVar("Counts")


@dataclass(frozen=True, slots=True)
class FramePairs:
    """A frame that has boxes on both sides, and the pairs that overlap."""

    true: Indices
    """(n,): which boxes of the truth."""
    tracked: Indices
    """(m,): which tracked boxes."""
    rows: Indices
    """(p,): of each pair, which of `true`."""
    columns: Indices
    """(p,): which of `tracked`."""
    similarity: Floats
    """(p,): intersection over union, above 0."""

    def at_least(self, limit: float) -> "FramePairs":
        """Return only the pairs that overlap so much."""
        kept = self.similarity >= limit
        return FramePairs(
            *(self.true, self.tracked, self.rows[kept], self.columns[kept]),
            self.similarity[kept],
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One sequence, as the metrics count it."""

    true_ids: Indices
    """(n,): of each box of the truth, its object; numbered from 0 without gaps."""
    tracked_ids: Indices
    """(m,): of each tracked box, its track; numbered likewise."""
    frames: tuple[FramePairs, ...]

    @property
    def objects(self) -> int:
        """How many objects there are."""
        return int(self.true_ids.max(initial=-1)) + 1

    @property
    def tracks(self) -> int:
        """How many tracks there are."""
        return int(self.tracked_ids.max(initial=-1)) + 1


def compare(truth: Boxes, tracked: Boxes) -> Comparison:
    """Compare all frames."""
    return Comparison(
        *(_numbered(truth.ids), _numbered(tracked.ids)),
        tuple(overlaps(truth, tracked)),
    )


def _numbered(ids: Integers) -> Indices:
    return np.unique(ids, return_inverse=True)[1].astype(np.intp)


def overlaps(truth: Boxes, tracked: Boxes) -> Iterator[FramePairs]:
    """Yield the frames that have boxes on both sides."""
    common = np.intersect1d(truth.frames, tracked.frames)
    sides = [
        np.searchsorted(side.frames, common, which)
        for side in (truth, tracked)
        for which in ("left", "right")
    ]
    for a, b, c, d in zip(*(side.tolist() for side in sides), strict=True):
        similarity = _overlap(truth.corners[a:b], tracked.corners[c:d])
        rows, columns = similarity.nonzero()
        true, found = np.arange(a, b), np.arange(c, d)
        yield FramePairs(true, found, rows, columns, similarity[rows, columns])


def _overlap(first: Floats, second: Floats) -> Floats:
    """Intersection over union of each pair; 0 where a box has no area."""
    a, b = first[:, None], second[None]
    size = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.maximum(size, 0).prod(axis=-1)
    area_a, area_b = _area(first), _area(second)
    union = area_a[:, None] + area_b - shared
    usable = (area_a > _EPSILON)[:, None] & (area_b > _EPSILON) & (union > _EPSILON)
    return np.where(usable, shared, 0) / np.where(usable, union, 1)


def _area(corners: Floats) -> Floats:
    area: Floats = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    return area


def added(first: Counts, second: Counts) -> Counts:
    """Add two dataclasses field by field."""
    names = [field.name for field in fields(first)]  # type: ignore[arg-type]
    return type(first)(*(getattr(first, n) + getattr(second, n) for n in names))


def ratio(part: float, whole: float) -> float:
    """Divide; 0 of nothing is 0."""
    return part / whole if whole else 0.0
