"""Text subtitles as SubRip: extract, cut, shift, and write for muxing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import file_url
from avio_cli.media.info import SubtitleStream

_SPAN = re.compile(r"(\S+) --> (\S+)")


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle text and its times in seconds."""

    start: Fraction
    end: Fraction
    text: str


def read_cues(
    source: MediaSource, stream: SubtitleStream, timeout: float = 600
) -> list[Cue]:
    """Read a text track, with timestamps of its source.

    Raises:
        InputError: it cannot be read.
    """
    options = ("-map", f"0:{stream.index}", "-c", "subrip", "-f", "srt")
    command = Command(
        (source.input(),),
        (Output("pipe:1", options),),
        (*QUIET, "-copyts"),
    )
    done = run(command.argv(source.ffmpeg.path), timeout=timeout)
    if done.status:
        raise InputError(f"subtitle stream #{stream.index} cannot be read")
    return list(_parse(done.stdout.decode("utf-8", "replace")))


def shift_cues(
    cues: Iterable[Cue], start: Fraction, end: Fraction | None, to: Fraction
) -> Iterator[Cue]:
    """Cut cues to a range, and shift them so that the range starts at `to`."""
    for cue in cues:
        first = max(cue.start, start)
        last = cue.end if end is None else min(cue.end, end)
        if first < last:
            yield replace(cue, start=first - start + to, end=last - start + to)


def write_cues(path: Path, cues: Iterable[Cue]) -> Input:
    """Write cues into a file; returns it as an input."""
    text = "".join(
        f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.text}\n\n"
        for number, cue in enumerate(cues, 1)
    )
    path.write_text(text, encoding="utf-8")
    return Input(file_url(path), ("-f", "srt"))


def _parse(text: str) -> Iterator[Cue]:
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = block.strip("\n").split("\n")
        for index, line in enumerate(lines):
            if match := _SPAN.match(line):
                body = "\n".join(lines[index + 1 :])
                yield Cue(_seconds(match[1]), _seconds(match[2]), body)
                break


def _seconds(clock: str) -> Fraction:
    hours, minutes, seconds = clock.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)


def _clock(time: Fraction) -> str:
    minutes, rest = divmod(round(time * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02},{rest % 1000:03}"
