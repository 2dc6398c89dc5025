"""Why a child failed, and whether trying again can help."""

import os
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from avio_cli.ffmpeg.url import printable


class FailureKind(StrEnum):
    """What becomes of a failed job."""

    PERMANENT = "permanent"
    """It fails in the same way each time: damage, wrong options."""
    TRANSIENT = "transient"
    """The machine or the network was the cause: it is tried again, also by later runs.
    """
    CRASH = "crash"
    """The child was killed: it is tried again, but not for ever."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed."""

    kind: FailureKind
    reason: str
    hint: str = ""


_USAGE = 2
_BY_SIGNAL = 128
_ERROR, _HINT = "avio: error: ", "hint: "
_TRANSIENT = re.compile(
    r"no space left|quota is used up|disk quota|input/output error|stale file handle|"
    r"connection (was )?(refused|reset|closed)|does not answer|timed out|"
    r"network is unreachable|no route to host|name resolution|"
    r"the server refuses \((5..|5XX|429)\)|too many open files|"
    r"resource temporarily unavailable|cannot be downloaded",
    re.IGNORECASE,
)
_CRASHED = re.compile(
    r"killed from outside|out of memory|not enough memory|cannot allocate memory|"
    r"crashed \(|another avio is writing",
    re.IGNORECASE,
)


def judge(status: int, lines: Sequence[str]) -> Failure:
    """Say why a child failed.

    Args:
        status: its exit status; negative for the signal that ended it.
        lines: the last lines of its log.
    """
    if status < 0 or status > _BY_SIGNAL:
        number = -status if status < 0 else status - _BY_SIGNAL
        return Failure(FailureKind.CRASH, f"it was killed ({_name(number)})")
    reason = _last(lines, _ERROR) or next(reversed(lines), f"status {status}")
    return Failure(_kind(status, reason), reason, _last(lines, _HINT))


def failure_of(error: OSError) -> Failure:
    """Say why the system refused what a job wanted of it."""
    in_the_way = FileExistsError, IsADirectoryError, NotADirectoryError
    permanent = isinstance(error, in_the_way)
    kind = FailureKind.PERMANENT if permanent else FailureKind.TRANSIENT
    reason = error.strerror or str(error)
    named = os.fsdecode(error.filename) if permanent and error.filename else ""
    return Failure(kind, f"{printable(named)}: {reason}" if named else reason)


def _kind(status: int, reason: str) -> FailureKind:
    if status == _USAGE:
        return FailureKind.PERMANENT
    if _TRANSIENT.search(reason):
        return FailureKind.TRANSIENT
    return FailureKind.CRASH if _CRASHED.search(reason) else FailureKind.PERMANENT


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last(lines: Sequence[str], start: str) -> str:
    found = (line for line in reversed(lines) if line.startswith(start))
    return next(found, "").removeprefix(start)
