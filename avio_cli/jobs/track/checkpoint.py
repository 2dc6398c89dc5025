"""Checkpoint of a run, to continue after it ended early: a file next to its records."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avio_cli.errors import InputError, OutputError, UsageError
from avio_cli.ffmpeg.output_place import is_written_into
from avio_cli.records.files import display_name, failed
from avio_cli.records.formats import RecordTarget
from avio_cli.records.parsing import INVALID, problem
from avio_cli.replacing import replace_text

VERSION = 1
PERIOD = 5.0
"""Seconds between two checkpoints: what must be detected again after a kill."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a run was after some frame."""

    asked: Mapping[str, str]
    """Options that determine the result: a run with others cannot continue."""
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


def checkpoint_path(planned: Sequence[RecordTarget]) -> Path | None:
    """The path of a run's checkpoint: hidden, next to its first file of records."""
    named = (output.path for output in planned if output.path is not None)
    files = sorted(path for path in named if not is_written_into(path))
    return files[0].with_name(f".{files[0].name}.resume") if files else None


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        InputError: it cannot be read, or is not one of this version.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("version") != VERSION:
            raise ValueError("of another version of avio")
        return _checked(Checkpoint(**stored))
    except (OSError, *INVALID) as error:
        raise InputError(
            f"cannot resume from {display_name(path)}: {problem(error)}",
            hint="start again with -y",
        ) from error


def _checked(stored: Checkpoint) -> Checkpoint:
    for count in (stored.frames, stored.pts, stored.detections, *stored.ids):
        if type(count) is not int:
            raise ValueError(f"{count!r} is not a whole number")
    for state in (stored.asked, stored.tracker, stored.counter):
        if not isinstance(state, dict):
            raise TypeError(f"{state!r:.40} is not a state")
    return stored


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace a checkpoint by a newer one, atomically.

    Raises:
        OutputError: it cannot be written.
    """
    text = json.dumps({"version": VERSION, **asdict(checkpoint)}, default=_plain)
    try:
        replace_text(path, text)
    except OSError as error:
        raise failed(display_name(path), error) from error


class CheckpointWriter:
    """Write checkpoints periodically, and remove the file when all is done.

    Args:
        path: its file; None writes nothing.
        make: returns the state of the run.
    """

    def __init__(self, path: Path | None, make: Callable[[], Checkpoint]) -> None:
        self._path, self._make = path, make
        self._due = 0.0

    def frame_done(self) -> None:
        """Write a checkpoint if the last one is old enough."""
        if self._path is not None and time.monotonic() >= self._due:
            write_checkpoint(self._path, self._make())
            self._due = time.monotonic() + PERIOD

    def all_done(self) -> None:
        """Remove the checkpoint: there is nothing left to do.

        Raises:
            OutputError: it cannot be removed.
        """
        if self._path is None:
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot remove {display_name(self._path)}: {error}"
            ) from error


def _plain(value: object) -> object:
    """Arrays and numbers of numpy as JSON types, exactly."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} in a checkpoint")
