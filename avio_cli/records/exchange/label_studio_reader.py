"""Reads tasks of Label Studio, and recognises which JSON is one."""

import json
import logging
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from avio_cli.errors import InputError
from avio_cli.records.coco_reader import read_coco
from avio_cli.records.entry import FileContent, VideoInfo
from avio_cli.records.exchange.interpolation import ObjectKeys, content_of
from avio_cli.records.files import display_name
from avio_cli.records.parsing import (
    INVALID,
    ClassNames,
    finite,
    problem,
    rate_of,
    read_text,
    whole_number,
)

LOG = logging.getLogger("avio.records")
_TYPE = "videorectangle"
_ID = re.compile(r"track_id=(\d{1,16})|track_(\d{1,16})")
_BEGINNING = 64
"""Bytes that show whether a list of tasks begins; COCO is an object."""


Size = tuple[int, int]


def read_json(
    path: Path, names: ClassNames, *, whole: bool = False, size: Size | None = None
) -> FileContent:
    """Read COCO video or a task of Label Studio; its content says which.

    Args:
        path: the file.
        names: numbers the classes.
        whole: whether a truncated file is an error.
        size: see `read_label_studio`.

    Raises:
        InputError: it is neither.
    """
    if is_label_studio(path):
        return read_label_studio(path, names, whole=whole, size=size)
    return read_coco(path, names, whole=whole)


def is_label_studio(path: Path) -> bool:
    """Whether a file begins as a list of tasks does."""
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING).decode("utf-8-sig", "replace")
    except OSError:
        return False  # whoever reads it says why
    return re.match(r"\s*\[\s*{", beginning) is not None


def read_label_studio(
    path: Path, names: ClassNames, *, whole: bool = False, size: Size | None = None
) -> FileContent:
    """Read the boxes of a task of Label Studio: annotations, else predictions.

    Of several annotations the last one counts that was not cancelled.

    Args:
        path: the file.
        names: numbers the classes.
        whole: makes no difference: a truncated file is no JSON.
        size: width and height of the frame, where the file does not say it.

    Raises:
        InputError: it is no such file, has several tasks, or not the size of the frame.
    """
    name = display_name(path)
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not JSON: {problem(error)}") from error
    try:
        tasks = content if isinstance(content, list) else [content]
        if len(tasks) != 1:
            raise ValueError(f"it has {len(tasks)} tasks, not one")
        found = _content(tasks[0], names, size, ignored := Counter[str]())
    except INVALID as error:
        raise InputError(
            f"{name} is no task of Label Studio: {problem(error)}",
            hint="export JSON (not JSON-MIN) of one video",
        ) from error
    if ignored:
        more = ", ".join(f"{count} {kind}" for kind, count in ignored.items())
        LOG.warning("%s: only boxes with one label are read, not %s", name, more)
    return found


def _content(
    task: dict[str, Any], names: ClassNames, size: Size | None, ignored: Counter[str]
) -> FileContent:
    """Read a task; what is ignored is counted."""
    results = _results(task)
    video = _video(task["data"], results, size or (0, 0))
    objects = [_object(result, video, ignored) for result in results]
    counts = [r["value"].get("framesCount") for r in results]
    counts.append(task["data"].get("frames"))
    length = max((whole_number(c, least=1) for c in counts if c), default=None)
    return content_of(objects, names, video, length)


def _results(task: dict[str, Any]) -> list[dict[str, Any]]:
    made = [a for a in task.get("annotations") or () if not a.get("was_cancelled")]
    chosen = (made or task.get("predictions") or [{"result": []}])[-1]["result"]
    boxes = [result for result in chosen if result["type"] == _TYPE]
    if len(boxes) < len(chosen):
        LOG.warning("%d results are no boxes: not read", len(chosen) - len(boxes))
    return boxes


def _video(
    data: dict[str, Any], results: Sequence[dict[str, Any]], known: Size
) -> VideoInfo:
    first: dict[str, Any] = next(iter(results), {})
    width = data.get("width") or first.get("original_width") or known[0]
    height = data.get("height") or first.get("original_height") or known[1]
    if not width or not height:
        raise ValueError("its boxes are in percent of a frame of unknown size")
    rate = data.get("fps")
    name = str(data.get("video", "")).rpartition("/")[2]
    size = whole_number(width, least=1), whole_number(height, least=1)
    return VideoInfo(name, *size, rate and rate_of(rate))


def _object(
    result: dict[str, Any], video: VideoInfo, ignored: Counter[str]
) -> ObjectKeys:
    value = result["value"]
    keys, label = ObjectKeys(_track_id(result)), _label(value, ignored)
    for key in value["sequence"]:
        x, y = (finite(key[k]) / 100 for k in ("x", "y"))
        width, height = (finite(key[k]) / 100 for k in ("width", "height"))
        keys.frames.append(whole_number(key["frame"], least=1))
        keys.boxes.append(
            [
                *(x * video.width, y * video.height),
                *((x + width) * video.width, (y + height) * video.height),
            ]
        )
        keys.scores.append(finite(key.get("score", 1)))
        keys.classes.append(str(key.get("class", label)))
        keys.shown.append(True)
        keys.goes_on.append(bool(key.get("enabled", True)))
        if finite(key.get("rotation") or 0):
            ignored["rotation"] += 1
    return keys


def _label(value: dict[str, Any], ignored: Counter[str]) -> str:
    labels = value.get("labels") or ["object"]
    if len(labels) > 1:
        ignored["further labels"] += len(labels) - 1
    return str(labels[0])


def _track_id(result: dict[str, Any]) -> int | None:
    """The id in the note of a region, or in its own name."""
    notes = (result.get("meta") or {}).get("text") or ()
    for text in (*notes, result.get("id", "")):
        found = _ID.fullmatch(str(text).strip())
        if found:
            return whole_number(found[1] or found[2])
    return None
