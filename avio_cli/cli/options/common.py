"""Options that several commands share, and their parsers."""

import re
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.usage import completion
from avio_cli.errors import UsageError
from avio_cli.media import time_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avio_cli.ffmpeg.limits import Limits
    from avio_cli.ffmpeg.url import MediaUrl


class ProgressMode(StrEnum):
    """How the progress of a run is shown."""

    AUTO = "auto"
    BAR = "bar"
    JSON = "json"
    NONE = "none"


class HwaccelMode(StrEnum):
    """Devices that may decode and encode."""

    AUTO = "auto"
    NONE = "none"
    CUDA = "cuda"
    VAAPI = "vaapi"
    QSV = "qsv"
    VIDEOTOOLBOX = "videotoolbox"
    D3D11VA = "d3d11va"


def parse_time(text: str) -> Fraction:
    """As `time_text.parse_time`, for Typer.

    Raises:
        typer.BadParameter: it is no time.
    """
    return _parsed(time_text.parse_time, text)


def parse_duration(text: str) -> Fraction:
    """As `time_text.parse_duration`, for Typer.

    Raises:
        typer.BadParameter: it is no duration.
    """
    return _parsed(time_text.parse_duration, text)


def parse_rate(text: str) -> Fraction:
    """As `time_text.parse_rate`, for Typer.

    Raises:
        typer.BadParameter: it is no rate above 0.
    """
    return _parsed(time_text.parse_rate, text)


def _parsed(parse: Callable[[str], Fraction], text: str) -> Fraction:
    try:
        return parse(text)
    except UsageError as error:
        raise typer.BadParameter(error.message) from error


def parse_output(text: str) -> Path:
    """As `output_place.output_file`, for Typer.

    Raises:
        UsageError: it is the name of a folder.
    """
    from avio_cli.ffmpeg.output_place import output_file

    return output_file(text)


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


def input_limits(max_pixels: int | None, *, safe: bool, hwaccel: str = "") -> "Limits":
    """The limits of what a command reads; with `safe` its children get theirs, too.

    Raises:
        UsageError: hardware was asked for in safe mode.
    """
    from avio_cli.ffmpeg.limits import (
        COMMAND_LINE,
        MAX_PIXELS,
        SAFE_MAX_PIXELS,
        Limits,
    )
    from avio_cli.ffmpeg.process.bounds import SAFE_BOUNDS, bound_children

    if not safe:
        return replace(COMMAND_LINE, max_pixels=max_pixels or MAX_PIXELS)
    if hwaccel not in ("", HwaccelMode.NONE.value):
        raise UsageError(
            f"--safe decodes in software: not together with --hwaccel {hwaccel}",
            hint="drivers need more memory than --safe gives",
        )
    bound_children(SAFE_BOUNDS)
    return Limits.safe(max_pixels or SAFE_MAX_PIXELS, COMMAND_LINE.option)


def check_file(
    path: Path | None,
    inputs: "Iterable[MediaUrl]",
    others: "Iterable[Path]" = (),
    *,
    force: bool,
) -> None:
    """Fail early where a file of statistics, or a recording, cannot be written.

    Args:
        path: the file; None for none.
        inputs: what is read, and may not be replaced.
        others: other files that the command reads or writes.
        force: whether an existing file may be.

    Raises:
        OutputError: it is an input, is there already, or has no folder.
        UsageError: it is one of the others.
    """
    if path is None:
        return
    from avio_cli.output.file import check_writable
    from avio_cli.output.special import refuse_same_file, refuse_same_output

    refuse_same_output(path, others)
    for url in inputs:
        refuse_same_file(path, url)
    check_writable(path, force=force)


OutputArgument = Annotated[
    Path, typer.Argument(parser=parse_output, metavar="OUTPUT", help="Output file.")
]
Statistics = Annotated[
    Path | None,
    typer.Option(parser=parse_output, metavar="FILE", help="Write statistics as JSON."),
]
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
PresetOption = Annotated[
    str | None,
    typer.Option(
        metavar="PRESET",
        help="One of `avio presets`; by default from OUTPUT's extension.",
        autocompletion=completion.presets,
    ),
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
MaxPixels = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Refuse larger frames; by default 200000000, with --safe 50000000.",
    ),
]
Safe = Annotated[
    bool,
    typer.Option(
        "--safe",
        help="For input that is not trusted: no network, lower limits, and bounds for "
        "ffmpeg's memory and time. See SECURITY.md.",
    ),
]
AllowDamaged = Annotated[
    bool,
    typer.Option(
        "--allow-damaged", help="Keep what can be decoded of a damaged input."
    ),
]
