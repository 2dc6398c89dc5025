"""Parquet files: a row for each box, for pandas, DuckDB, Spark and their like."""

import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.optional import load
from avio_cli.records.entry import FileContent, FrameRecord, VideoInfo
from avio_cli.records.exchange.table import MOST_BOXES, BoxTable, as_written, table_of
from avio_cli.records.files import display_name
from avio_cli.records.happenings import happenings
from avio_cli.records.mot import by_frame
from avio_cli.records.parsing import (
    INVALID,
    MAX_FLOAT,
    MAX_WHOLE,
    ClassNames,
    common,
    optional_times,
    problem,
    rate_of,
    whole_number,
)
from avio_cli.records.recorded import RecordedTracks

_BOX = ("x1", "y1", "x2", "y2")
_INSTALL = "pip install 'avio-cli[parquet]'"
_VIDEO = b"avio.video"
"""Key of the metadata that describes the video."""


def load_pyarrow() -> Any:
    """The module, with its part for Parquet.

    Raises:
        AvioError: it is not installed.
    """
    load("pyarrow.parquet", "pyarrow", _INSTALL)
    return load("pyarrow", "pyarrow", _INSTALL)


def write_parquet(
    recorded: RecordedTracks,
    video: VideoInfo,
    file: BinaryIO,
    tolerance: float | None = None,
) -> None:
    """Write records as Parquet.

    Args:
        recorded: the tracks.
        video: goes into the file's metadata.
        file: gets the content.
        tolerance: makes no difference.

    Raises:
        AvioError: pyarrow is not installed.
        OSError: it cannot be written.
    """
    arrow = load_pyarrow()
    entries = [entry for entry in recorded.entries if len(entry.tracks)]
    table = table_of(entries)
    columns = _times(entries) | _boxes(table, recorded.class_names)
    lists = {"events": _events(entries), "zones": _zones(entries)}
    types = _types(arrow)
    made = arrow.table(
        {
            name: arrow.array(values, types[name])
            for name, values in (columns | lists).items()
        }
    )
    metadata = {_VIDEO: json.dumps(_described(video), ensure_ascii=False)}
    made = made.replace_schema_metadata(metadata)
    arrow.parquet.write_table(made, file, compression="zstd")


def _types(arrow: Any) -> Mapping[str, Any]:
    whole, number, text = arrow.int64(), arrow.float64(), arrow.string()
    event = {"name": text, "kind": text, "direction": text, "class": text}
    return {
        **dict.fromkeys(("frame", "pts", "id"), whole),
        **dict.fromkeys(("time", "gap", "score", *_BOX), number),
        "class": text,
        "events": arrow.list_(arrow.struct(event)),
        "zones": arrow.list_(arrow.struct({"name": text, "dwell": number})),
    }


def _times(entries: Sequence[FrameRecord]) -> dict[str, list[Any]]:
    def each(value: Callable[[FrameRecord], Any]) -> list[Any]:
        return [value(entry) for entry in entries for _ in range(len(entry.tracks))]

    return {
        "frame": each(lambda entry: entry.number),
        "pts": each(lambda entry: entry.pts),
        "time": each(lambda entry: entry.seconds),
        "gap": each(lambda entry: entry.gap),
    }


def _boxes(table: BoxTable, class_names: tuple[str, ...]) -> dict[str, Any]:
    names = VideoInfo("", 0, 0, class_names=class_names)
    corners = as_written(table.tracks.boxes) / 100
    scores = np.rint(table.tracks.scores.astype(np.float64) * 10_000) / 10_000
    return {
        "id": table.tracks.ids,
        **dict(zip(_BOX, corners.T, strict=True)),
        "score": scores,
        "class": [names.class_name(n) for n in table.tracks.classes.tolist()],
    }


def _events(entries: Sequence[FrameRecord]) -> list[list[dict[str, Any]]]:
    """What each track crossed."""
    return [
        [dict(event) for event in entry.events if event["id"] == track_id]
        for entry in entries
        for track_id in entry.tracks.ids.tolist()
    ]


def _zones(entries: Sequence[FrameRecord]) -> list[list[dict[str, Any]]]:
    """The zones that each track is in."""
    return [
        [
            {"name": zone["name"], "dwell": dwell}
            for zone in entry.zones
            for inside, dwell in zip(zone["ids"], zone["dwell"], strict=True)
            if inside == track_id
        ]
        for entry in entries
        for track_id in entry.tracks.ids.tolist()
    ]


