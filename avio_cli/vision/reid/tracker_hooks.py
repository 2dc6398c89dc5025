"""How appearance meets trackers: what they do alike with it, where there is any."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from avio_cli.detections import Detections
from avio_cli.errors import InputError
from avio_cli.media.frame import Frame
from avio_cli.vision.reid.appearance import Appearance
from avio_cli.vision.reid.embedder import Embedder, Embeddings
from avio_cli.vision.reid.gallery import Integers
from avio_cli.vision.trackers.assignment import Indices

_KEY = "appearance"


@runtime_checkable
class Recognises(Protocol):
    """A tracker that takes appearance into account."""

    appearance: Appearance | None


@dataclass(frozen=True, slots=True)
class Recognition:
    """The appearance that a tracker has, and what makes embeddings for it."""

    appearance: Appearance
    embedder: Embedder

    def show(self, frame: Frame, detections: Detections) -> None:
        """Show a frame with its full planes; crops are embedded once asked for."""
        boxes = detections.boxes.astype(np.float64)

        def look(rows: Indices) -> Embeddings:
            return self.embedder.embed(frame, boxes[rows])

        self.appearance.look(detections, frame.seconds, look)


def new_ids(
    appearance: Appearance | None, columns: Indices, taken: Integers, first: int
) -> Integers:
    """Ids of tracks that start: those of tracks seen again, and new ones.

    Args:
        appearance: None: all are new.
        columns: (k,): detections of the frame.
        taken: ids of the tracks seen in this frame.
        first: the first new one.
    """
    ids = np.zeros(len(columns), np.int64)
    if appearance is not None:
        ids = appearance.recalled(columns, taken)
    (new,) = (ids == 0).nonzero()
    ids[new] = np.arange(first, first + len(new))
    return ids


def recalled_ids(tracker: object) -> Integers:
    """Ids of tracks that a tracker found again by appearance in its last frame."""
    appearance = tracker.appearance if isinstance(tracker, Recognises) else None
    return np.zeros(0, np.int64) if appearance is None else appearance.found_again


def stored_appearance(appearance: Appearance | None) -> dict[str, Any]:
    """What a tracker's state has of it."""
    return {} if appearance is None else {_KEY: appearance.state()}


def restore_appearance(appearance: Appearance | None, state: Mapping[str, Any]) -> None:
    """Restore it from a tracker's state.

    Raises:
        InputError: the state has none, or a damaged one.
    """
    if appearance is None:
        return
    stored = state.get(_KEY)
    if not isinstance(stored, Mapping):
        raise InputError("the stored tracker has no appearance")
    appearance.restore(stored)
