"""Reads records: the tracks of each frame, and their times."""

import csv
import io
import json
import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.media.frame import Frame
from avio_cli.records.coco_reader import read_coco
from avio_cli.records.detections import classes_of
from avio_cli.records.entry import CountEvent, FrameRecord
from avio_cli.records.files import display_name
from avio_cli.records.mot import MotForm, MotRows, by_frame, read_mot
from avio_cli.records.parsing import (
    ClassNames,
    Row,
    finite,
    make_tracks,
    optional_times,
    parse_lines,
    whole_number,
)
from avio_cli.records.rows import CSV_COLUMNS, text_of_csv

_NO_TRACKS = Tracks()
_WITH_CLASS = 9
"""Columns of MOT rows whose eighth is the class: ``mot-classes``, MOT16 to MOT20."""


@dataclass(frozen=True, slots=True)
class RecordedTracks:
    """The content of a record file."""

    entries: tuple[FrameRecord, ...]
    """One a frame, in order; MOT and CSV have none for frames without tracks."""
    class_names: tuple[str, ...]
    """Names of the class numbers in the entries' tracks."""
    each_frame: bool = False
    """Whether every frame that was tracked has an entry, without tracks too."""
    _by_number: dict[int, FrameRecord] = field(init=False, repr=False, compare=False)
    _by_pts: dict[int, FrameRecord] = field(init=False, repr=False, compare=False)
    _order: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_number = {entry.number: entry for entry in self.entries}
        by_pts = {e.pts: e for e in self.entries if e.pts is not None}
        object.__setattr__(self, "_by_number", by_number)
        object.__setattr__(self, "_by_pts", by_pts)
        object.__setattr__(self, "_order", sorted(by_pts or by_number))

    def at(self, number: int) -> Tracks:
        """Return the tracks of a frame by its number, 1 for the first."""
        entry = self._by_number.get(number)
        return entry.tracks if entry else _NO_TRACKS

    def of(self, frame: Frame) -> Tracks:
        """Return the tracks of a frame of the same video.

        By its time where the records have times, which works after a seek too;
        else by its index.
        """
        entry = self._keyed.get(self._key(frame))
        return entry.tracks if entry else _NO_TRACKS

    def knows(self, frame: Frame) -> bool:
        """Whether a frame of the same video was tracked, as far as the entries show.

        Where `each_frame` has an entry, one without was not: the records may be
        unfinished.
        """
        return not self.each_frame or self._key(frame) in self._keyed

    def before(self, frame: Frame) -> Iterator[FrameRecord]:
        """The entries of the frames before one of the same video, the latest first."""
        for place in range(bisect_left(self._order, self._key(frame)) - 1, -1, -1):
            yield self._keyed[self._order[place]]

    @property
    def _keyed(self) -> dict[int, FrameRecord]:
        return self._by_pts or self._by_number

    def _key(self, frame: Frame) -> int:
        return frame.pts if self._by_pts else frame.index + 1


def read_tracks(
    path: str | os.PathLike[str],
    class_names: Sequence[str] = (),
    *,
    extension: str = "",
    whole: bool = False,
) -> RecordedTracks:
    """Read a record file; its extension decides the format.

    A truncated last line, as a kill may leave it, is left out with a warning.

    Args:
        path: a file with an extension in `READERS`.
        class_names: names that get the first numbers; others follow them.
        extension: used instead of the file's own.
        whole: whether a truncated file is an error instead.

    Raises:
        InputError: it cannot be read, or is not of its extension's format; names
            the line.
    """
    file = Path(path)
    extension = extension or file.suffix.lower()
    reader = READERS.get(extension)
    if reader is None:
        raise InputError(
            f"{display_name(file)} is not a record format that avio reads",
            hint=f"known: {', '.join(READERS)}",
        )
    names = ClassNames(list(class_names))
    entries = sorted(reader(file, names, whole=whole), key=lambda entry: entry.number)
    each_frame = extension in _EACH_FRAME
    return RecordedTracks(tuple(entries), tuple(names.names), each_frame)


