"""One entry as text in the formats that are lines; pure functions."""

import csv
import io
import json
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
    """Write MOTChallenge rows: ``frame,id,x,y,w,h,score,-1,-1,-1``."""
    tracks = entry.tracks
    rows = zip(tracks.ids.tolist(), _sized(tracks), tracks.scores.tolist(), strict=True)
    return "".join(
        f"{entry.number},{identity},{x:.2f},{y:.2f},{w:.2f},{h:.2f},{score:.4f}"
        ",-1,-1,-1\n"
        for identity, (x, y, w, h), score in rows
    )


def detection_rows(number: int, detections: Detections) -> str:
    """Write detections as MOTChallenge has them, and their class in an eighth column.

    Boxes and scores are written so that reading gives the very same float32 numbers.
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
    """Write a JSON object a frame, also for frames without tracks."""
    content: dict[str, Any] = {
        "frame": entry.number,
        "pts": entry.pts,
        "time": entry.seconds,
        "tracks": [
            {"id": identity, "box": box, "score": score, "class": name}
            for identity, box, score, name in _values(entry.tracks, video)
        ],
    }
    if entry.events:
        content["events"] = [dict(event) for event in entry.events]
    return json.dumps(content, ensure_ascii=False) + "\n"


def csv_rows(entry: FrameRecord, video: VideoInfo) -> str:
    """Write a row a track; what it crossed at this frame is in the last column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for identity, box, score, name in _values(entry.tracks, video):
        crossed = "; ".join(
            f"{event['name']} {event['direction']}"
            for event in entry.events
            if event["id"] == identity
        )
        frame = (entry.number, entry.pts, entry.seconds)
        writer.writerow((*frame, identity, *box, score, name, crossed))
    return text.getvalue()


def coco_image(entry: FrameRecord, video: VideoInfo) -> dict[str, Any]:
    """Describe a frame as COCO describes an image."""
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
    """Describe a frame's tracks as COCO describes objects; ids count on from first."""
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
            "id": first_id + place,
            "image_id": entry.number,
            "video_id": 1,
            "category_id": class_ + 1,
            "track_id": identity,
            "instance_id": identity,
            "bbox": box,
            "area": round(box[2] * box[3], 2),
            "iscrowd": 0,
            "score": round(score, 4),
        }
        for place, (identity, box, score, class_) in enumerate(columns)
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
    for identity, box, score, class_ in columns:
        corners = [_hundredths(value) for value in box]
        yield identity, corners, round(score, 4), video.class_name(class_)


def _sized(tracks: Tracks) -> list[list[float]]:
    """Return x, y, width and height of each box; sizes are those of rounded corners."""
    sized = []
    for box in tracks.boxes.tolist():
        left, top, right, bottom = (_hundredths(value) for value in box)
        size = (_hundredths(right - left), _hundredths(bottom - top))
        sized.append([left, top, *size])
    return sized


def _hundredths(value: float) -> float:
    return round(value, 2) + 0.0  # no minus before a zero
