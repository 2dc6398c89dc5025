"""HOTA: how well objects are found, and how well their tracks hold together.

After J. Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object
Tracking", IJCV 2020. Boxes are matched once a frame, so that pairs of an object and a
track that fit each other over the whole sequence are preferred; then each of 19
thresholds of overlap is applied to the matches. The figures are means over these.
"""

from dataclasses import dataclass, field

import numpy as np

from avio_cli.evaluation.comparison import Comparison, FramePairs, Indices, added
from avio_cli.evaluation.reading import Floats
from avio_cli.vision.trackers.assignment import assign

THRESHOLDS = np.arange(0.05, 0.99, 0.05)
_EPSILON = float(np.finfo(np.float64).eps)


def _zeros() -> Floats:
    return np.zeros(len(THRESHOLDS))


@dataclass(frozen=True, slots=True)
class HotaCounts:
    """Sums over all matches, one at each threshold."""

    matches: Floats = field(default_factory=_zeros)
    association: Floats = field(default_factory=_zeros)
    """Of how well the object and the track of each match agree, 0 to 1."""
    overlap: Floats = field(default_factory=_zeros)
    true_boxes: int = 0
    tracked_boxes: int = 0

    def __add__(self, other: "HotaCounts") -> "HotaCounts":
        return added(self, other)

    @property
    def det_a(self) -> Floats:
        """Detection accuracy: matches among all boxes of either side."""
        return self.matches / np.maximum(
            1, self.true_boxes + self.tracked_boxes - self.matches
        )

    @property
    def ass_a(self) -> Floats:
        """Association accuracy, a mean over matches."""
        return self.association / np.maximum(1, self.matches)

    @property
    def loc_a(self) -> Floats:
        """Localisation accuracy: mean overlap of matches; 1 without any."""
        return np.maximum(1e-10, self.overlap) / np.maximum(1e-10, self.matches)

    @property
    def hota(self) -> Floats:
        """The geometric mean of detection and association accuracy."""
        mean: Floats = np.sqrt(self.det_a * self.ass_a)
        return mean


@dataclass(frozen=True, slots=True)
class _Matches:
    """All matches of a sequence, whatever their overlap."""

    combinations: Indices
    """Of each match, which combination of an object and a track it is of."""
    similarity: Floats
    boxes: Floats
    """Of each combination, the boxes that its object and its track have together."""


def count_hota(comparison: Comparison) -> HotaCounts:
    """Count a sequence."""
    matches = _match(comparison)
    sums = np.array([_at(threshold, matches) for threshold in THRESHOLDS])
    counts = (len(comparison.true_ids), len(comparison.tracked_ids))
    return HotaCounts(sums[:, 0], sums[:, 1], sums[:, 2], *counts)


def _at(threshold: float, matches: _Matches) -> tuple[float, float, float]:
    """Matches, the sum of their association and of their overlap at a threshold."""
    kept = matches.similarity >= threshold - _EPSILON
    shared = np.bincount(matches.combinations[kept], minlength=len(matches.boxes))
    association = shared * shared / np.maximum(1, matches.boxes - shared)
    return kept.sum(), association.sum(), matches.similarity[kept].sum()


def _match(comparison: Comparison) -> _Matches:
    names, alignment, boxes = _align(comparison)
    combinations, similarity = [np.empty(0, np.intp)], [np.empty(0)]
    start = 0
    for frame in comparison.frames:
        stop = start + len(frame.rows)
        scores = alignment[names[start:stop]] * frame.similarity
        chosen = assign(frame.rows, frame.columns, -scores, 0.0)
        combinations.append(names[start:stop][chosen])
        similarity.append(frame.similarity[chosen])
        start = stop
    return _Matches(np.concatenate(combinations), np.concatenate(similarity), boxes)


def _align(comparison: Comparison) -> tuple[Indices, Floats, Floats]:
    """How well each object agrees with each track over the whole sequence.

    Returns:
        Of each pair of boxes the combination that it is of; of each combination its
        alignment, and the boxes of its object and its track together.
    """
    frames = comparison.frames
    true = comparison.true_ids[_joined([f.true[f.rows] for f in frames])]
    tracked = comparison.tracked_ids[_joined([f.tracked[f.columns] for f in frames])]
    keys = true * max(comparison.tracks, 1) + tracked
    known, names = np.unique(keys, return_inverse=True)
    shares = np.concatenate([np.empty(0), *map(_shares, frames)])
    shared = np.bincount(names, shares, minlength=len(known))
    of_objects = np.bincount(comparison.true_ids)
    of_tracks = np.bincount(comparison.tracked_ids)
    objects, tracks = np.divmod(known, max(comparison.tracks, 1))
    boxes = (of_objects[objects] + of_tracks[tracks]).astype(np.float64)
    return names, shared / (boxes - shared), boxes


def _joined(parts: list[Indices]) -> Indices:
    return np.concatenate([np.empty(0, np.intp), *parts])


def _shares(frame: FramePairs) -> Floats:
    """The overlap of each pair among all overlaps of its two boxes."""
    of_true = np.bincount(frame.rows, frame.similarity, len(frame.true))
    of_tracked = np.bincount(frame.columns, frame.similarity, len(frame.tracked))
    every = of_true[frame.rows] + of_tracked[frame.columns] - frame.similarity
    return np.where(every > _EPSILON, frame.similarity / every, 0)
