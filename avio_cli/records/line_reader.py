"""Reads records of lines: JSON, CSV and MOT."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.records.detections import classes_of
from avio_cli.records.entry import CountEvent, FileContent, FrameRecord
from avio_cli.records.files import display_name
from avio_cli.records.happenings import direction_of, happenings
from avio_cli.records.mot import MotForm, MotRows, by_frame, read_mot
from avio_cli.records.parsing import (
    ClassNames,
    Row,
    class_text,
    common,
    finite,
    make_tracks,
    optional_times,
    parse_lines,
    problem,
    whole_number,
)
from avio_cli.records.rows import CSV_COLUMNS, list_of_csv, text_of_csv

_WITH_CLASS = 9
"""Columns of MOT rows whose eighth is the class: ``mot-classes``, MOT16 to MOT20."""


def read_json_lines(
    path: Path, names: ClassNames, *, whole: bool = False
) -> FileContent:
    """Read JSON lines; see `read_tracks`."""

    def parse(line: str) -> FrameRecord:
        content = json.loads(line)
        tracks = make_tracks(map(_json_row, content["tracks"]), names)
        number = whole_number(content["frame"])
        pts, seconds = optional_times(content.get("pts"), content.get("time"))
        return FrameRecord(number, pts, seconds, tracks, *happenings(content))

    return FileContent(list(parse_lines(path, parse, whole=whole)), each_frame=True)


def _json_row(track: Mapping[str, Any]) -> Row:
    numbers = whole_number(track["id"]), _box(track["box"]), finite(track["score"])
    return *numbers, class_text(track["class"])


def _box(values: Sequence[float]) -> list[float]:
    if len(values) != 4:
        raise ValueError(f"a box has {len(values)} numbers, not 4")
    return [finite(value) for value in values]


_MOT = MotForm(
    least=7, most=10, hint="a row is frame,id,x,y,w,h,score, with decimals by a point"
)


def read_mot_tracks(
    path: Path, names: ClassNames, *, whole: bool = False
) -> FileContent:
    """Read MOT rows; see `read_tracks`."""
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
    return FileContent(
        [FrameRecord(n, None, None, tracks[which]) for n, which in frames]
    )


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


def read_csv(path: Path, names: ClassNames, *, whole: bool = False) -> FileContent:
    """Read CSV; see `read_tracks`."""
    by_frame: dict[int, list[_CsvRow]] = {}
    for row in parse_lines(path, _csv_row, whole=whole, has_end=False):
        if row is not None:
            by_frame.setdefault(row.number, []).append(row)
    try:
        entries = [_csv_entry(n, rows, names) for n, rows in by_frame.items()]
    except ValueError as error:
        raise InputError(f"{display_name(path)}: {problem(error)}") from error
    return FileContent(entries)


def _csv_entry(number: int, rows: Sequence[_CsvRow], names: ClassNames) -> FrameRecord:
    return FrameRecord(
        number,
        common(number, "presentation time", (row.pts for row in rows)),
        common(number, "time", (row.seconds for row in rows)),
        make_tracks((row.track for row in rows), names),
        [event for row in rows for event in row.events],
    )


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
    name, crossed = text_of_csv(values[-2]), list_of_csv(values[-1])
    about: CountEvent = {"id": whole_number(track_id), "class": name}
    events: list[CountEvent] = [
        {**_csv_event(text), **about} for text in crossed if text
    ]
    return _CsvRow(
        whole_number(number),
        *optional_times(int(pts) if pts else None, seconds or None),
        (whole_number(track_id), [finite(v) for v in box], finite(score), name),
        events,
    )


def _csv_event(text: str) -> CountEvent:
    name, _, direction = text.rpartition(" ")
    return {"name": name, "direction": direction_of(direction)}
