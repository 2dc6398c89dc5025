"""Holes of known size in each container, and what each command makes of them."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing.media import CONTAINERS, COUNTED, MediaCase, clip, counted

KINDS = tuple(kind for kind in CONTAINERS if kind != "mp3")
FORMS = (
    "transcode callback track track-video copy copy-decode trim trim-exact merge "
    "snapshot"
).split()
_WORDS = re.compile(r"damaged|cut off|missing|lost|no frame", re.IGNORECASE)


def _middle(data: bytes, kind: str, filling: Callable[[int], bytes]) -> bytes:
    start, stop = len(data) * 2 // 5, len(data) * 3 // 5
    return data[:start] + filling(stop - start) + data[stop:]


def _small(data: bytes, kind: str, filling: Callable[[int], bytes]) -> bytes:
    start, stop = len(data) * 48 // 100, len(data) * 52 // 100
    return data[:start] + filling(stop - start) + data[stop:]


def _end(data: bytes, kind: str, filling: Callable[[int], bytes]) -> bytes:
    start = len(data) * 94 // 100
    if kind == "ts":
        start -= start % 188
    return data[:start] + filling(len(data) - start)


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def _nothing(size: int) -> bytes:
    return b""


HOLES: dict[str, Callable[[bytes, str], bytes]] = {
    "middle-zeroed": lambda data, kind: _middle(data, kind, bytes),
    "middle-cut": lambda data, kind: _middle(data, kind, _nothing),
    "small-zeroed": lambda data, kind: _small(data, kind, bytes),
    "small-cut": lambda data, kind: _small(data, kind, _nothing),
    "end-zeroed": lambda data, kind: _end(data, kind, bytes),
    "end-cut": lambda data, kind: _end(data, kind, _nothing),
    "end-noise": lambda data, kind: _end(data, kind, _noise),
}
"""20 % of the middle, 4 % of it, and the last 6 %."""


@dataclass(frozen=True)
class Cell:
    """What became of one run."""

    word: str
    """``1``: it failed with words, ``warned``, ``whole``: nothing is missing, or how
    many frames are, of which nothing was said."""
    fine: bool


def judged(kind: str, hole: str, form: str, ffmpeg: str) -> Cell:
    """Make a hole, and run a command on it."""
    data = HOLES[hole](clip(kind), kind)
    case = MediaCase(kind, form, ffmpeg, data, hole)
    with case.outcome() as (outcome, folder):
        said = bool(_WORDS.search(outcome.text))
        if outcome.problems():
            return Cell("; ".join(outcome.problems()), fine=False)
        if outcome.status:
            return Cell("1" if said else f"1: {outcome.text.strip()[-60:]}", fine=True)
        if said:
            return Cell("warned", fine=True)
        return _silent(form, folder)


def _silent(form: str, folder: Path) -> Cell:
    wanted = COUNTED.get(form, 0)
    made = next(folder.glob("out.*"), None)
    if not wanted or made is None or made.suffix not in (".mkv", ".mp4"):
        return Cell("0", fine=form == "snapshot")
    lost = wanted - counted(made)
    return Cell(f"-{lost}" if lost > 0 else "whole", fine=lost <= 3)
