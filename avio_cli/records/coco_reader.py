"""Reads COCO video files, also ones that were truncated while being written."""

import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.records.entry import FileContent, FrameRecord, VideoInfo
from avio_cli.records.files import display_name
from avio_cli.records.happenings import happenings
from avio_cli.records.parsing import (
    INVALID,
    ClassNames,
    Row,
    class_text,
    finite,
    make_tracks,
    optional_times,
    problem,
    rate_of,
    read_text,
    whole_number,
)

LOG = logging.getLogger("avio.records")
_MOST_DIGITS = 15
"""Of a number in a name."""
_LISTS = ("images", "annotations", "categories")


def read_coco(path: Path, names: ClassNames, *, whole: bool = False) -> FileContent:
    """Read a COCO video file.

    Track ids are ``track_id`` or, where there is none, ``instance_id``, also among
    ``attributes``. A frame's number is its ``frame_id`` plus one.

    Args:
        path: the file.
        names: numbers the classes.
        whole: whether a truncated file is an error.

    Raises:
        InputError: it is not such a file, or contains several videos.
    """
    content, complete = _load(path, whole)
    try:
        if len(content.get("videos", ())) > 1:
            raise InputError(
                f"{display_name(path)} contains the tracks of several videos"
            )
        entries = _entries(content, names, complete=complete)
        return FileContent(entries, _video(content, names), True)
    except INVALID as error:
        raise InputError(
            f"{display_name(path)} is not COCO video: {problem(error)}"
        ) from error


def _entries(
    content: dict[str, Any], names: ClassNames, *, complete: bool
) -> list[FrameRecord]:
    labels = {c["id"]: class_text(c["name"]) for c in content["categories"]}
    for label in labels.values():
        names.number(label)
    rows: dict[int, list[Row]] = defaultdict(list)
    for annotation in content["annotations"]:
        rows[annotation["image_id"]].append(_row(annotation, labels))
    images = Counter(image["id"] for image in content["images"])
    twice = next((i for i, times in images.items() if times > 1), None)
    if twice is not None:
        raise ValueError(f"it has image {twice!r} twice")
    absent = next((image for image in rows if image not in images), None)
    if complete and absent is not None:
        raise ValueError(f"it has annotations of image {absent!r}, but not the image")
    _refuse_skipped(content["images"])
    return [
        _entry(index, image, make_tracks(rows[image["id"]], names))
        for index, image in enumerate(content["images"])
    ]


_LAST_DIGITS = re.compile(r"(\d+)\D*$", re.ASCII)


def _refuse_skipped(images: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to count images whose names say that others are between them.

    Raises:
        ValueError: names them.
    """
    names = [str(i.get("file_name", "")) for i in images if "frame_id" not in i]
    found = [_LAST_DIGITS.search(PurePosixPath(name).stem) for name in names]
    numbers = [int(match[1][-_MOST_DIGITS:]) for match in found if match]
    if len(numbers) < len(images):  # some are called otherwise
        return
    for place, (one, other) in enumerate(pairwise(numbers)):
        if other != one + 1:
            raise ValueError(
                f"no frame_id says which frames {names[place]} and "
                f"{names[place + 1]} are: they do not follow each other"
            )


def _entry(index: int, image: dict[str, Any], tracks: Tracks) -> FrameRecord:
    number = whole_number(image.get("frame_id", index)) + 1
    pts, seconds = optional_times(image.get("pts"), image.get("time"))
    return FrameRecord(number, pts, seconds, tracks, *happenings(image))


def _video(content: dict[str, Any], names: ClassNames) -> VideoInfo | None:
    video: dict[str, Any] = next(iter(content.get("videos") or ()), {})
    image: dict[str, Any] = next(iter(content["images"]), {})
    width, height = (video.get(k) or image.get(k) for k in ("width", "height"))
    if not width or not height:
        return None
    name, rate = str(video.get("name", "")), video.get("fps")
    size = whole_number(width, least=1), whole_number(height, least=1)
    return VideoInfo(name, *size, rate and rate_of(rate), tuple(names.names))


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


def _load(path: Path, whole: bool) -> tuple[dict[str, Any], bool]:
    """The content, and whether the file is complete."""
    text, complete = read_text(path), True
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        content = None if whole else _salvage(text)
        if content is None:
            raise InputError(
                f"{display_name(path)} is not JSON: {problem(error)}"
            ) from error
        complete = False
        LOG.warning("%s is incomplete: only its whole lines count", display_name(path))
    if not isinstance(content, dict) or not all(key in content for key in _LISTS):
        raise InputError(f"{display_name(path)} has no {', '.join(_LISTS)}")
    return content, complete


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
