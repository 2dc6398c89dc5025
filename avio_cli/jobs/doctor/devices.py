"""Cameras, screens and microphones that `camera:` and `screen:` can name."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.devices.found import Device, cameras, microphones, screens
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.jobs.doctor.findings import Finding, State

_GROUP = "sudo usermod -aG video $USER, then log in again"
_KINDS: tuple[tuple[str, str, Callable[[], Sequence[Device]], str], ...] = (
    ("cameras", "camera:{}", cameras, "none found"),
    ("screens", "screen:{}", screens, "none found: no X11 display in DISPLAY"),
    ("microphones", "audio={}", microphones, "none found"),
)
"""Of each kind: its name, how inputs name one, what finds them, what to say of none."""
_DEMUXERS = {
    "linux": ("v4l2", "x11grab", "pulse", "alsa"),
    "darwin": ("avfoundation",),
    "win32": ("dshow", "gdigrab"),
}
"""What ffmpeg opens devices with; not all are built into each."""


def about_capture(ffmpeg: FFmpeg) -> Finding:
    """Which of the platform's devices this ffmpeg can open at all."""
    try:
        log = run([ffmpeg.path, "-hide_banner", "-devices"], timeout=10).stdout
    except FFmpegError as error:
        return _finding("ffmpeg", "capture", "broken", error.message)
    listed = set(re.findall(r"\w+", log.decode(errors="replace")))
    wanted = _DEMUXERS.get(sys.platform, ())
    opened = ", ".join(name for name in wanted if name in listed) or "no device"
    lacking = ", ".join(name for name in wanted if name not in listed)
    detail = f"{opened}; not {lacking}" if lacking else opened
    return _finding("ffmpeg", "capture", "missing" if lacking else "ok", detail)


def about_devices() -> Iterator[Finding]:
    """What can be named as a live input on this machine; nothing is opened."""
    for kind, naming, find, none in _KINDS:
        found = find()
        if not found:
            yield _finding("devices", kind, "missing", none)
        for device in found:
            yield _device(naming.format(device.name), device)


def _device(name: str, device: Device) -> Finding:
    if device.usable:
        return _finding("devices", name, "ok", device.title)
    detail = f"{device.title}; you may not use it"
    return _finding("devices", name, "warning", detail, _GROUP)


def _finding(
    section: str, name: str, state: State, detail: str, hint: str = ""
) -> Finding:
    return Finding(section=section, name=name, state=state, detail=detail, hint=hint)
