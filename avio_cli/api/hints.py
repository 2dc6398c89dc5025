"""Errors speak Python in Python: options of the command line become keywords.

What is below names options, because most people type them. Every function and method
that Python code calls runs in `in_python`, which renames those in an error.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from avio_cli.errors import AvioError

KEYWORDS: dict[str, str] = {
    "af": "AudioOptions.filters",
    "audio-codec": "AudioOptions.encoder",
    **{
        name: f'live={{"{name.replace("-", "_")}": …}}'
        for name in (
            *("timeout", "latency", "segment", "keep", "clock-aligned"),
            *("metrics", "on-event"),
        )
    },
    "deinterlace": "VideoOptions.deinterlace",
    "encoder-option": "VideoOptions.options",
    "fps": "VideoOptions.rate",
    "height": "VideoOptions.height",
    "line": "lines",
    "max-pixels": "Limits.max_pixels",
    "no-audio": "audio=False",
    "no-subtitles": "subtitles=False",
    "no-video": "video=False",
    "quality": "VideoOptions.quality",
    "ray-option": "ray_options",
    "tracker-option": "tracker_options",
    "upscale": "VideoOptions.upscale",
    "vf": "VideoOptions.filters",
    "video-codec": "VideoOptions.encoder",
    "video-track": "track",
    "width": "VideoOptions.width",
    "zone": "zones",
}
"""Options whose keyword has another name; all others are called as they are, with
underscores. A name with a dot is a field of that class."""
FLAGS = frozenset(
    (
        "allow-damaged class-vote compact-ids copy embed encode exact force fp16 "
        "resume upscale"
    ).split()
)
"""Options without a value."""
COMMAND_LINE_ONLY = frozenset(
    {"batch", "bench", "callback-arg", "decoded", "duration", "safe"}
)
"""Options that no function has."""

_VALUES = {
    "audio-codec": "copy",
    "device": "cpu|cuda",
    "hwaccel": "auto|none",
    "input-size": r"\d+x\d+",
    "model": "motion",
    "preset": "[a-z0-9]+-[a-z0-9-]+",
    "ray": "local|ADDRESS",
    "records": "FILE",
    "runtime": "auto|onnx|openvino|torch|tensorrt",
    "trt": r"\S*\.\w+",
    "verify": "none|quick|decode",
    "video-codec": r"copy|lib\w+",
}
"""What a word behind an option looks like where it is the value, not part of the
sentence."""

_SHELL = re.compile(r"`avio [^`]*`|\b(?:avio [a-z]+ |pip [a-z]+ |v4l2-ctl )[^;:]*")
"""What is to be typed into a shell stays as it is."""
_OPTION = re.compile(r"(?<![\w-])(?:--([a-z][a-z0-9-]*)|-y)(?![\w-]|\.\w)")


@contextmanager
def in_python() -> Iterator[None]:
    """Rename the options that an error of the block names; a decorator, too."""
    try:
        yield
    except AvioError as error:
        speak_python(error)
        raise


def speak_python(error: AvioError) -> None:
    """Rename the options that an error names, in place: it keeps its class.

    Where nobody catches it, Python shows the hint below its message.
    """
    error.message = translate(error.message)
    error.hint = translate(error.hint)
    error.args = (error.message, *error.args[1:])
    note = f"hint: {error.hint}"
    if error.hint and note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def translate(text: str) -> str:
    """The text with keywords in place of options."""
    parts, end = [], 0
    for command in _SHELL.finditer(text):
        parts += [_renamed(text[end : command.start()]), command[0]]
        end = command.end()
    return "".join([*parts, _renamed(text[end:])])


def _renamed(text: str) -> str:
    parts, end = [], 0
    for option in _OPTION.finditer(text):
        if option.start() < end:
            continue
        keyword, length = _keyword(option[1] or "force", text[option.end() :])
        parts += [text[end : option.start()], keyword]
        end = option.end() + length
    return "".join([*parts, text[end:]])


def _keyword(name: str, rest: str) -> tuple[str, int]:
    """What an option is called in Python, and how much of the text is its value."""
    keyword = KEYWORDS.get(name, name.replace("-", "_"))
    if name in FLAGS:
        return (keyword if "." in keyword else f"{keyword}=True"), 0
    known = _VALUES.get(name)
    value = re.match(rf" ({known})(?![\w-])", rest) if known else None
    if value is None:
        return keyword, 0
    return f"{keyword}={_literal(name, value[1])}", value.end()


def _literal(name: str, value: str) -> str:
    if name == "input-size":
        return f"({value.replace('x', ', ')})"
    return f'"{value}"'
