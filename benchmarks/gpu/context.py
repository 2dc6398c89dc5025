"""What the pieces work with: files, a deadline, and a way to run commands."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from avio_cli.ffmpeg.process.run import Completed
from benchmarks.gpu.report import NotRunError, Outcome, Report, State, Step

NETWORKS = ("torch", "yolox.models")
"""Packages that open checkpoints."""
WORKER = Path(__file__).with_name("worker.py")
MARGIN = 5.0
"""Seconds before the end of a piece at which no step is begun."""


class Runner(Protocol):
    """Runs a command to its end; `avio_cli.ffmpeg.process.run.run` is one."""

    def __call__(self, argv: Sequence[str], *, timeout: float) -> Completed:
        """Run it.

        Raises:
            FFmpegError: it cannot be started, or does not end in time.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What is inferred and tracked."""

    checkpoint: Path
    """Of YOLOX, for PyTorch and TensorRT."""
    onnx: Path
    """The same network."""
    video: Path
    """With people or cars."""
    seconds: str = "10"
    """How much of it is tracked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One piece's surroundings."""

    piece: str
    report: Report
    run: Runner
    folder: Path
    """For files; removed at the end."""
    data: Data
    ffmpeg: str
    until: float
    """When the piece must have ended, on the monotonic clock."""
    dry: bool = False
    """Whether a CPU takes the place of the device, to try the pieces themselves."""

    @property
    def device(self) -> str:
        """The device for models."""
        return "cpu" if self.dry else "cuda"

    @property
    def hwaccel(self) -> str:
        """The device for decoding."""
        return "none" if self.dry else "cuda"

    @property
    def left(self) -> float:
        """Seconds until the piece must have ended."""
        return self.until - time.monotonic()

    def attempt(self, what: str, action: Callable[..., Outcome], *given: Any) -> bool:
        """Run a step and report it, whatever happens.

        Args:
            what: its name.
            action: gets this context, and what is given.
            given: more for the action.

        Returns:
            Whether it ran and agreed.
        """
        start = time.monotonic()
        state, found = self._outcome(action, given)
        seconds = time.monotonic() - start
        step = Step(self.piece, what, state, found.detail, seconds, found.figures)
        self.report.add(step)
        return state == "ok"

    def _outcome(
        self, action: Callable[..., Outcome], given: Sequence[Any]
    ) -> tuple[State, Outcome]:
        if self.left < MARGIN:
            return "not run", Outcome(False, "the time of this piece is over")
        try:
            found = action(self, *given)
        except NotRunError as error:
            return "not run", Outcome(False, str(error))
        except Exception as error:  # whatever fails: the next step is run
            return "FAILED", Outcome(False, f"{type(error).__name__}: {error}")
        return "ok" if found.good else "FAILED", found

    def command(self, argv: Sequence[object], timeout: float = 240) -> Completed:
        """Run any command, no longer than the piece may take."""
        limit = max(1.0, min(timeout, self.left))
        return self.run([str(word) for word in argv], timeout=limit)

    def avio(self, *words: object, timeout: float = 240) -> Completed:
        """Run avio in a process of its own."""
        return self.command([sys.executable, "-m", "avio_cli", *words], timeout)

    def worker(self, *words: object, timeout: float = 240) -> dict[str, Any]:
        """Run a function of `benchmarks.gpu.worker` in a process of its own.

        Raises:
            NotRunError: a package is missing.
            RuntimeError: it failed; the message ends its log.
        """
        # By its path: where this was carried to, Python does not find its package.
        done = self.command([sys.executable, "-P", WORKER, *words], timeout)
        if done.status:
            raise RuntimeError(last_lines(done))
        answer: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
        if missing := answer.get("missing"):
            raise NotRunError(str(missing))
        return answer

    def needs(self, *files: Path, packages: Sequence[str] = ()) -> None:
        """Look for what a step cannot do without.

        Raises:
            NotRunError: a file or a package is missing; the message names it.
        """
        for path in files:
            if not path.is_file():
                raise NotRunError(f"{path} is not there; --data names its folder")
        if packages:
            self.worker("packages", *packages)

    def make(self, *words: object, timeout: float = 120) -> None:
        """Run ffmpeg to make a file.

        Raises:
            NotRunError: it failed: what is to be tried is not there.
        """
        argv = [self.ffmpeg, "-v", "error", "-nostdin", "-y", *words]
        done = self.command(argv, timeout)
        if done.status:
            raise NotRunError(f"ffmpeg cannot make it: {last_lines(done)}")


def last_lines(done: Completed) -> str:
    """The end of a command's log, in one line."""
    lines = done.stderr.strip().splitlines()[-3:]
    return " | ".join(line.strip() for line in lines) or f"status {done.status}"


def succeeded(done: Completed, status: int = 0) -> Outcome:
    """Whether a command ended as it should, without a traceback."""
    good = done.status == status and "Traceback" not in done.stderr
    return Outcome(good, f"status {done.status}: {last_lines(done)}")