def _read_json_lines(
    path: Path, names: ClassNames, *, whole: bool = False
) -> list[FrameRecord]:
    def parse(line: str) -> FrameRecord:
        content = json.loads(line)
        rows = (
            (whole_number(t["id"]), _box(t["box"]), finite(t["score"]), str(t["class"]))
            for t in content["tracks"]
        )
        tracks = make_tracks(rows, names)
        number = whole_number(content["frame"])
        times = optional_times(content.get("pts"), content.get("time"))
        events, gap = content.get("events", ()), content.get("gap")
        return FrameRecord(number, *times, tracks, events, gap)

    return list(parse_lines(path, parse, whole=whole))


def _box(values: Sequence[float]) -> list[float]:
    if len(values) != 4:
        raise ValueError(f"a box has {len(values)} numbers, not 4")
    return [finite(value) for value in values]


_MOT = MotForm(
    least=7, most=10, hint="a row is frame,id,x,y,w,h,score, with decimals by a point"
)


def _read_mot(
    path: Path, names: ClassNames, *, whole: bool = False
) -> list[FrameRecord]:
    rows = read_mot(path, replace(_MOT, whole=whole))
    rows.refuse_infinite()
    rows.refuse_broken((0, 1))
    rows.warn_of_no_end()
    numbers = _class_numbers(rows, names)
    tracks = Tracks(
        rows.corners.astype(np.float32),
        rows.values[:, 6].astype(np.float32),
        numbers,
        rows.integers(1),
    )
    frames = by_frame(rows.integers(0))
    return [FrameRecord(n, None, None, tracks[which]) for n, which in frames]


def _class_numbers(rows: MotRows, names: ClassNames) -> NDArray[np.int64]:
    """The classes of rows that have them; else, and where it is -1, an object."""
    if not (rows.counts == _WITH_CLASS).all():
        return np.full(len(rows), names.number("object") if len(rows) else 0)
    known = tuple(names.names)
    used, which = np.unique(classes_of(rows), return_inverse=True)
    named = [
        "object" if c < 0 else known[c] if c < len(known) else str(c)
        for c in used.tolist()
    ]
    return np.array([names.number(name) for name in named], np.int64)[which]


class _CsvRow(NamedTuple):
    number: int
    pts: int | None
    seconds: float | None
    track: Row
    events: list[CountEvent]


def _read_csv(
    path: Path, names: ClassNames, *, whole: bool = False
) -> list[FrameRecord]:
    by_frame: dict[int, list[_CsvRow]] = {}
    for row in parse_lines(path, _csv_row, whole=whole):
        if row is not None:
            by_frame.setdefault(row.number, []).append(row)
    return [
        FrameRecord(
            number,
            rows[0].pts,
            rows[0].seconds,
            make_tracks((row.track for row in rows), names),
            [event for row in rows for event in row.events],
        )
        for number, rows in by_frame.items()
    ]


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line)))
    except csv.Error as error:  # a carriage return outside of quotes
        raise ValueError(str(error)) from error


def _csv_row(line: str) -> _CsvRow | None:
    values = _cells(line)
    if tuple(values) == CSV_COLUMNS:
        return None
    if len(values) != len(CSV_COLUMNS):
        raise ValueError(f"{len(values)} columns, not {len(CSV_COLUMNS)}")
    number, pts, seconds, track_id, *box, score = values[:-2]
    name, crossed = map(text_of_csv, values[-2:])
    events: list[CountEvent] = [
        {
            "name": zone,
            "direction": direction,
            "id": whole_number(track_id),
            "class": name,
        }
        for zone, _, direction in (e.rpartition(" ") for e in crossed.split("; "))
        if zone
    ]
    return _CsvRow(
        whole_number(number),
        *optional_times(int(pts) if pts else None, seconds or None),
        (whole_number(track_id), [finite(v) for v in box], finite(score), name),
        events,
    )


class _Reader(Protocol):
    def __call__(
        self, path: Path, names: ClassNames, *, whole: bool = False
    ) -> list[FrameRecord]: ...


READERS: dict[str, _Reader] = {
    ".txt": _read_mot,
    ".jsonl": _read_json_lines,
    ".csv": _read_csv,
    ".json": read_coco,
}
"""Readers of record files by extension."""
_EACH_FRAME = (".jsonl", ".json")
"""Extensions of formats with an entry for each frame, without tracks too."""
