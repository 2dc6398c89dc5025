"""What a user writes to name a device: ``camera:0?size=1280x720&rate=30``.

It is also ``0`` and ``/dev/video0``; a screen is ``screen:``, with ``offset=X,Y`` for a
part of it. ``audio=NAME`` adds a microphone.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl

from avio_cli.errors import InputError, did_you_mean

DeviceKind = Literal["camera", "screen"]

_NAMED = re.compile(r"(camera|webcam|screen):([^?]*)(?:\?(.*))?", re.DOTALL)
_NUMBER = re.compile(r"(\d{1,3})(?:\?(.*))?")
_NODE = re.compile(r"(/dev/video\d+)(?:\?(.*))?")
_VIDEO_MAJOR = 81
"""Linux's number of the driver of all nodes of video."""

_VALUES = {
    "size": (r"[1-9]\d{0,4}x[1-9]\d{0,4}", "such as 1280x720"),
    "rate": (r"[1-9]\d{0,5}(?:\.\d{1,3}|/[1-9]\d{0,4})?", "such as 30 or 30000/1001"),
    "format": (r"\w{1,20}", "such as mjpeg or yuyv422"),
    "offset": (r"\d{1,5},\d{1,5}", "such as 100,200"),
    "audio": (r"[^\x00-\x1f]{1,200}", "such as default"),
}
"""Of each option, what its value looks like, and an example."""


@dataclass(frozen=True, slots=True)
class DeviceName:
    """A device as it was named."""

    kind: DeviceKind
    name: str
    """A number, a path or what it is called; empty for the first one."""
    options: Mapping[str, str] = field(default_factory=dict)
    """``size``, ``rate``, ``format``, ``offset``, ``audio``, where given."""


def device_name(text: str) -> DeviceName | None:
    """Read the name of a device; None for a text that names no device.

    Raises:
        InputError: an option of it is not known, or has no such value.
    """
    if found := _NAMED.fullmatch(text):
        kind: DeviceKind = "screen" if found[1] == "screen" else "camera"
        return DeviceName(kind, found[2], _options(text, found[3]))
    found = _NUMBER.fullmatch(text) or _NODE.fullmatch(text)
    if found and not (found[2] is None and Path(text).is_file()):
        return DeviceName("camera", found[1], _options(text, found[2]))
    return DeviceName("camera", text) if _is_video_node(text) else None


def _is_video_node(text: str) -> bool:
    """Whether a path, such as a link in /dev/v4l/by-id, leads to a node of video."""
    if not text.startswith("/dev/"):
        return False
    try:
        status = Path(text).stat()
    except (OSError, ValueError):
        return False
    major = os.major(status.st_rdev)
    return stat.S_ISCHR(status.st_mode) and major == _VIDEO_MAJOR


def _options(text: str, query: str | None) -> Mapping[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(query or "", keep_blank_values=True):
        if name not in _VALUES:
            raise InputError(
                f"cannot open {text!r}: a device has no option {name!r}",
                hint=did_you_mean(name, _VALUES, count=1, list_all=True),
            )
        pattern, example = _VALUES[name]
        if not re.fullmatch(pattern, value):
            raise InputError(
                f"cannot open {text!r}: {name} cannot be {value!r}", hint=example
            )
        options[name] = value
    return options
