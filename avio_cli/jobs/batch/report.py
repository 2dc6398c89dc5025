"""What became of a batch, from the files that all its parts have left."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avio_cli.jobs.batch.plan_files import read_plans
from avio_cli.jobs.batch.status import Status, read_status
from avio_cli.jobs.batch.task import log_path

PENDING, GONE = "pending", "gone"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One job of a batch."""

    name: str
    source: str
    size: int
    state: str
    """``done``, ``gone`` (it was done), ``failed``, ``started`` or ``pending``."""
    part: int
    results: tuple[Mapping[str, Any], ...] = ()
    """Name, size and SHA-256 of each."""
    attempts: int = 0
    seconds: float = 0.0
    warnings: int = 0
    failure: str = ""
    reason: str = ""
    hint: str = ""
    quarantined: bool = False
    log: str = ""
    """Path of its log, where it has one."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """All jobs of the parts that have begun, and saw the inputs that the last saw."""

    command: tuple[str, ...]
    parts: int
    parts_begun: tuple[int, ...]
    rows: tuple[ReportRow, ...]
    mismatch: str = ""
    """How the inputs of its parts differ, in a sentence."""

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs are in each state; states without any are left out."""
        return dict(sorted(Counter(row.state for row in self.rows).items()))

    @property
    def seconds(self) -> float:
        """Of all jobs together."""
        return sum(row.seconds for row in self.rows)

    @property
    def is_complete(self) -> bool:
        """Whether every job of every part is done."""
        begun = len(self.parts_begun) == self.parts and not self.mismatch
        return begun and all(row.state == "done" for row in self.rows)


def batch_report(folder: Path) -> BatchReport:
    """Read what all parts of the last batch have left in its folder of results.

    Raises:
        InputError: it is no such folder.
    """
    plans = read_plans(folder)
    first = plans.parts[0]
    jobs = [(plan["part"], *job) for plan in plans.parts for job in plan["jobs"]]
    rows = (_row(folder, *job) for job in jobs)
    return BatchReport(
        tuple(first["command"]),
        first["parts"],
        tuple(plan["part"] for plan in plans.parts),
        tuple(sorted(rows, key=lambda row: row.name)),
        plans.mismatch,
    )


def _row(
    folder: Path, part: int, name: str, source: str, size: int, key: str
) -> ReportRow:
    status = read_status(folder, name)
    if status is None or status.key != key:
        return ReportRow(name, source, size, PENDING, part)
    log = log_path(folder, name)
    lost = _lost(folder, status)
    return ReportRow(
        name,
        source,
        size,
        GONE if lost else status.state,
        part,
        results=_results(status),
        attempts=status.attempts,
        seconds=status.seconds,
        warnings=status.warnings,
        failure=status.failure,
        reason=lost or status.reason,
        hint=status.hint,
        quarantined=status.quarantined,
        log=str(log) if log.is_file() else "",
    )


def _lost(folder: Path, status: Status) -> str:
    """What has become of finished results, in a sentence; empty if nothing has."""
    for result in status.results if status.state == "done" else ():
        if not result.is_unchanged(folder):
            return f"{result.name} is not there any more as it was made"
    return ""


def _results(status: Status) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {"name": result.name, "size": result.size, "sha256": result.sha256}
        for result in status.results
    )
