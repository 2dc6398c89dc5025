"""Association of tracks with the detections of one frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.boxes import are_proper, overlaps
from avio_cli.vision.reid.appearance import Appearance
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

    rows: Rows
    """(n,): which of the detections given each is."""

    @classmethod
    def among(
        cls,
        boxes: NDArray[np.float64],
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
        *,
        best_first: bool,
    ) -> "Candidates":
        """Drop boxes without area or with a value that is not finite.

        Args:
            boxes: (m, 4) of one frame: x1 y1 x2 y2.
            scores: (m,).
            classes: (m,).
            best_first: sort them by falling score; equal scores keep their order.
        """
        rows = np.arange(len(boxes))
        if best_first:
            rows = (-scores).argsort(kind="stable")
        rows = rows[are_proper(boxes)[rows]]
        boxes = boxes.take(rows, axis=0)
        return cls(boxes, measure(boxes), scores[rows], classes[rows], rows)


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
    appearance: Appearance | None = None
    """What decides where costs differ little."""


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
    if rules.appearance is not None:
        ids, seen = tracks.ids[row], detections.rows[column]
        costs = rules.appearance.weighed(ids, seen, costs, rules.limit)
    chosen = assign(pairs.rows, pairs.columns, costs, rules.limit)
    return Matches(
        row[chosen],
        column[chosen],
        exclude(rows, pairs.rows[chosen]),
        exclude(columns, pairs.columns[chosen]),
    )


def duplicates(
    tracks: Tracklets, boxes: NDArray[np.float64], rules: MatchRules
) -> Rows:
    """Of a track and a lost one at the same position, find the one to drop.

    That is the younger one; where both were tracked equally long the lost one stays, as
    in the original.

    Args:
        tracks: n tracks.
        boxes: (n, 4), one a track.
        rules: what counts as the same position.
    """
    lost, seen = tracks.lost.nonzero()[0], (~tracks.lost).nonzero()[0]
    if not len(lost):
        return lost
    pairs = overlaps(boxes[seen], boxes[lost], margin=rules.margin)
    pairs = pairs[1 - pairs.iou < rules.limit]
    row, partner = seen[pairs.rows], lost[pairs.columns]
    if rules.class_aware:
        same = tracks.classes[row] == tracks.classes[partner]
        row, partner = row[same], partner[same]
    age = tracks.last_seen - tracks.first_seen
    doomed: Rows = np.where(age[row] > age[partner], partner, row)
    return doomed


def exclude(names: Rows, indices: Rows) -> Rows:
    """All names except those at some indices."""
    gone = np.zeros(len(names), bool)
    gone[indices] = True
    return names[~gone]
