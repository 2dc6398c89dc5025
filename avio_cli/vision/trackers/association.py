"""Association of tracks with the detections of one frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.vision.boxes import overlaps
from avio_cli.vision.trackers.assignment import assign
from avio_cli.vision.trackers.kalman import boxes_of, measure
from avio_cli.vision.trackers.tracklets import Rows, Tracklets


@dataclass(frozen=True, slots=True)
class Candidates:
    """The detections of one frame that can be tracked at all."""

    boxes: NDArray[np.float64]
    """(n, 4): x1 y1 x2 y2."""
    measured: NDArray[np.float64]
    """(n, 4): x y aspect height of the same boxes."""
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    @classmethod
    def among(cls, detections: Detections, *, best_first: bool) -> "Candidates":
        """Drop boxes without area or with a value that is not finite.

        Args:
            detections: of one frame; not changed.
            best_first: sort them by falling score; equal scores keep their order.
        """
        boxes = detections.boxes.astype(np.float64)
        rows = np.arange(len(boxes))
        if best_first:
            rows = (-detections.scores).argsort(kind="stable")
        proper = np.abs(boxes) < np.inf
        proper[:, 2:] &= boxes[:, 2:] > boxes[:, :2]
        rows = rows[np.logical_and.reduce(proper, axis=1)[rows]]
        boxes = boxes.take(rows, axis=0)
        scores, classes = detections.scores[rows], detections.classes[rows]
        return cls(boxes, measure(boxes), scores, classes)


@dataclass(frozen=True, slots=True)
class MatchRules:
    """What may be matched, and what it costs."""

    limit: float
    """Highest cost; from it on two stay alone."""
    fused: bool
    """Cost 1 - IoU x score; else 1 - IoU."""
    class_aware: bool
    """Match boxes of one class only."""
    margin: float
    """Added to widths and heights for IoU."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Matched tracks and detections, and the unmatched ones."""

    rows: Rows
    """(k,): of the tracks, paired with `columns`."""
    columns: Rows
    unmatched_rows: Rows
    unmatched_columns: Rows


def match(
    tracks: Tracklets,
    detections: Candidates,
    rows: Rows,
    columns: Rows,
    rules: MatchRules,
) -> Matches:
    """Match some tracks with some detections at the least total cost.

    Args:
        tracks: predicted to the time of the frame.
        detections: of that frame.
        rows: which tracks.
        columns: which detections.
        rules: what may be matched.
    """
    if not len(rows) or not len(columns):
        return Matches(rows[:0], columns[:0], rows, columns)
    boxes = boxes_of(tracks.states.values[rows])
    pairs = overlaps(boxes, detections.boxes[columns], margin=rules.margin)
    row, column = rows[pairs.rows], columns[pairs.columns]
    costs = 1 - pairs.iou * detections.scores[column] if rules.fused else 1 - pairs.iou
    if rules.class_aware:
        costs[tracks.classes[row] != detections.classes[column]] = rules.limit
    chosen = assign(pairs.rows, pairs.columns, costs, rules.limit)
    return Matches(
        row[chosen],
        column[chosen],
        exclude(rows, pairs.rows[chosen]),
        exclude(columns, pairs.columns[chosen]),
    )


def exclude(names: Rows, indices: Rows) -> Rows:
    """All names except those at some indices."""
    gone = np.zeros(len(names), bool)
    gone[indices] = True
    return names[~gone]
