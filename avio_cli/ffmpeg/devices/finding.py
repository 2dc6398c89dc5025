"""Which device of this machine a name means; errors say which there are."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.devices.capturing import DeviceInput, device_input
from avio_cli.ffmpeg.devices.found import Device, cameras, node_of
from avio_cli.ffmpeg.devices.naming import DeviceKind, DeviceName

_LISTED = "avio doctor lists what it finds"


def find_device(device: DeviceName, platform: str = sys.platform) -> DeviceInput:
    """What ffmpeg opens for a device that a user named.

    Raises:
        InputError: there is no such device here, or this user may not open it.
    """
    resolve = _RESOLVES.get((device.kind, platform))
    return device_input(resolve(device) if resolve else device, platform)


def _screen(device: DeviceName) -> DeviceName:
    display = device.name or os.environ.get("DISPLAY", "")
    if display:
        return replace(device, name=display)
    if os.environ.get("WAYLAND_DISPLAY"):
        raise InputError(
            "cannot open screen: there is no X11 display, and Wayland lets no program "
            "capture the screen",
            hint="log in to an X11 session",
        )
    raise InputError(
        "cannot open screen: there is no display", hint="DISPLAY names it, such as :0"
    )


def _node(device: DeviceName) -> DeviceName:
    """The camera with its node on Linux in place of its number or name."""
    name = device.name or "0"
    if name.isdecimal() or name.startswith("/"):
        node = node_of(name) if name.isdecimal() else Path(name)
    else:
        node = node_of(_matching(name, cameras()).name)
    if not node.exists():
        raise _missing(device, f"there is no {node}")
    if not os.access(node, os.R_OK | os.W_OK):
        raise InputError(
            f"cannot open camera:{name}: you may not use {node}",
            hint="join its group: sudo usermod -aG video $USER, then log in again",
        )
    return replace(device, name=str(node))


def _called(device: DeviceName) -> DeviceName:
    """The camera with what it is called in place of its number."""
    name = device.name or "0"
    found = cameras()
    if name.isdecimal() and int(name) < len(found):
        return replace(device, name=found[int(name)].name)
    if name.isdecimal():
        raise _missing(device, f"there is no camera {name}")
    return replace(device, name=_matching(name, found).name)


def _matching(name: str, found: Sequence[Device]) -> Device:
    exact = [camera for camera in found if camera.title == name]
    like = [camera for camera in found if name.lower() in camera.title.lower()]
    matching = exact or like
    if len(matching) == 1:
        return matching[0]
    problem = "several are called so" if matching else "none is called so"
    raise _missing(DeviceName("camera", name), problem)


def _missing(device: DeviceName, problem: str) -> InputError:
    found = ", ".join(f"camera:{c.name} ({c.title})" for c in cameras())
    listed = f"there are {found}" if found else f"no camera was found; {_LISTED}"
    return InputError(f"cannot open camera:{device.name or 0}: {problem}", hint=listed)


_RESOLVES: Mapping[tuple[DeviceKind, str], Callable[[DeviceName], DeviceName]] = {
    ("screen", "linux"): _screen,
    ("camera", "linux"): _node,
    ("camera", "win32"): _called,
}
"""By kind and platform, what makes of a name the one that ffmpeg knows."""
