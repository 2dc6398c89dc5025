"""Trackers of the package ``trackers`` (roboflow), on the same detections.

It is no dependency: ``pip install trackers`` into an environment of its own, with what
avio needs. They are used as they come, with the rate of the sequence; BoT-SORT without
its image features, for there are no images.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from avio_cli.detections import Detections, Tracks
from benchmarks.accuracy.sequences import Sequence

SORT_SCORE = 0.5
"""Of the detections that SORT gets, which has no use for weak ones: what the command
line of the package keeps."""
_CLASSES: dict[str, tuple[str, float, dict[str, Any]]] = {
    "sort": ("SORTTracker", SORT_SCORE, {}),
    "bytetrack": ("ByteTrackTracker", 0.0, {}),
    "oc-sort": ("OCSORTTracker", 0.0, {}),
    "c-biou": ("CBIoUTracker", 0.0, {}),
    "bot-sort": ("BoTSORTTracker", 0.0, {"enable_cmc": False}),
}


def _tracked(
    kind: str, least: float, options: dict[str, Any], sequence: Sequence
) -> list[Tracks]:
    import trackers  # type: ignore[import-not-found, unused-ignore]

    tracker = getattr(trackers, kind)(frame_rate=float(sequence.rate), **options)
    return list(_updates(tracker, least, sequence))


def _updates(tracker: Any, least: float, sequence: Sequence) -> Iterator[Tracks]:
    import supervision as sv  # type: ignore[import-not-found, unused-ignore]

    for frame in sequence.detections:
        found = frame[frame.scores >= least]
        given = sv.Detections(found.boxes, None, found.scores, found.classes)
        yield _tracks(tracker.update(given))


def _tracks(given: Any) -> Tracks:
    """Those with an id: -1 is of tracks that are not confirmed."""
    if given.tracker_id is None or not len(given):
        return Tracks()
    kept = np.flatnonzero(given.tracker_id >= 0)
    found = Detections(
        given.xyxy[kept].astype(np.float32),
        given.confidence[kept].astype(np.float32),
        given.class_id[kept].astype(np.int64),
    )
    ids = given.tracker_id[kept].astype(np.int64) + 1
    return Tracks(found.boxes, found.scores, found.classes, ids)


PEERS: dict[str, Callable[[Sequence], list[Tracks]]] = {
    f"trackers {name}": partial(_tracked, *how) for name, how in _CLASSES.items()
}
"""Measured only where they are named."""
