"""How well tracks and detections fit each other, for all pairs that overlap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.boxes import are_proper, overlaps
from avio_cli.vision.trackers.kalman import BoxStates
from avio_cli.vision.trackers.steadytrack.box_filter import boxes_of, measure
from avio_cli.vision.trackers.tracklets import Rows

Floats = NDArray[np.float64]

_GATE = 13.28
"""A squared distance that true pairs exceed once in a hundred: chi-squared of 4."""


@dataclass(frozen=True, slots=True)
class Found:
    """The detections of one frame that can be tracked at all, best first."""

    boxes: Floats
    """(n, 4): x1 y1 x2 y2."""
    measured: Floats
    """(n, 4): x y width height of the same boxes."""
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]
    rows: Rows
    """(n,): which of the detections given each is."""

    @classmethod
    def among(
        cls,
        boxes: Floats,
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
        *,
        above: float,
    ) -> "Found":
        """Drop boxes without area, with a value that is not finite, or a low score.

        Args:
            boxes: (m, 4) of one frame: x1 y1 x2 y2.
            scores: (m,).
            classes: (m,).
            above: the score that a detection must exceed.
        """
        rows = (-scores).argsort(kind="stable")
        usable = are_proper(boxes) & (scores > above)
        rows = rows[usable[rows]]
        boxes = boxes[rows]
        return cls(boxes, measure(boxes), scores[rows], classes[rows], rows)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Tracks and detections that overlap; all arrays are (p,)."""

    rows: Rows
    """Of the tracks."""
    columns: Rows
    """Of the detections."""
    iou: Floats
    shape: Floats
    """1 where widths and heights are equal, towards 0 where they differ."""
    nearness: Floats
    """1 at the predicted values, 0 from where the filter holds them impossible."""


def compare(states: BoxStates, noise: Floats, found: Found) -> Pairs:
    """Compare all tracks with all detections of a frame.

    Args:
        states: n tracks, predicted to the time of the frame.
        noise: (n, 4): variances of the measurement.
        found: its detections.
    """
    pairs = overlaps(boxes_of(states.values), found.boxes)
    values, measured = states.values[pairs.rows], found.measured[pairs.columns]
    ratios = np.minimum(values, measured)[:, 2:] / np.maximum(values, measured)[:, 2:]
    shape = np.exp(ratios[:, 0] + ratios[:, 1] - 2)
    apart = measured - values
    apart *= apart
    apart /= (states.variances + noise)[pairs.rows]
    nearness = np.maximum(1 - apart.sum(axis=1) / _GATE, 0)
    return Pairs(pairs.rows, pairs.columns, pairs.iou, shape, nearness)
