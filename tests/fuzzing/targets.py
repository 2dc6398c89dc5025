"""The targets of `scripts/fuzz`: a further one is a row here."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.fuzzing import command_lines, in_process, keys, media


class Case(Protocol):
    """One input, and what is done with it."""

    @property
    def name(self) -> str:
        """For the name of the file that keeps it."""
        ...

    @property
    def data(self) -> bytes:
        """The input itself."""
        ...

    def problems(self) -> list[str]:
        """Try it; returns what is wrong."""
        ...


@dataclass(frozen=True)
class Target:
    """What is given odd input."""

    draw: Callable[[random.Random], Case]
    share: float
    """Of the time, beside the others."""


TARGETS = {
    "media": Target(media.draw, 6),
    "nut": Target(in_process.draw_nut, 1),
    "presets": Target(in_process.draw_preset, 0.4),
    "records": Target(in_process.draw_records, 0.4),
    "checkpoints": Target(in_process.draw_checkpoint, 0.4),
    "models": Target(in_process.draw_model, 0.4),
    "commands": Target(command_lines.draw, 1.4),
    "keys": Target(keys.draw, 1.4),
}
