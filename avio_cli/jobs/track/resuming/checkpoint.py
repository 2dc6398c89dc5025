"""Checkpoint of a run: a file next to its records that says how far they are done.

It is made before the records and stays after the run: records without one may be
anything, such as copies, or what another program wrote.
"""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from avio_cli.errors import InputError, UsageError
from avio_cli.records.files import display_name, failed
from avio_cli.records.marks import Mark
from avio_cli.records.parsing import INVALID, finite, problem
from avio_cli.records.resume import START_AGAIN
from avio_cli.replacing import replace_text

VERSION = 4
PERIOD = 5.0
"""Seconds between two checkpoints: what must be detected again after a kill."""
MOST_BYTES = 256 << 20
_LARGEST = 2**63
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a run was after some frame."""

    asked: Mapping[str, str]
    """What determines the result: a run with anything else cannot continue."""
    frames: int
    """Frames done."""
    pts: int
    """Presentation time of the last one, in ticks of its stream."""
    detections: int
    """Detections so far."""
    ids: Sequence[int]
    """Track ids seen so far."""
    tracker: Mapping[str, Any]
    """The tracker's state."""
    counter: Mapping[str, Any]
    """The state of lines and zones."""
    files: Mapping[str, Sequence[Mark]]
    """Of each file of results, by its path from the checkpoint's folder."""
    course: Mapping[str, Any] = field(default_factory=dict)
    """Tracks alive so far, and their classes; see `RunCourse`."""
    complete: bool = False
    """Whether the run is at its end; each file's mark is then of all of it."""
    output: Sequence[Mark] = ()
    """Of the annotated video; none or one."""
    output_options: str = ""
    """What it was made with."""

    def refuse_other(self, asked: Mapping[str, str]) -> None:
        """Make sure that the options are the same.

        Raises:
            UsageError: names the first option that differs.
        """
        for name in (*self.asked, *asked):
            before, now = self.asked.get(name, ""), asked.get(name, "")
            if before != now:
                raise UsageError(
                    f"cannot resume: {name} was {before or 'not given'}, "
                    f"now it is {now or 'not given'}",
                    hint="give the same options, or start again with -y",
                )


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        InputError: it cannot be read, or is not one of this version.
    """
    try:
        return _parse(_content(path))
    except (OSError, *INVALID) as error:
        raise InputError(
            f"cannot resume from {display_name(path)}: {problem(error)}",
            hint=START_AGAIN,
        ) from error


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace a checkpoint by a newer one, atomically.

    Raises:
        OutputError: it cannot be written.
    """
    state = _dump(asdict(checkpoint))
    digest = hashlib.sha256(state.encode()).hexdigest()
    text = f'{{"version": {VERSION}, "digest": "{digest}", "state": {state}}}\n'
    try:
        replace_text(path, text)
    except OSError as error:
        raise failed(display_name(path), error) from error


def _content(path: Path) -> str:
    """Its text; a FIFO, a device, or what a link leads to is not opened."""
    descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            raise ValueError("it is no checkpoint")
        return file.read().decode()


def _parse(text: str) -> Checkpoint:
    stored = json.loads(text, parse_constant=_no_number)
    if not isinstance(stored, dict) or stored.get("version") != VERSION:
        raise ValueError("it is no checkpoint of this version of avio")
    state = stored["state"]
    if hashlib.sha256(_dump(state).encode()).hexdigest() != stored["digest"]:
        raise ValueError("it is damaged")
    files = {name: _marks(marks) for name, marks in state["files"].items()}
    output = _marks(state["output"])
    return _checked(Checkpoint(**{**state, "files": files, "output": output}))


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _marks(stored: list[list[Any]]) -> tuple[Mark, ...]:
    marks = tuple(Mark(*pair) for pair in stored)
    for size, digest in marks:
        _check_whole(size, least=0)
        if not isinstance(digest, str):
            raise TypeError(f"{digest!r:.40} is not a digest")
    return marks


def _checked(stored: Checkpoint) -> Checkpoint:
    for count in (stored.frames, stored.detections, *stored.ids):
        _check_whole(count, least=0)
    _check_whole(stored.pts, least=-_LARGEST)
    for state in (stored.asked, stored.tracker, stored.counter, stored.course):
        if not isinstance(state, dict):
            raise TypeError(f"{state!r:.40} is not a state")
    _check_numbers([*stored.tracker.values(), *stored.counter.values()])
    texts = (*stored.asked.values(), stored.output_options)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("its options are no texts")
    return stored


def _check_numbers(state: Any) -> None:
    """Refuse numbers that no run has, of which arithmetic makes infinite ones."""
    if isinstance(state, (list, dict)):
        for value in state.values() if isinstance(state, dict) else state:
            _check_numbers(value)
    elif isinstance(state, (int, float)) and not isinstance(state, bool):
        finite(state)


def _check_whole(number: object, *, least: int) -> None:
    if type(number) is not int or not least <= number < _LARGEST:
        raise ValueError(f"{number!r:.40} is not a whole number that is possible here")


def _dump(state: object) -> str:
    """As JSON; the same again of what was read from it."""
    return json.dumps(state, default=_plain)


def _plain(value: object) -> object:
    """Arrays and numbers of numpy as JSON types, exactly."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} in a checkpoint")
