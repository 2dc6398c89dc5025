"""Reads boxes with ids, tracks or ground truth, and refuses what cannot be meant."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.records.detections import MOST_FRAMES
from avio_cli.records.files import display_name
from avio_cli.records.mot import MotForm, read_mot
from avio_cli.records.reader import READERS, read_tracks

_COLUMNS = 6
"""At least: frame, id, x, y, w, h."""
_FORM = MotForm(
    least=_COLUMNS,
    uniform=True,
    whole=True,
    hint="frame,id,x,y,w,h,score,… with frames counted from 1",
)

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes of one sequence, in order of their frames."""

    frames: Integers
    """int64 (n,): 1 and up."""
    ids: Integers
    """int64 (n,): 0 and up, unique within a frame."""
    corners: Floats
    """float64 (n, 4): x1 y1 x2 y2."""
    flags: Floats
    """float64 (n,): 0 where a box of the truth is to be ignored; all 1 in records."""
    classes: Floats
    """float64 (n,): column 8 of a MOT file; empty where it has none."""
    class_names: tuple[str, ...] = field(default=())
    """Names of the classes, of records that have names."""

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Boxes":
        classes = self.classes[rows] if len(self.classes) else self.classes
        return Boxes(
            *(self.frames[rows], self.ids[rows], self.corners[rows]),
            *(self.flags[rows], classes, self.class_names),
        )


def read_boxes(path: Path, last: int = 0) -> Boxes:
    """Read a file of MOT rows, or records of avio by their extension.

    Args:
        path: an empty file has no boxes.
        last: number of the last frame of the sequence; 0 where nobody knows.

    Raises:
        InputError: it cannot be read, or has what cannot be meant: it is named.
    """
    if path.suffix.lower() in READERS and path.suffix.lower() != ".txt":
        boxes = _read_records(path)
    else:
        boxes = _read_mot(path)
    beyond = boxes.frames > (last or MOST_FRAMES)
    if beyond.any():
        number = boxes.frames[beyond][0]
        what = f"the sequence has {last}" if last else "that is a time, not a number"
        raise InputError(f"{display_name(path)}: frame {number} is impossible, {what}")
    ordered = boxes[np.lexsort((boxes.ids, boxes.frames))]
    _refuse_doubled(path, ordered)
    return ordered


def _refuse_doubled(path: Path, ordered: Boxes) -> None:
    same = (np.diff(ordered.frames) == 0) & (np.diff(ordered.ids) == 0)
    if same.any():
        row = int(same.argmax())
        raise InputError(
            f"{display_name(path)}: id {ordered.ids[row]} is twice in frame "
            f"{ordered.frames[row]}",
            hint="a track has one box in a frame",
        )


def _read_records(path: Path) -> Boxes:
    recorded = read_tracks(path, whole=True)
    entries = [entry for entry in recorded.entries if len(entry.tracks)]
    tracks = [entry.tracks for entry in entries]
    counts = [len(track) for track in tracks]
    numbers = np.repeat(np.array([e.number for e in entries], np.int64), counts)
    ids = np.concatenate([np.empty(0, np.int64), *(t.ids for t in tracks)])
    for name, values, least in (("frame", numbers, 1), ("id", ids, 0)):
        if (values < least).any():
            raise InputError(
                f"{display_name(path)}: {name} {values.min()} is no {name}"
            )
    boxes = np.concatenate([np.empty((0, 4), np.float32), *(t.boxes for t in tracks)])
    used = np.unique(np.concatenate([np.empty(0, int), *(t.classes for t in tracks)]))
    names = tuple(recorded.class_names[number] for number in used)
    flags = np.ones(len(ids))
    return Boxes(numbers, ids, _as_written(boxes), flags, np.empty(0), names)


def _as_written(boxes: NDArray[np.float32]) -> Floats:
    """The two decimals that a record has, where the float of 32 bits is of them."""
    exact = boxes.astype(np.float64)
    rounded = exact.round(2)
    return np.where(rounded.astype(np.float32) == boxes, rounded, exact)


def _read_mot(path: Path) -> Boxes:
    rows = read_mot(path, _FORM)
    rows.refuse_infinite(8, "a number is not finite")
    rows.refuse_broken((0, 1), "frame and id must be whole numbers")
    rows.refuse(rows.values[:, 0] < 1, "frames are counted from 1")
    negative = rows.values[:, 1] < 0
    rows.refuse(negative, "an id below 0 is none: these are detections")
    rows.refuse_negative_sizes()
    columns = int(rows.counts.max(initial=_COLUMNS))
    rows.warn_of_no_end()
    flags = rows.values[:, 6] if columns > _COLUMNS else np.ones(len(rows))
    classes = rows.values[:, 7] if columns > 7 else np.empty(0)
    return Boxes(rows.integers(0), rows.integers(1), rows.corners, flags, classes)