def _described(video: VideoInfo) -> dict[str, Any]:
    return {
        "name": video.name,
        "width": video.width,
        "height": video.height,
        "rate": None if video.rate is None else str(video.rate),
    }


def read_parquet(path: Path, names: ClassNames, *, whole: bool = False) -> FileContent:
    """Read a Parquet file with the columns frame, id, x1, y1, x2 and y2.

    Args:
        path: the file.
        names: numbers the classes.
        whole: makes no difference: a truncated file has no columns.

    Raises:
        AvioError: pyarrow is not installed.
        InputError: it is not such a file.
    """
    arrow, name = load_pyarrow(), display_name(path)
    try:
        rows = arrow.parquet.read_metadata(path).num_rows
        if rows > MOST_BOXES:
            raise ValueError(f"{rows:,} rows are more than {MOST_BOXES:,}")
        table = arrow.parquet.read_table(path, memory_map=False)
        return _content(table, names)
    except arrow.ArrowException as error:
        raise InputError(f"{name} is not Parquet: {_first(error)}") from error
    except OSError as error:
        raise InputError(f"cannot read {name}: {_first(error)}") from error
    except INVALID as error:
        raise InputError(f"{name} has no tracks: {problem(error)}") from error


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _content(table: Any, names: ClassNames) -> FileContent:
    rows = {name: table.column(name) for name in table.column_names}
    frames, ids = (_whole(rows, name) for name in ("frame", "id"))
    boxes = np.column_stack([_numbers(rows, name) for name in _BOX])
    count = len(frames)
    scores = _numbers(rows, "score") if "score" in rows else np.ones(count)
    labels = rows["class"].to_pylist() if "class" in rows else ["object"] * count
    tracks = Tracks(
        boxes.astype(np.float32).reshape(-1, 4),
        scores.astype(np.float32),
        np.array([names.number(_label(label)) for label in labels], np.int64),
        ids,
    )
    more = ("pts", "time", "gap", "events", "zones")
    lists = {name: rows[name].to_pylist() for name in more if name in rows}
    entries = [_entry(n, tracks, found, lists) for n, found in by_frame(frames)]
    return FileContent(entries, _video(table.schema.metadata or {}))


def _label(value: object) -> str:
    return "object" if value is None else str(value)


def _whole(rows: Mapping[str, Any], name: str) -> Any:
    values = rows[name].to_numpy()
    if values.dtype.kind not in "iu":
        raise ValueError(f"column {name} has no whole numbers")
    if len(values) and not -MAX_WHOLE <= values.min() <= values.max() <= MAX_WHOLE:
        raise ValueError(f"column {name} has a number beyond {MAX_WHOLE:,}")
    return values.astype(np.int64)


def _numbers(rows: Mapping[str, Any], name: str) -> Any:
    values = rows[name].to_numpy().astype(np.float64)
    if not (np.abs(values) <= MAX_FLOAT).all():
        raise ValueError(f"column {name} has a number that is not finite")
    return values


def _entry(
    number: int, tracks: Tracks, rows: Any, lists: Mapping[str, list[Any]]
) -> FrameRecord:
    first = {
        name: common(number, what, (lists[name][row] for row in rows))
        for name, what in _OF_FRAME.items()
        if name in lists
    }
    pts, seconds = optional_times(first.get("pts"), first.get("time"))
    events, zones = [], dict[str, dict[str, Any]]()
    for row in rows.tolist():
        track_id = int(tracks.ids[row])
        for event in lists["events"][row] or () if "events" in lists else ():
            events.append({**event, "id": track_id})
        for zone in lists["zones"][row] or () if "zones" in lists else ():
            found = zones.setdefault(zone["name"], _empty_zone(zone["name"]))
            found["ids"].append(track_id)
            found["dwell"].append(zone["dwell"])
    content = {"events": events, "gap": first.get("gap"), "zones": zones.values()}
    return FrameRecord(number, pts, seconds, tracks[rows], *happenings(content))


_OF_FRAME = {"pts": "presentation time", "time": "time", "gap": "gap"}
"""Columns that say the same in all rows of a frame, and what that is."""


def _empty_zone(name: str) -> dict[str, Any]:
    return {"name": name, "ids": [], "dwell": []}


def _video(metadata: Mapping[bytes, bytes]) -> VideoInfo | None:
    if _VIDEO not in metadata:
        return None
    content = json.loads(metadata[_VIDEO])
    rate = content["rate"]
    return VideoInfo(
        str(content["name"]),
        whole_number(content["width"], least=0),
        whole_number(content["height"], least=0),
        None if rate is None else rate_of(float(Fraction(rate))),
    )
