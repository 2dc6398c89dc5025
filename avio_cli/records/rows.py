"""Format one entry as text; pure functions.

All numbers of a frame are rounded and made text at once, then put into a template that
is repeated for each track: at 100 tracks that is several times as fast as a row after
the other.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks
from avio_cli.records.entry import FrameRecord, VideoInfo

CSV_COLUMNS = (
    *("frame", "pts", "time", "id", "x1", "y1", "x2", "y2", "score", "class"),
    "events",
)
CSV_HEADER = ",".join(CSV_COLUMNS) + "\n"


Floats = NDArray[np.float64]


def mot_rows(entry: FrameRecord, video: VideoInfo) -> str:
    """Format MOTChallenge rows: ``frame,id,x,y,w,h,score,-1,-1,-1``."""
    tracks = entry.tracks
    row = f"{entry.number},%d,%.2f,%.2f,%.2f,%.2f,%.4f,-1,-1,-1\n"
    table = np.column_stack((tracks.ids, _sized(tracks), tracks.scores))
    return row * len(tracks) % tuple(table.ravel().tolist())


def mot_class_rows(entry: FrameRecord, video: VideoInfo) -> str:
    """Format rows as in MOT16 to MOT20: ``frame,id,x,y,w,h,score,class,visibility``.

    Classes count from 1; the visibility, which nobody knows, is 1.
    """
    tracks = entry.tracks
    row = f"{entry.number},%d,%.2f,%.2f,%.2f,%.2f,%.4f,%d,1\n"
    columns = (tracks.ids, _sized(tracks), tracks.scores, tracks.classes + 1)
    table = np.column_stack(columns)
    return row * len(tracks) % tuple(table.ravel().tolist())


def detection_rows(number: int, detections: Detections) -> str:
    """Format detections as MOTChallenge rows, with their class in an eighth column.

    Boxes and scores are written so that reading returns the same float32 numbers.
    """
    sizes = detections.boxes.astype("f8")
    sizes[:, 2:] -= sizes[:, :2]
    rows = zip(
        sizes.tolist(),
        detections.scores.tolist(),
        detections.classes.tolist(),
        strict=True,
    )
    return "".join(
        f"{number},-1,{x:.10g},{y:.10g},{w:.10g},{h:.10g},{score:.9g},{class_}\n"
        for (x, y, w, h), score, class_ in rows
    )


_TRACK = '{"id": %d, "box": [%s, %s, %s, %s], "score": %s, "class": %s}'


def json_line(entry: FrameRecord, video: VideoInfo) -> str:
    """Format a JSON object a frame, also for frames without tracks."""
    tracks = entry.tracks
    frame = {"frame": entry.number, "pts": entry.pts, "time": entry.seconds}
    events = _happenings(entry)
    listed = ", ".join([_TRACK] * len(tracks)) % _interleaved(
        tracks.ids.tolist(),
        *_texts(_corners(tracks)),
        *_texts(_scores(tracks)),
        [_json_name(video.class_name(n)) for n in tracks.classes.tolist()],
    )
    rest = ", " + _json(events)[1:] if events else "}"
    return f'{_json(frame)[:-1]}, "tracks": [{listed}]{rest}\n'


_FORMULA = re.compile(r"'*[=+\-@\t]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_ESCAPED = {"n": "\n", "r": "\r", "s": ";"}


def csv_text(text: str) -> str:
    """A text as one cell in one line, which no spreadsheet takes for a formula."""
    return _harmless(_escaped(text))


def csv_list(texts: Iterable[str]) -> str:
    """Several texts as one such cell."""
    return _harmless("; ".join(_escaped(text).replace(";", r"\s") for text in texts))


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _harmless(cell: str) -> str:
    risky = _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky else cell


def text_of_csv(cell: str) -> str:
    """Undo `csv_text`."""
    return _unescaped(_as_written(cell))


def list_of_csv(cell: str) -> list[str]:
    """Undo `csv_list`."""
    return [_unescaped(text) for text in _as_written(cell).split("; ")]


def _as_written(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), text)


def csv_rows(entry: FrameRecord, video: VideoInfo) -> str:
    """Format a row a track; the last column lists what it crossed at this frame."""
    tracks = entry.tracks
    pts = "" if entry.pts is None else entry.pts
    seconds = "" if entry.seconds is None else repr(entry.seconds)
    row = f"{entry.number},{pts},{seconds},%d,%s,%s,%s,%s,%s,%s\n"
    return (
        row
        * len(tracks)
        % _interleaved(
            tracks.ids.tolist(),
            *_texts(_corners(tracks)),
            *_texts(_scores(tracks)),
            _class_and_events(entry, video),
        )
    )


def _class_and_events(entry: FrameRecord, video: VideoInfo) -> list[str]:
    """The last two columns of each track."""
    crossed: dict[int, list[str]] = {}
    for event in entry.events:
        text = f"{event['name']} {event['direction']}"
        crossed.setdefault(int(event["id"]), []).append(text)
    columns = (entry.tracks.classes.tolist(), entry.tracks.ids.tolist())
    return [
        _csv_cells(video.class_name(number), *crossed.get(track_id, ()))
        for number, track_id in zip(*columns, strict=True)
    ]


@lru_cache(maxsize=1024)
def _csv_cells(name: str, *crossed: str) -> str:
    line = io.StringIO()
    cells = csv_text(name), csv_list(crossed)
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def coco_image(entry: FrameRecord, video: VideoInfo) -> dict[str, Any]:
    """Convert a frame to a COCO image."""
    image: dict[str, Any] = {
        "id": entry.number,
        "video_id": 1,
        "frame_id": entry.number - 1,
        "file_name": f"{video.name}/{entry.number:06d}.jpg",
        "width": video.width,
        "height": video.height,
        "pts": entry.pts,
        "time": entry.seconds,
    }
    return image | _happenings(entry)


def _happenings(entry: FrameRecord) -> dict[str, Any]:
    """What is only in the record of a frame where there is any."""
    events, zones = ([dict(item) for item in i] for i in (entry.events, entry.zones))
    found = {"events": events, "gap": entry.gap, "zones": zones}
    return {key: value for key, value in found.items() if value not in ([], None)}


_ANNOTATION = (
    '{"id": %d, "image_id": IMAGE, "video_id": 1, "category_id": %d, "track_id": %d, '
    '"instance_id": %d, "bbox": [%s, %s, %s, %s], "area": %s, "iscrowd": 0, '
    '"score": %s, "attributes": {"track_id": %d}}'
)


def coco_annotations(entry: FrameRecord, first_id: int, separator: str) -> str:
    """Format a frame's tracks as COCO annotations.

    Args:
        entry: the frame.
        first_id: their ids count from it.
        separator: is put between two.
    """
    tracks = entry.tracks
    sized, ids = _sized(tracks), tracks.ids.tolist()
    annotation = _ANNOTATION.replace("IMAGE", str(entry.number))
    return separator.join([annotation] * len(tracks)) % _interleaved(
        range(first_id, first_id + len(tracks)),
        (tracks.classes + 1).tolist(),
        *(ids, ids),
        *_texts(sized),
        [repr(round(w * h, 2)) for w, h in sized[:, 2:].tolist()],
        *_texts(_scores(tracks)),
        ids,
    )


def _corners(tracks: Tracks) -> Floats:
    """x1 y1 x2 y2 in hundredths."""
    return _rounded(tracks.boxes, 100)


def _sized(tracks: Tracks) -> Floats:
    """x, y, width and height of each box; sizes are those of rounded corners."""
    corners = _corners(tracks)
    sizes = _rounded(corners[:, 2:] - corners[:, :2], 100)
    return np.concatenate((corners[:, :2], sizes), axis=1)


def _scores(tracks: Tracks) -> Floats:
    return _rounded(tracks.scores[:, None], 10_000)


def _rounded(values: NDArray[np.floating[Any]], parts: int) -> Floats:
    """Round as `round` does, which a product in 64 bits of a 32-bit float allows."""
    rounded: Floats = np.rint(values.astype(np.float64) * parts) / parts
    return rounded + 0.0  # no -0.0


def _texts(table: Floats) -> list[list[str]]:
    """The shortest text of each number, as `repr` has it, column by column."""
    width = table.shape[1]
    if not len(table):
        return [[] for _ in range(width)]
    if np.abs(table).max() < 1e16:  # from there on `repr` has a plus in its exponents
        option = orjson.OPT_SERIALIZE_NUMPY
        texts = orjson.dumps(table.ravel(), option=option)[1:-1].decode().split(",")
    else:
        texts = [repr(value) for value in table.ravel().tolist()]
    return [texts[column::width] for column in range(width)]


def _interleaved(*columns: Sequence[object]) -> tuple[object, ...]:
    """All values row by row."""
    values: list[object] = [None] * sum(map(len, columns))
    for number, column in enumerate(columns):
        values[number :: len(columns)] = column
    return tuple(values)


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


_json_name = lru_cache(maxsize=1024)(_json)
