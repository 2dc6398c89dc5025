"""Devices of this machine: what Linux shows in its files, and ffmpeg elsewhere."""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from avio_cli.errors import AvioError

SYSTEM_CAMERAS = Path("/sys/class/video4linux")
NODES = Path("/dev")
AUDIO = Path("/proc/asound/pcm")
_PULSE = "pulse/native"
_LISTED = re.compile(
    r"\]\s+(?:\[info\]\s+)?(?:\[(\d+)\] (.+)|\"(.+)\"(?: \((\w+)\))?)$"
)
_HEADING = re.compile(r"(?:DirectShow|AVFoundation) (video|audio) devices")
_KINDS = {"video": "camera", "audio": "microphone"}


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was found."""

    kind: Literal["camera", "screen", "microphone"]
    name: str
    """How avio's inputs name it: what follows ``camera:``, ``screen:``, ``audio=``."""
    title: str
    """What it is called."""
    usable: bool = True
    """Whether this user may open it."""


def cameras(platform: str = sys.platform) -> tuple[Device, ...]:
    """All cameras, in the order of their numbers."""
    return tuple(_linux_cameras() if platform == "linux" else _listed("camera"))


def microphones(platform: str = sys.platform) -> tuple[Device, ...]:
    """All microphones."""
    linux = platform == "linux"
    return tuple(_linux_microphones() if linux else _listed("microphone"))


def screens(platform: str = sys.platform) -> tuple[Device, ...]:
    """All screens that can be captured."""
    if platform == "linux":
        display = os.environ.get("DISPLAY", "")
        return (Device("screen", "", f"X11 display {display}"),) if display else ()
    if platform == "win32":
        return (Device("screen", "", "desktop"),)
    listed = list(_listed("camera", screens=True))
    return tuple(
        Device("screen", device.title.rpartition(" ")[2], device.title)
        for device in listed
    )


def node_of(number: str) -> Path:
    """The node of a camera with a number, on Linux."""
    return NODES / f"video{number}"


def _linux_cameras() -> Iterator[Device]:
    for folder in _numbered_folders():
        number, index = folder.name.removeprefix("video"), _text(folder / "index")
        node = node_of(number)
        if index not in ("", "0") or not node.exists():
            continue  # a second node of a camera has no video but metadata
        usable = os.access(node, os.R_OK | os.W_OK)
        yield Device("camera", number, _text(folder / "name") or str(node), usable)


def _numbered_folders() -> list[Path]:
    try:
        folders = list(SYSTEM_CAMERAS.glob("video*"))
    except OSError:
        return []
    return sorted(folders, key=lambda folder: (len(folder.name), folder.name))


def _linux_microphones() -> Iterator[Device]:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    server = os.environ.get("PULSE_SERVER", "")
    if server or (runtime and (Path(runtime) / _PULSE).exists()):
        yield Device("microphone", "default", "PulseAudio or PipeWire")
    for line in _text(AUDIO).splitlines():
        card, *words = [word.strip() for word in line.split(":")]
        if any(word.startswith("capture") for word in words):
            numbers = ",".join(str(int(part)) for part in card.split("-"))
            yield Device("microphone", f"hw:{numbers}", words[0])


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _listed(kind: str, *, screens: bool = False) -> Iterator[Device]:
    """What the demuxer of this platform lists, where an ffmpeg is at hand."""
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.process.run import run

    demuxer, name = _LISTING.get(sys.platform, ("", ""))
    try:
        words = ["-hide_banner", "-f", demuxer, "-list_devices", "true", "-i", name]
        log = run([locate_ffmpeg().path, *words], timeout=10).stderr if demuxer else ""
    except AvioError:
        return
    for device in parse_listing(log):
        is_screen = device.title.startswith("Capture screen")
        if device.kind == kind and is_screen == screens:
            yield device


_LISTING = {"darwin": ("avfoundation", ""), "win32": ("dshow", "dummy")}


def parse_listing(log: str) -> Iterator[Device]:
    """Read what ffmpeg lists with ``-list_devices``.

    Args:
        log: of avfoundation, which numbers devices under headings, or of dshow, which
            since 5.0 says of each what it is.
    """
    kind = ""
    for line in log.splitlines():
        if heading := _HEADING.search(line):
            kind = _KINDS[heading[1]]
        if not (found := _LISTED.search(line)):
            continue
        if found[2]:
            name, title = found[1], found[2]
        else:
            name = title = found[3]
            kind = _KINDS.get(found[4], kind)
        if kind == "camera":
            yield Device("camera", name, title)
        elif kind == "microphone":
            yield Device("microphone", name, title)
