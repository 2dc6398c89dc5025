"""Reads records: the tracks of each frame, and their times."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.media.frame import Frame
from avio_cli.records.coco_reader import read_coco
from avio_cli.records.entry import CountEvent, FrameRecord
from avio_cli.records.files import display_name
from avio_cli.records.parsing import (
    ClassNames,
    Row,
    finite,
    make_tracks,
    optional_times,
    parse_lines,
    whole,
)
from avio_cli.records.rows import CSV_COLUMNS, text_of_csv

_NO_TRACKS = Tracks()


@dataclass(frozen=True, slots=True)
class RecordedTracks:
    """The content of a record file."""

    entries: tuple[FrameRecord, ...]
    """One a frame, in order; MOT and CSV have none for frames without tracks."""
    class_names: tuple[str, ...]
    """Names of the class numbers in the entries' tracks."""
    _by_number: dict[int, FrameRecord] = field(init=False, repr=False, compare=False)
    _by_pts: dict[int, FrameRecord] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_number = {entry.number: entry for entry in self.entries}
        by_pts = {e.pts: e for e in self.entries if e.pts is not None}
        object.__setattr__(self, "_by_number", by_number)
        object.__setattr__(self, "_by_pts", by_pts)

    def at(self, number: int) -> Tracks:
        """Return the tracks of a frame by its number, 1 for the first."""
        entry = self._by_number.get(number)
        return entry.tracks if entry else _NO_TRACKS

    def of(self, frame: Frame) -> Tracks:
        """Return the tracks of a frame of the same video.

        By its time where the records have times, which works after a seek too;
        else by its index.
        """
        if not self._by_pts:
            return self.at(frame.index + 1)
        entry = self._by_pts.get(frame.pts)
        return entry.tracks if entry else _NO_TRACKS


def read_tracks(
    path: Path, class_names: Sequence[str] = (), *, extension: str = ""
) -> RecordedTracks:
    """Read a record file; its extension decides the format.

    A truncated last line, as a kill may leave it, is skipped.

    Args:
        path: a file with an extension in `READERS`.
        class_names: names that get the first numbers; others follow them.
        extension: used instead of the file's own.

    Raises:
        InputError: it cannot be read, or is not of its extension's format; names
            the line.
    """
    reader = READERS.get(extension or path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{display_name(path)} is not a record format that avio reads",
            hint=f"known: {', '.join(READERS)}",
        )
    names = ClassNames(list(class_names))
    entries = sorted(reader(path, names), key=lambda entry: entry.number)
    return RecordedTracks(tuple(entries), tuple(names.names))


def _read_json_lines(path: Path, names: ClassNames) -> list[FrameRecord]:
    def parse(line: str) -> FrameRecord:
        content = json.loads(line)
        rows = (
            (whole(t["id"]), _box(t["box"]), finite(t["score"]), str(t["class"]))
            for t in content["tracks"]
        )
        tracks = make_tracks(rows, names)
        number = whole(content["frame"])
        times = optional_times(content.get("pts"), content.get("time"))
        return FrameRecord(number, *times, tracks, content.get("events", ()))

    return list(parse_lines(path, parse))


def _box(values: Sequence[float]) -> list[float]:
    if len(values) != 4:
        raise ValueError(f"a box has {len(values)} numbers, not 4")
    return [finite(value) for value in values]


def _read_mot(path: Path, names: ClassNames) -> list[FrameRecord]:
    by_frame: dict[int, list[Row]] = {}
    for number, track_id, box, score in parse_lines(path, _mot_row):
        by_frame.setdefault(number, []).append((track_id, box, score, "object"))
    return [
        FrameRecord(n, None, None, make_tracks(r, names)) for n, r in by_frame.items()
    ]


def _mot_row(line: str) -> tuple[int, int, list[float], float]:
    values = line.split(",")
    if not 7 <= len(values) <= 10:
        raise ValueError(f"{len(values)} columns, not 7 to 10 as in MOT files")
    number, track_id = whole(values[0]), whole(values[1])
    x, y, width, height, score, *_ = map(finite, values[2:])
    return number, track_id, [x, y, x + width, y + height], score


class _CsvRow(NamedTuple):
    number: int
    pts: int | None
    seconds: float | None
    track: Row
    events: list[CountEvent]


def _read_csv(path: Path, names: ClassNames) -> list[FrameRecord]:
    by_frame: dict[int, list[_CsvRow]] = {}
    for row in parse_lines(path, _csv_row):
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


def _csv_row(line: str) -> _CsvRow | None:
    values = next(csv.reader(io.StringIO(line)))
    if tuple(values) == CSV_COLUMNS:
        return None
    if len(values) != len(CSV_COLUMNS):
        raise ValueError(f"{len(values)} columns, not {len(CSV_COLUMNS)}")
    number, pts, seconds, track_id, *box, score = values[:-2]
    name, crossed = map(text_of_csv, values[-2:])
    events: list[CountEvent] = [
        {"name": zone, "direction": direction, "id": whole(track_id), "class": name}
        for zone, _, direction in (e.rpartition(" ") for e in crossed.split("; "))
        if zone
    ]
    return _CsvRow(
        whole(number),
        *optional_times(int(pts) if pts else None, seconds or None),
        (whole(track_id), [finite(v) for v in box], finite(score), name),
        events,
    )


READERS: dict[str, Callable[[Path, ClassNames], list[FrameRecord]]] = {
    ".txt": _read_mot,
    ".jsonl": _read_json_lines,
    ".csv": _read_csv,
    ".json": read_coco,
}
"""Readers of record files by extension."""
