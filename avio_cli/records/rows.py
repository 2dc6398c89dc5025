"""Format one entry as text in the line-based formats; pure functions."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from avio_cli.detections import Detections, Tracks
from avio_cli.records.entry import FrameRecord, VideoInfo

CSV_COLUMNS = (
    *("frame", "pts", "time", "id", "x1", "y1", "x2", "y2", "score", "class"),
    "events",
)
CSV_HEADER = ",".join(CSV_COLUMNS) + "\n"


def mot_rows(entry: FrameRecord, video: VideoInfo) -> str:
    """Format MOTChallenge rows: ``frame,id,x,y,w,h,score,-1,-1,-1``."""
    tracks = entry.tracks
    rows = zip(tracks.ids.tolist(), _sized(tracks), tracks.scores.tolist(), strict=True)
    return "".join(
        f"{entry.number},{track_id},{x:.2f},{y:.2f},{w:.2f},{h:.2f},{score:.4f}"
        ",-1,-1,-1\n"
        for track_id, (x, y, w, h), score in rows
    )


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


def json_line(entry: FrameRecord, video: VideoInfo) -> str:
    """Format a JSON object a frame, also for frames without tracks."""
    content: dict[str, Any] = {
        "frame": entry.number,
        "pts": entry.pts,
        "time": entry.seconds,
        "tracks": [
            {"id": track_id, "box": box, "score": score, "class": name}
            for track_id, box, score, name in _values(entry.tracks, video)
        ],
    }
    if entry.events:
        content["events"] = [dict(event) for event in entry.events]
    return json.dumps(content, ensure_ascii=False) + "\n"


_FORMULA = re.compile(r"'*[=+\-@\t]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_ESCAPED = {"n": "\n", "r": "\r"}


def csv_text(text: str) -> str:
    """A text as one cell in one line, which no spreadsheet takes for a formula."""
    escaped = "".join(_ESCAPES.get(character, character) for character in text)
    risky = _FORMULA.match(escaped) and not _NUMBER.fullmatch(escaped)
    return f"'{escaped}" if risky else escaped


def text_of_csv(cell: str) -> str:
    """Undo `csv_text`."""
    escaped = cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), escaped)


def csv_rows(entry: FrameRecord, video: VideoInfo) -> str:
    """Format a row a track; the last column lists what it crossed at this frame."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for track_id, box, score, name in _values(entry.tracks, video):
        crossed = "; ".join(
            f"{event['name']} {event['direction']}"
            for event in entry.events
            if event["id"] == track_id
        )
        frame = (entry.number, entry.pts, entry.seconds)
        texts = (csv_text(name), csv_text(crossed))
        writer.writerow((*frame, track_id, *box, score, *texts))
    return text.getvalue()


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
    if entry.events:
        image["events"] = [dict(event) for event in entry.events]
    return image


def coco_annotations(entry: FrameRecord, first_id: int) -> list[dict[str, Any]]:
    """Convert a frame's tracks to COCO annotations; ids count from the first."""
    tracks = entry.tracks
    columns = zip(
        tracks.ids.tolist(),
        _sized(tracks),
        tracks.scores.tolist(),
        tracks.classes.tolist(),
        strict=True,
    )
    return [
        {
            "id": first_id + offset,
            "image_id": entry.number,
            "video_id": 1,
            "category_id": class_ + 1,
            "track_id": track_id,
            "instance_id": track_id,
            "bbox": box,
            "area": round(box[2] * box[3], 2),
            "iscrowd": 0,
            "score": round(score, 4),
        }
        for offset, (track_id, box, score, class_) in enumerate(columns)
    ]


def _values(
    tracks: Tracks, video: VideoInfo
) -> Iterator[tuple[int, list[float], float, str]]:
    """Yield id, x1 y1 x2 y2, score and class name of each track, rounded."""
    columns = zip(
        tracks.ids.tolist(),
        tracks.boxes.tolist(),
        tracks.scores.tolist(),
        tracks.classes.tolist(),
        strict=True,
    )
    for track_id, box, score, class_ in columns:
        corners = [_hundredths(value) for value in box]
        yield track_id, corners, round(score, 4), video.class_name(class_)


def _sized(tracks: Tracks) -> list[list[float]]:
    """Return x, y, width and height of each box; sizes are those of rounded corners."""
    sized = []
    for box in tracks.boxes.tolist():
        left, top, right, bottom = (_hundredths(value) for value in box)
        size = (_hundredths(right - left), _hundredths(bottom - top))
        sized.append([left, top, *size])
    return sized


def _hundredths(value: float) -> float:
    return round(value, 2) + 0.0  # no -0.0
