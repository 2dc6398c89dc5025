"""Objects as annotators have them: read from key frames, straight lines between."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.records.entry import FileContent, FrameRecord, VideoInfo
from avio_cli.records.exchange.table import (
    MOST_BOXES,
    MOST_LENGTH,
    BoxTable,
    joined_tracks,
)
from avio_cli.records.parsing import ClassNames


@dataclass(slots=True)
class ObjectKeys:
    """The key frames of one object as they are read, in any order."""

    id: int | None = None
    """Its track id, if it says one."""
    frames: list[int] = field(default_factory=list)
    """Numbers, 1 for the first of the video."""
    boxes: list[list[float]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    """Whether the object is seen at that frame."""
    goes_on: list[bool] = field(default_factory=list)
    """Whether it is seen from there to the next one, on a straight line."""

    def between(self, track_id: int, names: ClassNames, last: int | None) -> BoxTable:
        """The boxes of all frames.

        Args:
            track_id: of the object.
            names: numbers the classes.
            last: the last frame of the video, to which an object goes on that has no
                end; None: to its last key frame.

        Raises:
            ValueError: a frame is impossible, or is there twice.
        """
        numbers = np.array(self.frames, np.int64)
        order = np.argsort(numbers, kind="stable")
        frames = _checked(numbers[order])
        goes_on = np.array(self.goes_on, bool)[order]
        final = frames[-1:] + 1 if last is None else np.maximum(last, frames[-1:]) + 1
        steps = np.diff(np.append(frames, final))
        counts = np.where(goes_on, steps, np.array(self.shown, bool)[order])
        if counts.sum() > MOST_BOXES:
            raise ValueError(f"it has {counts.sum():,} boxes between its key frames")
        rows = np.repeat(np.arange(len(frames)), counts)
        offset = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        corners = np.array(self.boxes, np.float64).reshape(-1, 4)[order]
        moves = np.diff(corners, axis=0, append=corners[-1:])
        boxes = corners[rows] + moves[rows] * (offset / steps[rows])[:, None]
        classes = np.array([names.number(n) for n in self.classes], np.int64)[order]
        tracks = Tracks(
            boxes.astype(np.float32),
            np.array(self.scores, np.float32)[order][rows],
            classes[rows],
            np.full(len(rows), track_id, np.int64),
        )
        return BoxTable(frames[rows] + offset, tracks)


def _checked(frames: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(frames) and not 1 <= frames[0] <= frames[-1] <= MOST_LENGTH:
        raise ValueError(f"frame {frames[0 if frames[0] < 1 else -1]} is impossible")
    same = np.diff(frames) == 0
    if same.any():
        raise ValueError(f"an object has frame {frames[same.argmax()]} twice")
    return frames


def content_of(
    objects: Sequence[ObjectKeys],
    names: ClassNames,
    video: VideoInfo | None,
    length: int | None,
) -> FileContent:
    """The frames of a file of objects.

    Args:
        objects: with ids or without; where one was split, both parts have its id: the
            second one is another object.
        names: numbers the classes.
        video: what the file says of it.
        length: frames of the video; None where the file does not say it: then frames
            without boxes are not there.

    Raises:
        ValueError: a frame is impossible, or there are too many boxes.
    """
    if (length or 0) > MOST_LENGTH:
        raise ValueError(f"its video has {length:,} frames")
    ids = _different([keys.id for keys in objects])
    tables: list[BoxTable] = []
    boxes = 0
    for track_id, keys in zip(ids, objects, strict=True):
        tables.append(keys.between(track_id, names, length))
        boxes += len(tables[-1])
        if boxes > MOST_BOXES:
            raise ValueError(f"it has more than {MOST_BOXES:,} boxes")
    frames = np.concatenate([np.empty(0, np.int64), *(t.frames for t in tables)])
    table = BoxTable(frames, joined_tracks(t.tracks for t in tables))
    entries = table.entries()
    if length is not None:
        seen = {entry.number for entry in entries}
        missing, empty = (n for n in range(1, length + 1) if n not in seen), Tracks()
        entries += [FrameRecord(n, None, None, empty) for n in missing]
    return FileContent(entries, video, length is not None)


def _different(wanted: Sequence[int | None]) -> list[int]:
    """An id for each object: its own, else one that none has."""
    taken: set[int] = set()
    free = max((i for i in wanted if i is not None), default=0)
    given = []
    for track_id in wanted:
        if track_id is None or track_id in taken:
            free += 1
            track_id = free
        taken.add(track_id)
        given.append(track_id)
    return given
