"""Resumes the records of a run that ended early."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from avio_cli.errors import InputError
from avio_cli.records.coco_reader import read_coco
from avio_cli.records.files import display_name
from avio_cli.records.formats import RecordTarget
from avio_cli.records.parsing import INVALID, ClassNames, whole


class _Line(NamedTuple):
    """A complete line of one frame."""

    number: int
    stop: int
    """Offset of its end in the file."""


def resume_point(planned: Sequence[RecordTarget]) -> int:
    """Find the last frame that all files contain completely; 0 if there is none.

    A file with every frame is exact, because the others were written before it. MOT and
    CSV alone do not show whether their last frame lacks rows, or what came after it:
    from there on frames are processed again. Standard output is ignored.

    Raises:
        InputError: some of the files exist and some do not.
    """
    files = [t for t in planned if t.path is not None]
    there = [t for t in files if t.path is not None and t.path.exists()]
    if not there:
        return 0
    missing = next((t for t in files if t not in there), None)
    if missing is not None:
        raise InputError(
            f"{display_name(missing.path)} does not exist, other records do",
            hint="omit it, or start again with -y",
        )
    ends = [(_end_of(target), target.format.every_frame) for target in there]
    complete = [end.number for end, every_frame in ends if every_frame]
    partial = [end.number for end, _ in ends if end.truncated]
    if not complete:
        return min(end.number for end, _ in ends)
    return min([*complete, *partial])


class _End(NamedTuple):
    number: int
    """The last frame that the file contains completely."""
    truncated: bool


def _end_of(target: RecordTarget) -> _End:
    path = target.path
    assert path is not None
    if target.format.name == "coco":
        numbers = [entry.number for entry in read_coco(path, ClassNames())]
        return _End(max(numbers, default=0), truncated=False)
    lines = list(_lines(path, target.format.name))
    truncated = (lines[-1].stop if lines else 0) < path.stat().st_size
    if not lines:
        return _End(0, truncated)
    last = lines[-1].number
    if target.format.every_frame:
        return _End(last, truncated)
    earlier = (line.number for line in lines if line.number < last)
    return _End(max(earlier, default=0), truncated)


def truncate_lines(path: Path, format_name: str, after: int) -> None:
    """Remove what follows a frame, and a truncated line.

    Args:
        path: a file of a line-based format.
        format_name: its format.
        after: the last frame to keep; a CSV header stays.
    """
    stop = 0
    for line in _lines(path, format_name):
        if line.number > after:
            break
        stop = line.stop
    with path.open("r+b") as file:
        file.truncate(stop)


def _lines(path: Path, format_name: str) -> Iterator[_Line]:
    """Yield complete lines up to the first that is truncated or wrong."""
    number_of = _NUMBERS[format_name]
    stop = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            stop += len(line)
            try:
                number = number_of(line)
            except INVALID:
                return
            yield _Line(number, stop)


def _first_column(line: bytes) -> int:
    """Read a frame's number; a CSV header is of frame 0."""
    first = line.partition(b",")[0]
    return 0 if first == b"frame" else whole(first.decode())


_NUMBERS: dict[str, Callable[[bytes], int]] = {
    "mot": _first_column,
    "csv": _first_column,
    "jsonl": lambda line: whole(json.loads(line)["frame"]),
}
