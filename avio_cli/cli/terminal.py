"""Output on stderr while a command runs: warnings, log lines, progress."""

import contextlib
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import typer

from avio_cli.cli.options.common import ProgressMode
from avio_cli.ffmpeg.url import printable

if TYPE_CHECKING:
    from avio_cli.progress import Progress


BarUpdate = Callable[[float | None, float, str], None]


class Reporter(Protocol):
    """Callback for the progress of a run."""

    def __call__(self, progress: "Progress") -> None:
        """Show it, or not."""
        ...


class _Handler(logging.Handler):
    """Log records as plain lines: ``avio: warning: …``; ffmpeg's own lines as is."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            text = f"avio: warning: {text}"
        typer.echo(printable(text), err=True)


def set_up_messages(*, quiet: bool, verbose: bool) -> None:
    """Set up logging to stderr: warnings, and with `verbose` ffmpeg's log."""
    logger = logging.getLogger("avio")
    logger.handlers = [_Handler()]
    logger.propagate = False
    level = logging.DEBUG if verbose else logging.WARNING
    logger.setLevel(logging.CRITICAL if quiet else level)
    # A run that lasts for days says each minute what it does.
    run = logging.getLogger("avio.run")
    run.setLevel(logging.CRITICAL if quiet else min(level, logging.INFO))


def print_error(message: str, hint: str) -> None:
    """Print an error and its hint, a line each."""
    with contextlib.suppress(OSError):
        typer.echo(f"avio: error: {_one_line(message)}", err=True)
        if hint:
            typer.echo(f"hint: {_one_line(hint)}", err=True)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


@contextmanager
def report_progress(mode: ProgressMode, *, quiet: bool) -> Iterator[Reporter]:
    """Yield a callback for each `Progress`.

    ``auto`` is a bar on a terminal and nothing where stderr is piped. All is done, 100
    percent, only when the block has ended without an error.
    """
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if mode is ProgressMode.JSON:
        lines = _JsonLines()
        yield lines
        lines.finish()
    elif quiet or mode is ProgressMode.NONE:
        yield _nothing
    elif mode is ProgressMode.BAR or terminal:
        with _bar() as reporter:
            yield reporter
    else:
        yield _nothing


def _nothing(progress: "Progress") -> None:
    return


_ALMOST = 99.99


class _Pace:
    """Speed and time left, from the progress and the time passed."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def figures(self, progress: "Progress") -> dict[str, float | int | None]:
        passed = max(time.monotonic() - self._start, 1e-6)
        speed = progress.seconds / passed
        total = progress.total_seconds
        left = None if not total or not speed else max(0, total - progress.seconds)
        return {
            "frame": progress.frames,
            "seconds": round(progress.seconds, 6),
            "fps": round(progress.frames / passed, 2),
            "speed": round(speed, 3),
            "eta_seconds": None if left is None else round(left / speed, 1),
            # What is left may still fail: verification, the last packets.
            "percent": round(min(_ALMOST, 100 * progress.seconds / total), 2)
            if total
            else None,
            **progress.details,
        }


class _JsonLines:
    """One object a line, at most every half second, and one at the end."""

    def __init__(self) -> None:
        self._pace = _Pace()
        self._shown = 0.0
        self._last: Progress | None = None

    def __call__(self, progress: "Progress") -> None:
        now, self._last = time.monotonic(), progress
        if now - self._shown >= 0.5:
            self._shown = now
            typer.echo(json.dumps(self._pace.figures(progress)), err=True)

    def finish(self) -> None:
        """Say that all is done."""
        if self._last is not None:
            done = {"eta_seconds": 0.0, "percent": 100.0}
            figures = self._pace.figures(self._last) | done
            typer.echo(json.dumps(figures), err=True)


@contextmanager
def progress_bar() -> Iterator[BarUpdate]:
    """A bar on stderr, with text behind it, which is gone at the end.

    Yields:
        Sets how much there is (None: not known), how much of it is done, and the text.
    """
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as RichProgress

    bar = RichProgress(
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>5.1f}%"),
        TextColumn("{task.fields[text]}"),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=None, text="")

        def update(total: float | None, completed: float, text: str) -> None:
            bar.update(task, total=total, completed=completed, text=text)

        yield update


@contextmanager
def _bar() -> Iterator[Reporter]:
    pace = _Pace()
    with progress_bar() as update:

        def show(progress: "Progress") -> None:
            text = _bar_text(progress, pace.figures(progress))
            update(progress.total_seconds, progress.seconds, text)

        yield show


def _bar_text(progress: "Progress", figures: dict[str, float | int | None]) -> str:
    parts = [
        f"{progress.frames} frames",
        clock(progress.seconds),
        f"{figures['fps'] or 0:.0f} fps",
        f"{figures['speed'] or 0:.2g}x",
    ]
    if progress.bytes_written:
        parts.append(f"{progress.bytes_written / 1e6:.1f} MB")
    parts += [f"{value} {name}" for name, value in progress.details.items()]
    if figures["eta_seconds"] is not None:
        parts.append(f"{clock(figures['eta_seconds'])} left")
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """Seconds as ``M:SS`` or ``H:MM:SS``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
