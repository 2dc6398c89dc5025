"""Writes tasks of Label Studio: tracks of a video, as predictions to be corrected."""

from typing import Any, BinaryIO

import orjson

from avio_cli.errors import InputError
from avio_cli.records.entry import VideoInfo
from avio_cli.records.exchange.object_paths import ObjectPath, paths_of
from avio_cli.records.exchange.table import table_of
from avio_cli.records.recorded import RecordedTracks

_RATE = 25
"""Frames a second of a video of which nobody knows it; Label Studio's own guess."""


def write_label_studio(
    recorded: RecordedTracks,
    video: VideoInfo,
    file: BinaryIO,
    tolerance: float | None = None,
) -> None:
    """Write records as a task of Label Studio with predictions.

    For a labelling interface with the tags Video and VideoRectangle; its boxes are in
    percent of the frame.

    Args:
        recorded: the tracks.
        video: its name, size and rate.
        file: gets the text.
        tolerance: see `paths_of`.

    Raises:
        InputError: the size is not known; see `paths_of` too.
        OSError: it cannot be written.
    """
    if not video.width or not video.height:
        raise InputError(
            "Label Studio has boxes in percent, and the size of the frame is not known",
            hint="--video FILE names the video that was tracked",
        )
    rate = float(video.rate or _RATE)
    length = max((entry.number for entry in recorded.entries), default=0)
    known = VideoInfo("", 0, 0, class_names=recorded.class_names)
    paths = paths_of(table_of(recorded.entries), tolerance)
    size = {"original_width": video.width, "original_height": video.height}
    whole = {"framesCount": length, "duration": length / rate}
    results = [
        _result(path, known, size, whole | {"sequence": _sequence(path, known, video)})
        for path in paths
    ]
    prediction = {"model_version": "avio", "result": results}
    data = {"video": video.name, "width": video.width, "height": video.height}
    task = {"data": data | {"fps": rate, "frames": length}, "predictions": [prediction]}
    file.write(orjson.dumps([task]) + b"\n")


def _result(
    path: ObjectPath, names: VideoInfo, size: dict[str, int], value: dict[str, Any]
) -> dict[str, Any]:
    label = names.class_name(path.class_number)
    return {
        "id": f"track_{path.id}",
        "type": "videorectangle",
        "from_name": "box",
        "to_name": "video",
        "meta": {"text": [f"track_id={path.id}"]},
        **size,
        "value": value | {"labels": [label]},
    }


def _sequence(
    path: ObjectPath, names: VideoInfo, video: VideoInfo
) -> list[dict[str, Any]]:
    """The key frames; ``enabled`` says that the box is shown until the next one."""
    rate = float(video.rate or _RATE)
    unit = (video.width, video.height, video.width, video.height)
    corners = path.corners
    sized = corners.copy()
    sized[:, 2:] -= corners[:, :2]
    rows = zip(
        path.frames.tolist(),
        (100 * sized / unit).round(9).tolist(),
        path.scores.tolist(),
        path.classes.tolist(),
        path.ends.tolist(),
        strict=True,
    )
    return [
        {
            "frame": frame,
            "enabled": not ends,
            "rotation": 0,
            **dict(zip(("x", "y", "width", "height"), box, strict=True)),
            "time": round((frame - 1) / rate, 6),
            "score": score,
        }
        | ({"class": names.class_name(n)} if n != path.class_number else {})
        for frame, box, score, n, ends in rows
    ]
