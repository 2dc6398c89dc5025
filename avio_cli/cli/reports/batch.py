"""What ``avio batch`` prints: its plan, its progress, its end, its report."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from avio_cli.cli.options.common import ProgressMode
from avio_cli.cli.terminal import clock, progress_bar
from avio_cli.ffmpeg.url import printable

if TYPE_CHECKING:
    from avio_cli.jobs.batch.plan import Planned
    from avio_cli.jobs.batch.report import BatchReport, ReportRow
    from avio_cli.jobs.batch.run import BatchProgress, Observer


def print_plan(planned: "Sequence[Planned]") -> None:
    """Print a line a job on stdout: why, key, bytes, source, results; tabs between."""
    for one in planned:
        task = one.task
        fields = (
            one.reason,
            task.key[:12],
            str(task.source.size),
            task.source.shown,
            printable(", ".join(task.results)),
        )
        sys.stdout.write("\t".join(fields) + "\n")


@contextmanager
def batch_progress(mode: ProgressMode, *, quiet: bool) -> "Iterator[Observer]":
    """Yield a callback for each `BatchProgress`; shown as that of a single run."""
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if mode is ProgressMode.JSON:
        yield _JsonLines()
    elif quiet or mode is ProgressMode.NONE:
        yield _nothing
    elif mode is ProgressMode.BAR or terminal:
        with _bar() as observe:
            yield observe
    else:
        yield _nothing


def _nothing(progress: "BatchProgress") -> None:
    return


class _Pace:
    """The time left, from the bytes of sources done; without bytes, from the jobs."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def left(self, progress: "BatchProgress") -> float | None:
        done, left = progress.bytes_done, progress.bytes_left
        if not (done and left):
            done = progress.done + progress.failed
            left = progress.jobs - progress.finished
        if not left:
            return 0.0
        passed = time.monotonic() - self._start
        return passed * left / done if done else None


def _figures(progress: "BatchProgress", left: float | None) -> dict[str, object]:
    percent = 100 * progress.finished / progress.jobs if progress.jobs else 100.0
    return {
        "jobs": progress.jobs,
        "done": progress.done,
        "skipped": progress.skipped,
        "failed": progress.failed,
        "running": progress.running,
        "percent": round(percent, 2),
        "eta_seconds": None if left is None else round(left, 1),
    }


class _JsonLines:
    """One object a line where something has changed, at most every half second."""

    def __init__(self) -> None:
        self._pace, self._shown = _Pace(), 0.0
        self._last: BatchProgress | None = None

    def __call__(self, progress: "BatchProgress") -> None:
        now, ended = time.monotonic(), progress.finished == progress.jobs
        if progress != self._last and (ended or now - self._shown >= 0.5):
            self._last, self._shown = progress, now
            figures = _figures(progress, self._pace.left(progress))
            typer.echo(json.dumps(figures), err=True)


@contextmanager
def _bar() -> "Iterator[Observer]":
    pace = _Pace()
    with progress_bar() as update:

        def show(progress: "BatchProgress") -> None:
            text = counts_text(progress)
            left = pace.left(progress)
            if progress.running and left is not None:
                text += f"  {clock(left)} left"
            update(progress.jobs, progress.finished, text)

        yield show


def counts_text(progress: "BatchProgress") -> str:
    """``3 of 7 jobs  1 failed  2 running``."""
    counts = {
        "skipped": progress.skipped,
        "failed": progress.failed,
        "running": progress.running,
    }
    parts = [f"{progress.finished} of {counted(progress.jobs, 'job')}"]
    return "  ".join((*parts, *(f"{n} {name}" for name, n in counts.items() if n)))


def print_end(progress: "BatchProgress", folder: Path) -> None:
    """Print in one line what a run has done."""
    parts = [f"{progress.done} done", f"{progress.skipped} skipped"]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    typer.echo(f"{printable(str(folder))}: {', '.join(parts)}", err=True)


def report_json(report: "BatchReport") -> str:
    """All of a report as one JSON object, indented."""
    data = {
        "command": report.command,
        "parts": report.parts,
        "parts_begun": report.parts_begun,
        "complete": report.is_complete,
        "mismatch": report.mismatch,
        "counts": report.counts,
        "seconds": round(report.seconds, 3),
        "jobs": [asdict(row) for row in report.rows],
    }
    return json.dumps(data, indent=1) + "\n"


def report_table(report: "BatchReport") -> str:
    """Counts, and a line for each job that is not done or has warned."""
    counts = ", ".join(f"{count} {state}" for state, count in report.counts.items())
    parts = f", {len(report.parts_begun)} of {report.parts} parts begun"
    lines = [
        f"{counted(len(report.rows), 'job')}: {counts or 'none'}"
        f"{parts if report.parts > 1 else ''}; {report.seconds:.1f} s of work"
    ]
    lines += [report.mismatch] if report.mismatch else []
    lines += [_line(row) for row in report.rows if row.state != "done" or row.warnings]
    return "".join(f"{line}\n" for line in lines)


def counted(number: int, what: str) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _line(row: "ReportRow") -> str:
    state = "quarantined" if row.quarantined else row.state
    why = printable(row.reason)
    if row.state == "done":
        state, why = "warned", counted(row.warnings, "warning")
    parts = [f"{state:<11}", printable(row.name), why]
    if row.log and row.state == "done":
        parts.append(f"see {row.log}")
    return "  ".join(part for part in parts if part).rstrip()
