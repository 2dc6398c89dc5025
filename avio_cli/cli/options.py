"""Options that several commands share, and their parsers."""

import re
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from avio_cli.errors import UsageError

_TIME = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d*)?|\.\d+)")


class ProgressMode(str, Enum):
    """How the progress of a run is shown."""

    AUTO = "auto"
    BAR = "bar"
    JSON = "json"
    NONE = "none"


class HwaccelMode(str, Enum):
    """Devices that may decode and encode."""

    AUTO = "auto"
    NONE = "none"
    CUDA = "cuda"
    VAAPI = "vaapi"
    QSV = "qsv"
    VIDEOTOOLBOX = "videotoolbox"
    D3D11VA = "d3d11va"


def parse_time(text: str) -> Fraction:
    """Parse ``12.5``, ``MM:SS[.mmm]`` or ``HH:MM:SS[.mmm]`` as exact seconds.

    Raises:
        typer.BadParameter: it is none of these.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None or (match[2] and float(match[3]) >= 60):
        raise typer.BadParameter(
            f"{text!r} is not a time; try 12.5, 1:30 or 0:01:30.250"
        )
    hours, minutes, seconds = match.groups()
    return Fraction(int(hours or 0) * 3600 + int(minutes or 0) * 60) + Fraction(seconds)


def parse_rate(text: str) -> Fraction:
    """Parse ``25``, ``29.97`` or ``30000/1001`` as an exact rate.

    Raises:
        typer.BadParameter: it is not a rate above 0.
    """
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 1000:
        raise typer.BadParameter(f"{text!r} is not a rate; try 25 or 30000/1001")
    return _BROADCAST.get(text, rate)


def parse_size(option: str, text: str) -> tuple[int, int] | None:
    """Parse ``768x576`` as width and height; None where it is empty.

    Raises:
        UsageError: it is not a size.
    """
    if not text:
        return None
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if match is None:
        raise UsageError(f"{option} {text!r} is not WxH", hint="such as 768x576")
    return int(match[1]), int(match[2])


def check_stats(stats: Path | None, *, force: bool) -> None:
    """Fail early where statistics cannot be written.

    Raises:
        OutputError: there is a file already, or no folder for it.
    """
    if stats is None:
        return
    from avio_cli.output.file import check_writable

    check_writable(stats, force=force)


_BROADCAST = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
}
"""Common decimal notations of rates that are not decimal."""

Start = Annotated[
    Fraction | None,
    typer.Option(
        parser=parse_time, metavar="TIME", help="Start time: 12.5, 1:30, 0:01:30.250."
    ),
]
End = Annotated[
    Fraction | None,
    typer.Option(parser=parse_time, metavar="TIME", help="Stop before this time."),
]
Force = Annotated[bool, typer.Option("--force", "-y", help="Overwrite existing files.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Show the ffmpeg command lines and their log."
    ),
]
ProgressOption = Annotated[
    ProgressMode,
    typer.Option(
        "--progress", help="How progress is shown; auto: a bar on a terminal."
    ),
]
CallbackOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE.py:NAME",
        help="Run a function or class on every frame. May be repeated.",
    ),
]
CallbackArgument = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="Keyword argument for the callback. May be repeated.",
    ),
]
Hwaccel = Annotated[
    HwaccelMode,
    typer.Option(help="Devices to use; auto: those that work. See docs/hardware.md."),
]
AllowDamaged = Annotated[
    bool,
    typer.Option(
        "--allow-damaged", help="Keep what can be decoded of a damaged input."
    ),
]
