"""Reads CVAT for video 1.1."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.parsers import expat

from avio_cli.errors import InputError
from avio_cli.ffmpeg.url import printable
from avio_cli.records.entry import FileContent, VideoInfo
from avio_cli.records.exchange.interpolation import ObjectKeys, content_of
from avio_cli.records.files import display_name
from avio_cli.records.parsing import (
    INVALID,
    ClassNames,
    finite,
    problem,
    read_bytes,
    whole_number,
)

LOG = logging.getLogger("avio.records")
_CORNERS = ("xtl", "ytl", "xbr", "ybr")
_SHAPES = ("polygon", "polyline", "points", "cuboid", "ellipse", "mask", "skeleton")
_DEEPEST = 64
"""Elements in each other; CVAT has 7. Each is compared with all that it is in."""


def read_cvat(path: Path, names: ClassNames, *, whole: bool = False) -> FileContent:
    """Read a file of CVAT for video; truncated, it is no XML.

    Args:
        path: the file.
        names: numbers the classes.
        whole: makes no difference.

    Raises:
        InputError: it is not such a file.
    """
    return parse_cvat(display_name(path), read_bytes(path), names)


def parse_cvat(name: str, text: bytes, names: ClassNames) -> FileContent:
    """Read the text of a file of CVAT for video.

    Args:
        name: of the file in messages.
        text: XML.
        names: numbers the classes.

    Raises:
        InputError: it is not such a file, or declares entities: they could be of any
            size.
    """
    reading = _Reading()
    try:
        reading.parse(text)
        content = content_of(reading.numbered(), names, reading.video, reading.length)
    except expat.ExpatError as error:
        raise InputError(f"{name} is not XML: {problem(error)}") from error
    except INVALID as error:
        raise InputError(f"{name} is not CVAT for video: {problem(error)}") from error
    except LookupError as error:
        raise InputError(f"{name} has an {printable(str(error))}") from error
    if reading.ignored:
        shapes = ", ".join(f"{n} {kind}" for kind, n in reading.ignored.items())
        LOG.warning("%s: only boxes are read, not %s", name, shapes)
    return content


class _Reading:
    """What the parser has seen of a file so far."""

    def __init__(self) -> None:
        self.objects: list[ObjectKeys] = []
        self.ignored: Counter[str] = Counter()
        self._numbers: list[int | None] = []
        self._meta: dict[str, str] = {}
        self._places: list[str] = []
        self._label = ""
        self._attributes: dict[str, str] = {}
        self._named = ""
        self._text: list[str] = []
        self._tasks: set[str] = set()
        self._begin: dict[str, Callable[[Mapping[str, str]], None]] = {
            "track": self._begin_track,
            "box": self._begin_box,
            "attribute": self._begin_attribute,
            "image": _refuse_images,
        }
        self._end: dict[str, Callable[[], None]] = {
            "attribute": self._end_attribute,
            "box": self._end_box,
        }

    def parse(self, text: bytes) -> None:
        """Read all of it.

        Raises:
            ExpatError: it is not XML.
            ValueError: it is of something else.
        """
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_types
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._finish
        parser.CharacterDataHandler = self._text.append
        parser.Parse(text, True)

    def numbered(self) -> list[ObjectKeys]:
        """The objects with their ids: CVAT itself numbers them from 0 at each export.

        So these numbers count only where no object says what its id was in the records.
        """
        if all(keys.id is None for keys in self.objects):
            for keys, number in zip(self.objects, self._numbers, strict=True):
                keys.id = number
        return self.objects

    @property
    def length(self) -> int | None:
        """Frames of the video, as far as the file says it."""
        stop = self._meta.get("stop_frame")
        return None if stop is None else whole_number(stop, least=0) + 1

    @property
    def video(self) -> VideoInfo | None:
        """What the file says of the video."""
        width, height = self._meta.get("width"), self._meta.get("height")
        if width is None or height is None:
            return None
        size = whole_number(width, least=1), whole_number(height, least=1)
        return VideoInfo(self._meta.get("name", ""), *size)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._places and name != "annotations":
            raise ValueError(f"it begins with <{name}>, not <annotations>")
        if len(self._places) == _DEEPEST:
            raise ValueError(f"its elements are nested in more than {_DEEPEST} others")
        self._places.append(name)
        self._text.clear()
        if "meta" in self._places:
            return
        if name in _SHAPES:
            self.ignored[name] += 1
        if name in self._begin:
            self._begin[name](attributes)

    def _finish(self, name: str) -> None:
        if "meta" in self._places:
            if "labels" not in self._places:
                self._meta.setdefault(name, "".join(self._text).strip())
        elif name in self._end:
            self._end[name]()
        self._places.pop()

    def _begin_track(self, attributes: Mapping[str, str]) -> None:
        self._tasks.add(attributes.get("task_id", ""))
        if len(self._tasks) > 1:
            raise ValueError("it has the tracks of several tasks: export one of them")
        self._label = attributes["label"]
        number = attributes.get("id")
        self._numbers.append(None if number is None else whole_number(number))
        self.objects.append(ObjectKeys())

    def _begin_box(self, attributes: Mapping[str, str]) -> None:
        if "track" not in self._places:
            raise ValueError("a box is of no track")
        keys = self.objects[-1]
        outside = whole_number(attributes.get("outside", "0")) != 0
        keys.frames.append(whole_number(attributes["frame"], least=0) + 1)
        keys.boxes.append([finite(attributes[corner]) for corner in _CORNERS])
        keys.shown.append(not outside)
        keys.goes_on.append(not outside)
        if finite(attributes.get("rotation", 0)):
            self.ignored["rotation"] += 1
        self._attributes = {}

    def _end_box(self) -> None:
        keys, attributes = self.objects[-1], self._attributes
        keys.scores.append(finite(attributes.get("score") or 1))
        keys.classes.append(attributes.get("class", self._label))
        if keys.id is None and attributes.get("track_id"):
            keys.id = whole_number(attributes["track_id"])

    def _begin_attribute(self, attributes: Mapping[str, str]) -> None:
        self._named = attributes["name"]

    def _end_attribute(self) -> None:
        self._attributes[self._named] = "".join(self._text)


def _refuse_types(*declared: object) -> None:
    raise ValueError("it declares a document type, which CVAT never does")


def _refuse_images(attributes: Mapping[str, str]) -> None:
    raise ValueError("it is of images, without tracks: export 'CVAT for video 1.1'")
