"""Subtitles as ASS: lines with times, cut and shifted as text so that styles stay."""

import re
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import file_url
from avio_cli.media.info import Stream

_LINE = re.compile(r"((?:Dialogue|Comment): *[^,]*),([\d:.]+),([\d:.]+),(.*)")


def write_cut_ass(
    source: MediaSource,
    stream: Stream,
    path: Path,
    start: Fraction,
    end: Fraction | None,
) -> Input:
    """Write the part of a track that is in a range, with the times of the source.

    Args:
        source: the file.
        stream: its track, ASS or SSA.
        path: of the new file.
        start: seconds on the source's clock.
        end: likewise; None: to the end.

    Raises:
        InputError: the track cannot be read.
    """
    options = ("-map", f"0:{stream.index}", "-c", "copy", "-f", "ass")
    command = Command(
        (source.input(),), (Output("pipe:1", options),), (*QUIET, "-copyts")
    )
    done = run(command.argv(source.ffmpeg.path), timeout=600)
    if done.status:
        raise InputError(f"subtitle stream #{stream.index} cannot be read")
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    path.write_text("\n".join(_cut(lines, start, end)) + "\n", encoding="utf-8")
    return Input(file_url(path), ("-f", "ass"))


def _cut(lines: list[str], start: Fraction, end: Fraction | None) -> Iterator[str]:
    for line in lines:
        if not (match := _LINE.fullmatch(line)):
            yield line
            continue
        first = max(_seconds(match[2]), start)
        last = _seconds(match[3]) if end is None else min(_seconds(match[3]), end)
        if first < last:
            times = f"{_clock(ceil(first * 100))},{_clock(floor(last * 100))}"
            yield f"{match[1]},{times},{match[4]}"


def _seconds(clock: str) -> Fraction:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)


def _clock(time: int) -> str:
    minutes, rest = divmod(time, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest // 100:02}.{rest % 100:02}"
