"""Reads COCO video files, also ones that were truncated while being written."""

import json
import logging
from collections import defaultdict
from pathlib import Path
from typing import Any

from avio_cli.errors import InputError
from avio_cli.records.entry import FrameRecord
from avio_cli.records.files import display_name
from avio_cli.records.parsing import (
    INVALID,
    ClassNames,
    Row,
    finite,
    make_tracks,
    optional_times,
    problem,
    read_text,
    whole_number,
)

LOG = logging.getLogger("avio.records")
_LISTS = ("images", "annotations", "categories")


def read_coco(
    path: Path, names: ClassNames, *, whole: bool = False
) -> list[FrameRecord]:
    """Read the frames of a COCO video file.

    Track ids are ``track_id`` or, where there is none, ``instance_id``, also among
    ``attributes``. A frame's number is its ``frame_id`` plus one.

    Args:
        path: the file.
        names: numbers the classes.
        whole: whether a truncated file is an error.

    Raises:
        InputError: it is not such a file, or contains several videos.
    """
    content = _load(path, whole)
    try:
        if len(content.get("videos", ())) > 1:
            raise InputError(
                f"{display_name(path)} contains the tracks of several videos"
            )
        return _entries(content, names)
    except INVALID as error:
        raise InputError(
            f"{display_name(path)} is not COCO video: {problem(error)}"
        ) from error


def _entries(content: dict[str, Any], names: ClassNames) -> list[FrameRecord]:
    labels = {c["id"]: str(c["name"]) for c in content["categories"]}
    for label in labels.values():
        names.number(label)
    rows: dict[int, list[Row]] = defaultdict(list)
    for annotation in content["annotations"]:
        rows[annotation["image_id"]].append(_row(annotation, labels))
    return [
        FrameRecord(
            whole_number(image.get("frame_id", index)) + 1,
            *optional_times(image.get("pts"), image.get("time")),
            make_tracks(rows[image["id"]], names),
            image.get("events", ()),
        )
        for index, image in enumerate(content["images"])
    ]


def _row(annotation: dict[str, Any], labels: dict[int, str]) -> Row:
    places = (annotation, annotation.get("attributes") or {})
    keys = ("track_id", "instance_id")
    given = (place[key] for place in places for key in keys if key in place)
    track_id = next(given, None)
    if track_id is None:
        raise ValueError("an annotation has no track_id")
    x, y, width, height = map(finite, annotation["bbox"])
    corners = [x, y, finite(x + width), finite(y + height)]
    name = labels[annotation["category_id"]]
    return whole_number(track_id), corners, finite(annotation.get("score", 1)), name


def _load(path: Path, whole: bool) -> dict[str, Any]:
    text = read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        content = None if whole else _salvage(text)
        if content is None:
            raise InputError(
                f"{display_name(path)} is not JSON: {problem(error)}"
            ) from error
        LOG.warning("%s is incomplete: only its whole lines count", display_name(path))
    if not isinstance(content, dict) or not all(key in content for key in _LISTS):
        raise InputError(f"{display_name(path)} has no {', '.join(_LISTS)}")
    return content


def _salvage(text: str) -> dict[str, Any] | None:
    """Parse the complete lines of a truncated file: avio writes one object a line."""
    content: dict[str, Any] = {"images": [], "annotations": []}
    for line in text.split("\n"):
        complete = line.strip().rstrip(",").rstrip()
        try:
            if complete.startswith('"categories": '):
                content |= json.loads("{" + complete + "}")
            elif complete.startswith('{"id": '):
                item = json.loads(complete)
                kind = "annotations" if "image_id" in item else "images"
                content[kind].append(item)
        except (ValueError, RecursionError):
            continue
    return content if "categories" in content else None
