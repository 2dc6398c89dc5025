"""Text subtitles as files: extract, cut, shift, and write for muxing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import file_url
from avio_cli.media.info import Stream

_SPAN = re.compile(r"(\S+) --> (\S+)(.*)")
TEXT_FILES = {
    "subrip": ("srt", "subrip"),
    "webvtt": ("webvtt", "webvtt"),
    "mov_text": ("srt", "subrip"),
}
"""For a codec: the kind of file that its cues can be cut in, and the codec there."""
_SAME = Fraction(2, 1000)
"""Seconds: containers round times to a millisecond."""
SUBRIP = TEXT_FILES["subrip"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle text and its times in seconds."""

    start: Fraction
    end: Fraction
    text: str
    settings: str = ""
    """Its place on the screen (WebVTT)."""


def read_cues(
    source: MediaSource,
    stream: Stream,
    timeout: float = 600,
    form: tuple[str, str] = SUBRIP,
) -> list[Cue]:
    """Read a text track, with timestamps of its source.

    Args:
        source: the file.
        stream: which track.
        timeout: seconds.
        form: one of `TEXT_FILES`.

    Raises:
        InputError: it cannot be read.
    """
    muxer, codec = form
    clock = source.clock()
    options = ("-map", f"0:{stream.index}", "-c", codec, *clock.restored())
    command = Command(
        (source.input(),),
        (Output("pipe:1", (*options, "-f", muxer)), *clock.outputs),
        (*QUIET, *clock.options),
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


def write_cues(
    path: Path, cues: Iterable[Cue], form: tuple[str, str] = SUBRIP
) -> Input:
    """Write cues into a file of one of `TEXT_FILES`; returns it as an input."""
    muxer, _ = form
    text = "WEBVTT\n\n" if muxer == "webvtt" else ""
    for number, cue in enumerate(cues, 1):
        # Never before the start of a cut, and never after its end.
        span = f"{_clock(ceil(cue.start * 1000))} --> {_clock(floor(cue.end * 1000))}"
        if muxer == "webvtt":
            span = span.replace(",", ".")
        text += f"{number}\n{span}{cue.settings}\n{cue.text}\n\n"
    path.write_text(text, encoding="utf-8")
    return Input(file_url(path), ("-f", muxer))


def encode_cues(ffmpeg: FFmpeg, text: Input, path: Path, codec: str) -> Input:
    """Encode cues for a container of the mov family, into a file of that kind.

    Raises:
        InputError: they cannot be encoded.
    """
    options = ("-c:s", codec, "-f", "mov")
    command = Command((text,), (Output(file_url(path), options),), (*QUIET, "-y"))
    if run(command.argv(ffmpeg.path), timeout=600).status:
        raise InputError(f"subtitles cannot be encoded as {codec}")
    return Input(file_url(path), ("-f", "mov"))


def count_overlaps(spans: Iterable[tuple[Fraction, Fraction]]) -> int:
    """How many cues start before the end of one that started earlier."""
    count, latest = 0, None
    for start, end in sorted(spans):
        count += latest is not None and start < latest - _SAME
        latest = end if latest is None else max(latest, end)
    return count


def overlap_warning(
    stream: Stream, codec: str, spans: Iterable[tuple[Fraction, Fraction]]
) -> str:
    """What is lost of cues that overlap, in a codec; empty for nothing."""
    overlaps = count_overlaps(spans) if codec == "mov_text" else 0
    if not overlaps:
        return ""
    return (
        f"subtitle stream #{stream.index}: cues that overlap others: {overlaps}; MP4 "
        "shows one at a time, the earlier one ends early"
    )


def _parse(text: str) -> Iterator[Cue]:
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = block.strip("\n").split("\n")
        for index, line in enumerate(lines):
            if match := _SPAN.match(line):
                body = "\n".join(lines[index + 1 :])
                start, end = _seconds(match[1]), _seconds(match[2])
                yield Cue(start, end, body, match[3])
                break


def _seconds(clock: str) -> Fraction:
    *hours, minutes, seconds = clock.replace(",", ".").split(":")
    return int(*hours or "0") * 3600 + int(minutes) * 60 + Fraction(seconds)


def _clock(time: int) -> str:
    minutes, rest = divmod(time, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02},{rest % 1000:03}"
