"""CLEAR: matches, false and missing boxes, and changes of a track's id.

After K. Bernardin and R. Stiefelhagen, "Evaluating Multiple Object Tracking
Performance: The CLEAR MOT Metrics", 2008, as MOTChallenge counts them: a match of the
frame before is kept where it still overlaps by half; the others are chosen by overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from avio_cli.evaluation.comparison import (
    AT_LEAST_HALF,
    Comparison,
    FramePairs,
    Indices,
    added,
    ratio,
)
from avio_cli.vision.trackers.assignment import assign

_KEPT = 1000
"""What a match of the frame before is worth; more than all overlaps together."""
_NONE = -1
_MOSTLY, _PARTLY = 0.8, 0.2


@dataclass(frozen=True, slots=True)
class ClearCounts:
    """What is counted over the frames of one sequence or more."""

    matches: int = 0
    overlap: float = 0.0
    """Sum over all matches."""
    true_boxes: int = 0
    tracked_boxes: int = 0
    switches: int = 0
    fragmentations: int = 0
    mostly_tracked: int = 0
    partly_tracked: int = 0
    mostly_lost: int = 0

    def __add__(self, other: "ClearCounts") -> "ClearCounts":
        return added(self, other)

    @property
    def false_positives(self) -> int:
        """Tracked boxes that match nothing."""
        return self.tracked_boxes - self.matches

    @property
    def false_negatives(self) -> int:
        """Boxes of the truth that nothing matches."""
        return self.true_boxes - self.matches

    @property
    def mota(self) -> float:
        """Accuracy; below 0 where more is wrong than right, 0 without any truth."""
        right = self.matches - self.false_positives - self.switches
        return ratio(right, self.true_boxes)

    @property
    def motp(self) -> float:
        """Mean overlap of matches."""
        return ratio(self.overlap, self.matches)


class _Tracking:
    """Which object is followed by which track, from frame to frame."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        objects = comparison.objects
        self._last = np.full(objects, _NONE)
        """Track that followed each object last."""
        self._current = np.full(objects, _NONE)
        """The same, in the frame before."""
        self.followed = np.zeros(objects, int)
        """Frames in which each object was followed."""
        self.beginnings = np.zeros(objects, int)
        """Times that it began to be."""
        self.matches = self.switches = 0
        self.overlap = 0.0

    def step(self, frame: FramePairs) -> tuple[Indices, Indices]:
        """Match the boxes of one frame; returns those of the truth and of tracks."""
        pairs = frame.at_least(AT_LEAST_HALF)
        objects = self._comparison.true_ids[pairs.true[pairs.rows]]
        tracks = self._comparison.tracked_ids[pairs.tracked[pairs.columns]]
        worth = _KEPT * (self._current[objects] == tracks) + pairs.similarity
        chosen = assign(pairs.rows, pairs.columns, -worth, 0.0)
        self.matches += len(chosen)
        self.overlap += float(pairs.similarity[chosen].sum())
        self._follow(objects[chosen], tracks[chosen])
        rows, columns = pairs.rows[chosen], pairs.columns[chosen]
        return pairs.true[rows], pairs.tracked[columns]

    def _follow(self, objects: Indices, tracks: Indices) -> None:
        last = self._last[objects]
        self.switches += int(((last != _NONE) & (last != tracks)).sum())
        self.followed[objects] += 1
        self.beginnings[objects] += self._current[objects] == _NONE
        self._last[objects] = tracks
        self._current[:] = _NONE
        self._current[objects] = tracks


def matches(comparison: Comparison) -> Iterator[tuple[Indices, Indices]]:
    """The boxes that match, of each frame: of the truth, and of the tracks."""
    tracking = _Tracking(comparison)
    for frame in comparison.frames:
        yield tracking.step(frame)


def count_clear(comparison: Comparison) -> ClearCounts:
    """Count a sequence.

    A frame in which one side has no box is no frame here, as in TrackEval: it does not
    interrupt a track.
    """
    tracking = _Tracking(comparison)
    for frame in comparison.frames:
        tracking.step(frame)
    share = tracking.followed / np.bincount(comparison.true_ids)
    mostly, at_all = int((share > _MOSTLY).sum()), int((share >= _PARTLY).sum())
    return ClearCounts(
        matches=tracking.matches,
        overlap=tracking.overlap,
        true_boxes=len(comparison.true_ids),
        tracked_boxes=len(comparison.tracked_ids),
        switches=tracking.switches,
        fragmentations=int(np.maximum(tracking.beginnings - 1, 0).sum()),
        mostly_tracked=mostly,
        partly_tracked=at_all - mostly,
        mostly_lost=comparison.objects - at_all,
    )
