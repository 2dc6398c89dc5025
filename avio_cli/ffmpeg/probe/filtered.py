"""What filters make of the colours of a video: its pixel format and tags."""

import re
from dataclasses import dataclass

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.command import Command, Input, Output
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.info import Color, VideoStream

_SECONDS = 20
_SHOWN = 200
"""Frames that filters get at most: some give none for the first ones."""
_FORMAT = re.compile(r"\bfmt:(\w+)")
_COLOR = re.compile(
    r"color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)"
)
_UNKNOWN = ("unknown", "unspecified", "reserved", "gbr")


@dataclass(frozen=True, slots=True)
class Filtered:
    """What leaves a chain of filters."""

    pixel_format: str
    """ffmpeg's name."""
    color: Color
    """Its tags; of RGB, range and matrix say nothing."""


def filtered(ffmpeg: FFmpeg, video: VideoStream, filters: str) -> Filtered | None:
    """Pass frames of one colour through filters, and ask what comes out.

    Args:
        ffmpeg: the binary to run.
        video: what the filters get: its size, pixel format and tags.
        filters: as after ``-vf``.

    Returns:
        None where they give no frame.
    """
    size = f"color=gray:size={video.width}x{video.height}:rate=25"
    chain = ",".join((f"format={video.pixel_format}", _tags(video.color), filters))
    shown = ("-vf", f"{chain},showinfo", "-frames:v", "1", "-f", "null")
    read = ("-f", "lavfi", "-t", str(_SHOWN // 25))
    options = ("-hide_banner", "-nostdin", "-loglevel", "info")
    command = Command((Input(size, read),), (Output("-", shown),), options)
    try:
        log = run(command.argv(ffmpeg.path), timeout=_SECONDS).stderr
    except FFmpegError:
        return None
    name, color = _FORMAT.search(log), _COLOR.search(log)
    if name is None or color is None:
        return None
    range_, matrix, primaries, transfer = (
        "" if value.startswith(_UNKNOWN) else value for value in color.groups()
    )
    return Filtered(
        name[1],
        Color(range=range_, matrix=matrix, primaries=primaries, transfer=transfer),
    )


def _tags(color: Color) -> str:
    range_, unknown = color.range or "unspecified", "unknown"
    return (
        f"setparams=range={range_}:colorspace={color.matrix or unknown}"
        f":color_primaries={color.primaries or unknown}"
        f":color_trc={color.transfer or unknown}"
    )
