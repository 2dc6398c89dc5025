"""What detections look like, for the runs of a refinement."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.vision.boxes import are_proper, overlaps
from avio_cli.vision.reid.embedder import Embedder, Embeddings
from avio_cli.vision.reid.settings import AppearanceSettings
from avio_cli.vision.reid.tracker_hooks import Recognises
from avio_cli.vision.trackers.assignment import Indices
from avio_cli.vision.trackers.registry import BoxTracker

EmbeddingsAt = Callable[[int], Embeddings]
"""Embeddings (n, d) of the detections of a frame that the table has, by its number;
zeros where none was made."""
_NEAR = 0.5
"""By how much of its size a box is enlarged to each side, to find who is near."""


def show_runs(
    tracker: BoxTracker, found: Detections, seconds: float, made: Embeddings
) -> None:
    """Show a frame to runs that are side by side in one tracker.

    Args:
        tracker: takes its detections next.
        found: of all runs, one run after the other.
        seconds: the time that it is given with them.
        made: (n, d): embeddings of the n detections of each run.
    """
    if not isinstance(tracker, Recognises) or tracker.appearance is None:
        return

    def look(rows: Indices) -> Embeddings:
        seen: Embeddings = made[rows % len(made)]
        return seen

    tracker.appearance.look(found, seconds, look)


def worth_embedding(
    found: Detections, index: int, settings: AppearanceSettings
) -> NDArray[np.intp]:
    """Choose the detections whose looks the runs may ask for.

    These are the strong ones of every tenth frame, to learn from, and those that have
    another one near.

    Args:
        found: those of a frame.
        index: the frame's number.
        settings: what is strong, and how often it learns.
    """
    (strong,) = (
        (found.scores >= settings.least_score) & are_proper(found.boxes)
    ).nonzero()
    if index % settings.refresh == 0 or not len(strong):
        return strong
    boxes = found.boxes[strong].astype(np.float64)
    margins = np.tile((boxes[:, 2:] - boxes[:, :2]) * _NEAR, 2)
    margins[:, :2] *= -1
    pairs = overlaps(boxes + margins, boxes + margins)
    near = np.unique(pairs.rows[pairs.rows != pairs.columns])
    chosen: NDArray[np.intp] = strong[near]
    return chosen


def first_look(
    embedder: Embedder | None,
    frame: Frame,
    found: Detections,
    settings: AppearanceSettings,
) -> Embeddings | None:
    """Embed the detections of a frame that are worth it.

    Args:
        embedder: None: nothing is embedded.
        frame: with its full planes.
        found: its detections.
        settings: see `worth_embedding`.

    Returns:
        (n, d), zeros for all others.
    """
    if embedder is None:
        return None
    looks = np.zeros((len(found), embedder.length), np.float32)
    rows = worth_embedding(found, frame.index, settings)
    looks[rows] = embedder.embed(frame, found.boxes[rows].astype(np.float64))
    return looks
