"""Objects as annotators get them: boxes at key frames, straight lines between."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.records.exchange.table import BoxTable, as_written
from avio_cli.records.exchange.thinning import key_frames


@dataclass(frozen=True, slots=True)
class ObjectPath:
    """The key frames of one object, to be written."""

    id: int
    class_number: int
    """The class of most of its boxes."""
    frames: NDArray[np.int64]
    """int64 (n,): of the key frames, 1 for the first of the video."""
    corners: NDArray[np.float64]
    """float64 (n, 4): x1 y1 x2 y2, to the hundredth of a pixel."""
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]
    """int64 (n,): of each box."""
    ends: NDArray[np.bool_]
    """bool (n,): whether the object is not seen in the frame after that one."""


def paths_of(table: BoxTable, tolerance: float | None) -> Iterator[ObjectPath]:
    """The key frames of each object.

    Args:
        table: all boxes.
        tolerance: pixels by which boxes between key frames may be wrong; None: every
            box is a key frame.

    Raises:
        InputError: annotators cannot have such frames or ids.
    """
    _refuse_unreadable(table)
    for track_id, boxes in table.objects():
        ends = np.append(np.diff(boxes.frames) > 1, True)
        corners = as_written(boxes.tracks.boxes)
        classes = boxes.tracks.classes
        kept = np.ones(len(boxes), bool)
        if tolerance is not None:
            changed = np.append(False, np.diff(classes) != 0)
            kept = _kept(corners, tolerance * 100, ends, changed)
        counts = np.unique(classes, return_counts=True)
        yield ObjectPath(
            track_id,
            int(counts[0][counts[1].argmax()]),
            boxes.frames[kept],
            corners[kept] / 100,
            np.rint(boxes.tracks.scores[kept].astype(np.float64) * 10_000) / 10_000,
            classes[kept],
            ends[kept],
        )


def _refuse_unreadable(table: BoxTable) -> None:
    """Refuse what is no list of tracks of a video: it could not be read back."""
    frames, ids = table.frames, table.tracks.ids
    if (frames < 1).any():
        raise InputError(
            f"the records have a frame {frames.min()}: annotators get frames from 1",
            hint="write records whose frames count from 1",
        )
    if (ids < 0).any():
        raise InputError(
            f"the records have an id {ids.min()}: annotators get tracks",
            hint="`avio track --detections FILE` makes tracks of detections",
        )
    order = np.lexsort((frames, ids))
    twice = (np.diff(frames[order]) == 0) & (np.diff(ids[order]) == 0)
    if twice.any():
        row = order[int(twice.argmax())]
        raise InputError(
            f"the records have id {ids[row]} twice in frame {frames[row]}",
            hint="annotators have one box of an object in a frame",
        )


def _kept(
    corners: NDArray[np.float64],
    tolerance: float,
    ends: NDArray[np.bool_],
    changed: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Choose in each range of successive frames apart."""
    stops = (np.flatnonzero(ends) + 1).tolist()
    parts = zip([0, *stops], stops, strict=False)
    return np.concatenate(
        [key_frames(corners[a:b], tolerance, changed[a:b]) for a, b in parts]
    )
