"""The table of what captures a device on each platform: a demuxer of ffmpeg each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from avio_cli.errors import InputError
from avio_cli.ffmpeg.devices.naming import DeviceKind, DeviceName

Words = tuple[str, ...]
Options = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class DeviceInput:
    """A device as ffmpeg gets it."""

    url: str
    options: Words
    """Before it."""
    microphone: Words = ()
    """A second input: its options, and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """How one kind of device is opened on one platform."""

    demuxer: str
    takes: Options
    """Of each option that a user may give, ffmpeg's; several share out the value, which
    has as many parts."""
    usual: Words = ()
    """Options that it always has."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Values of options that the user does not give."""
    url: Callable[[DeviceName], str]
    microphone: Callable[[str], Words] = lambda name: ()
    """Makes a second input of what the user gives as ``audio``."""
    hears: bool = True
    """Whether ``audio`` can be given."""


def linux_microphone(name: str) -> Words:
    """PulseAudio's name of a microphone, which PipeWire takes, too; ALSA's ``hw:1``."""
    is_alsa = name.startswith(("hw:", "plughw:", "dsnoop:", "sysdefault"))
    # What both inputs count from are times of the clock on the wall.
    together = ("-thread_queue_size", "512", "-isync", "0")
    return (*together, "-f", "alsa" if is_alsa else "pulse", name)


def _display(device: DeviceName) -> str:
    return device.name


def _avfoundation_camera(device: DeviceName) -> str:
    return f"{device.name or '0'}:{device.options.get('audio', 'none')}"


def _avfoundation_screen(device: DeviceName) -> str:
    number = device.name or "0"
    return f"Capture screen {number}:{device.options.get('audio', 'none')}"


def _dshow_camera(device: DeviceName) -> str:
    heard = device.options.get("audio")
    return f"video={device.name}" + (f":audio={heard}" if heard else "")


_SIZE_AND_RATE: Options = {"size": ("-video_size",), "rate": ("-framerate",)}

CAPTURES: Mapping[tuple[DeviceKind, str], Capture] = {
    ("camera", "linux"): Capture(
        demuxer="v4l2",
        takes={**_SIZE_AND_RATE, "format": ("-input_format",)},
        usual=("-ts", "abs"),
        url=lambda device: device.name,
        microphone=linux_microphone,
    ),
    ("screen", "linux"): Capture(
        demuxer="x11grab",
        takes={**_SIZE_AND_RATE, "offset": ("-grab_x", "-grab_y")},
        defaults={"rate": "30"},
        url=_display,
        microphone=linux_microphone,
    ),
    ("camera", "darwin"): Capture(
        demuxer="avfoundation",
        takes={**_SIZE_AND_RATE, "format": ("-pixel_format",)},
        defaults={"rate": "30"},  # its own, 29.97, is refused by most cameras
        url=_avfoundation_camera,
    ),
    ("screen", "darwin"): Capture(
        demuxer="avfoundation",
        takes={"rate": ("-framerate",)},
        usual=("-capture_cursor", "1"),
        defaults={"rate": "30"},
        url=_avfoundation_screen,
    ),
    ("camera", "win32"): Capture(
        demuxer="dshow",
        takes={**_SIZE_AND_RATE, "format": ("-pixel_format",)},
        usual=("-rtbufsize", "256M"),
        url=_dshow_camera,
    ),
    ("screen", "win32"): Capture(
        demuxer="gdigrab",
        takes={**_SIZE_AND_RATE, "offset": ("-offset_x", "-offset_y")},
        defaults={"rate": "30"},
        url=lambda device: "desktop",
        hears=False,
    ),
}
"""By kind of device and `sys.platform`."""


def device_input(device: DeviceName, platform: str) -> DeviceInput:
    """The input of a command that captures a device.

    Args:
        device: one whose name ffmpeg knows: on Linux a node or a display, on Windows
            what the device is called.
        platform: a value of `sys.platform`.

    Raises:
        InputError: the platform has no such devices, or they lack an option.
    """
    capture = CAPTURES.get((device.kind, platform))
    if capture is None:
        raise InputError(f"avio opens no {device.kind} on {platform}")
    given = {**capture.defaults, **device.options}
    heard = given.pop("audio", "")
    if heard and not capture.hears:
        raise _not_taken(device, platform, "audio")
    options: list[str] = []
    for name, value in given.items():
        if name not in capture.takes:
            raise _not_taken(device, platform, name)
        words = capture.takes[name]
        parts = value.split(",") if len(words) > 1 else [value]
        options += [word for pair in zip(words, parts, strict=True) for word in pair]
    second = capture.microphone(heard) if heard else ()
    queue = ("-thread_queue_size", "512") if second else ()
    usual = (*queue, *capture.usual)
    every = ("-f", capture.demuxer, *usual, *options)
    return DeviceInput(capture.url(device), every, second)


def _not_taken(device: DeviceName, platform: str, name: str) -> InputError:
    return InputError(f"a {device.kind} has no option {name!r} on {platform}")
