"""What was found on a device, step by step, as text and as JSON."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

State = Literal["ok", "FAILED", "not run"]
Figures = Mapping[str, str | float]

AGREED, DISAGREED, NO_DEVICE, NOT_ALL_RAN = 0, 1, 2, 3
"""Exit statuses: the last one where nothing disagreed, but something was not run.

The third is also that of what was asked for and cannot be done.
"""


class NotRunError(Exception):
    """A step cannot be run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step found."""

    good: bool
    detail: str
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a piece, as it is reported."""

    piece: str
    what: str
    state: State
    detail: str
    seconds: float
    figures: Figures

    def text(self) -> str:
        """Two lines, and one more for figures."""
        lines = [f"{self.state:<7} {self.piece}: {self.what} ({self.seconds:.1f} s)"]
        lines += [f"        {self.detail}"] if self.detail else []
        if self.figures:
            shown = (f"{name} {_short(value)}" for name, value in self.figures.items())
            lines.append(f"        {'; '.join(shown)}")
        return "\n".join(lines)


class Report:
    """Collects steps, prints each as it ends, and writes all of them.

    Args:
        device: what they ran on, in words.
        file: where JSON is written after every step; None: nowhere.
        refused: whether no step will be run.
    """

    def __init__(
        self, device: str, file: Path | None = None, *, refused: bool = False
    ) -> None:
        self.device, self.refused, self.steps = device, refused, list[Step]()
        self._file, self._started = file, time.time()

    def add(self, step: Step) -> None:
        """Take a step; a run that is killed later leaves it in the file."""
        self.steps.append(step)
        print(step.text(), flush=True)
        self.write()

    @property
    def status(self) -> int:
        """The exit status that the steps so far deserve."""
        if self.refused:
            return NO_DEVICE
        states = {step.state for step in self.steps}
        if "FAILED" in states:
            return DISAGREED
        return NOT_ALL_RAN if "not run" in states or not states else AGREED

    def summary(self) -> str:
        """One line: how many steps ended how."""
        counts = [
            f"{sum(step.state == state for step in self.steps)} {state}"
            for state in ("ok", "FAILED", "not run")
        ]
        return f"{', '.join(counts)}; status {self.status}; {self.device}"

    def write(self) -> None:
        """Write the file, where there is one."""
        if self._file is not None:
            self._file.write_text(json.dumps(self._document(), indent=2) + "\n")

    def _document(self) -> dict[str, Any]:
        begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._started))
        steps = [asdict(step) for step in self.steps]
        return {
            "device": self.device,
            "begun": begun,
            "status": self.status,
            "steps": steps,
        }


def _short(value: str | float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
