"""Reads what records hold: the tracks of each frame, and when they were."""

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
from avio_cli.records.parsing import ClassNames, Row, make_tracks, parse_lines
from avio_cli.records.rows import CSV_COLUMNS

_NO_TRACKS = Tracks()


@dataclass(frozen=True, slots=True)
class RecordedTracks:
    """Everything that a file of records holds."""

    entries: tuple[FrameRecord, ...]
    """One a frame, in order; MOT and CSV have none for frames without tracks."""
    class_names: tuple[str, ...]
    """Names of the classes that the entries' tracks number."""
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
        """Return the tracks of a frame of the same film.

        By its time where the records have times, which holds after a seek too;
        else by its index.
        """
        if not self._by_pts:
            return self.at(frame.index + 1)
        entry = self._by_pts.get(frame.pts)
        return entry.tracks if entry else _NO_TRACKS


def read_tracks(
    path: Path, class_names: Sequence[str] = (), *, suffix: str = ""
) -> RecordedTracks:
    """Read a file of records; its suffix tells the format.

    A last line that is torn, as a kill may leave it, is passed over.

    Args:
        path: a file of a suffix in `READERS`.
        class_names: names that shall have these numbers; others follow them.
        suffix: taken for the file's own where that does not tell.

    Raises:
        InputError: it cannot be read, or is not what its suffix says; names the line.
    """
    reader = READERS.get(suffix or path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{display_name(path)} is no kind of records that avio reads",
            hint=f"records end in {', '.join(READERS)}",
        )
    names = ClassNames(list(class_names))
    entries = sorted(reader(path, names), key=lambda entry: entry.number)
    return RecordedTracks(tuple(entries), tuple(names.names))


def _read_json_lines(path: Path, names: ClassNames) -> list[FrameRecord]:
    def parse(line: str) -> FrameRecord:
        content = json.loads(line)
        rows = (
            (int(t["id"]), _box(t["box"]), float(t["score"]), str(t["class"]))
            for t in content["tracks"]
        )
        tracks = make_tracks(rows, names)
        times = (content.get("pts"), content.get("time"))
        return FrameRecord(content["frame"], *times, tracks, content.get("events", ()))

    return list(parse_lines(path, parse))


def _box(values: Sequence[float]) -> list[float]:
    if len(values) != 4:
        raise ValueError(f"a box has {len(values)} numbers, not 4")
    return [float(value) for value in values]


def _read_mot(path: Path, names: ClassNames) -> list[FrameRecord]:
    found: dict[int, list[Row]] = {}
    for number, identity, box, score in parse_lines(path, _mot_row):
        found.setdefault(number, []).append((identity, box, score, "object"))
    return [FrameRecord(n, None, None, make_tracks(r, names)) for n, r in found.items()]


def _mot_row(line: str) -> tuple[int, int, list[float], float]:
    values = line.split(",")
    if not 7 <= len(values) <= 10:
        raise ValueError(f"{len(values)} columns, not 7 to 10 as in MOT files")
    number, identity = int(values[0]), int(float(values[1]))
    x, y, width, height, score, *_ = map(float, values[2:])
    return number, identity, [x, y, x + width, y + height], score


class _CsvRow(NamedTuple):
    number: int
    pts: int | None
    seconds: float | None
    track: Row
    events: list[CountEvent]


def _read_csv(path: Path, names: ClassNames) -> list[FrameRecord]:
    found: dict[int, list[_CsvRow]] = {}
    for row in parse_lines(path, _csv_row):
        if row is not None:
            found.setdefault(row.number, []).append(row)
    return [
        FrameRecord(
            number,
            rows[0].pts,
            rows[0].seconds,
            make_tracks((row.track for row in rows), names),
            [event for row in rows for event in row.events],
        )
        for number, rows in found.items()
    ]


def _csv_row(line: str) -> _CsvRow | None:
    values = next(csv.reader(io.StringIO(line)))
    if tuple(values) == CSV_COLUMNS:
        return None
    if len(values) != len(CSV_COLUMNS):
        raise ValueError(f"{len(values)} columns, not {len(CSV_COLUMNS)}")
    number, pts, seconds, identity, *box, score, name, crossed = values
    events: list[CountEvent] = [
        {"name": border, "direction": direction, "id": int(identity), "class": name}
        for border, _, direction in (e.rpartition(" ") for e in crossed.split("; "))
        if border
    ]
    return _CsvRow(
        int(number),
        int(pts) if pts else None,
        float(seconds) if seconds else None,
        (int(identity), [float(v) for v in box], float(score), name),
        events,
    )


READERS: dict[str, Callable[[Path, ClassNames], list[FrameRecord]]] = {
    ".txt": _read_mot,
    ".jsonl": _read_json_lines,
    ".csv": _read_csv,
    ".json": read_coco,
}
"""How to read a file of records, by its suffix."""
