"""Run a batch: every open job, again where that may help, in any order."""

import heapq
import logging
import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from avio_cli.errors import AvioError, OutputError
from avio_cli.ffmpeg.url import printable
from avio_cli.jobs.batch.failures import FailureKind
from avio_cli.jobs.batch.plan import BatchJob, Planned, in_order
from avio_cli.jobs.batch.plan_files import is_current, write_plan
from avio_cli.jobs.batch.status import Status, write_status
from avio_cli.jobs.batch.task import Task
from avio_cli.jobs.batch.workers import LocalWorkers, Outcome, Workers

LOG = logging.getLogger("avio.batch")

BUSY_SECONDS = 0.5
"""How often it is looked whether another run has done a job."""
RETRY_SECONDS = 2.0
"""Before the second attempt; twice as long before each further one."""
_LONGEST_RETRY = 60.0
_REPORT_SECONDS = 0.25
SPARE_BYTES = 64 << 20
"""Room that is left on the disk, besides that for a result as large as its source."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is."""

    jobs: int
    """All of this part."""
    done: int = 0
    """Finished by this run."""
    skipped: int = 0
    """Done before."""
    failed: int = 0
    running: int = 0
    bytes_done: int = 0
    """Of the sources of jobs that this run finished, whether they failed or not."""
    bytes_left: int = 0

    @property
    def finished(self) -> int:
        """Jobs about which nothing more is to be done."""
        return self.done + self.skipped + self.failed


Observer = Callable[[BatchProgress], None]


def run_batch(
    job: BatchJob,
    planned: Sequence[Planned],
    observe: Observer,
    workers: Workers | None = None,
) -> BatchProgress:
    """Do the open jobs of a plan.

    Args:
        job: the batch.
        planned: its plan.
        observe: called about four times a second, and after each job.
        workers: who does them, and is closed; None: threads here.

    Raises:
        OutputError: the folder cannot be written, or its disk is full.
    """
    folder = job.workshop.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_plan(job, planned)
    except OSError as error:
        raise OutputError(
            f"cannot write {printable(str(folder))}: {error.strerror or error}",
            hint="check the folder's permissions and space",
        ) from error
    chosen = LocalWorkers(job.workshop, job.workers) if workers is None else workers
    try:
        ended = _Run(job, planned, observe, chosen).run()
    finally:
        chosen.close()
    if not is_current(job):
        LOG.warning(
            "another run has replaced the plan of this one by that of other settings "
            "or inputs: avio batch report is of that one"
        )
    return ended


class _Run:
    """The loop of a batch: jobs that wait, that run, and that wait to be repeated."""

    def __init__(
        self,
        job: BatchJob,
        planned: Sequence[Planned],
        observe: Observer,
        workers: Workers,
    ) -> None:
        self._job, self._observe, self._workers = job, observe, workers
        self._waiting = deque((task, 1) for task in in_order(planned))
        self._delayed: list[tuple[float, str, Task, int]] = []
        self._progress = BatchProgress(
            jobs=len(planned),
            skipped=sum(one.reason == "done" for one in planned),
            failed=sum(one.reason == "quarantined" for one in planned),
            bytes_left=sum(task.source.size for task, _ in self._waiting),
        )

    def run(self) -> BatchProgress:
        """Do all; returns how it ended."""
        self._observe(self._progress)
        while self._waiting or self._delayed or self._progress.running:
            self._begin()
            outcome = self._workers.next(_REPORT_SECONDS)
            if outcome is not None:
                self._take(outcome)
            self._observe(self._progress)
        return self._progress

    def _begin(self) -> None:
        """Give the workers what they have room for."""
        while self._delayed and self._delayed[0][0] <= time.monotonic():
            _, _, task, attempt = heapq.heappop(self._delayed)
            self._waiting.appendleft((task, attempt))
        while self._waiting and self._progress.running < self._workers.count:
            task, attempt = self._waiting.popleft()
            _check_space(self._job.workshop.folder, task.source.size)
            self._workers.submit(task, attempt)
            self._count(running=1)

    def _take(self, outcome: Outcome) -> None:
        """Count what is finished, and repeat what may end better."""
        self._count(running=-1)
        if outcome.error is not None:
            raise AvioError(f"{outcome.task.source.shown}: {outcome.error}")
        status = outcome.status
        if status is None:
            self._delay(outcome.task, outcome.attempt, BUSY_SECONDS)
        elif outcome.may_be_repeated and outcome.attempt <= self._job.retries:
            seconds = min(RETRY_SECONDS * 2 ** (outcome.attempt - 1), _LONGEST_RETRY)
            LOG.info("%s; again in %g s", reason_with_name(status), seconds)
            self._delay(outcome.task, outcome.attempt + 1, seconds)
        else:
            self._finish(outcome.task, status)

    def _delay(self, task: Task, attempt: int, seconds: float) -> None:
        at = time.monotonic() + seconds
        heapq.heappush(self._delayed, (at, task.name, task, attempt))

    def _finish(self, task: Task, status: Status) -> None:
        size = task.source.size
        self._count(bytes_done=size, bytes_left=-size)
        if status.state == "done":
            self._count(done=1)
            return
        self._count(failed=1)
        LOG.warning("%s", reason_with_name(status))
        if status.failure == FailureKind.CRASH:
            write_status(self._job.workshop.folder, replace(status, quarantined=True))

    def _count(self, **changes: int) -> None:
        progress = self._progress
        sums = {name: getattr(progress, name) + n for name, n in changes.items()}
        self._progress = replace(progress, **sums)


def reason_with_name(status: Status) -> str:
    """Why a job failed; its source is named, once."""
    named = status.source in status.reason
    return status.reason if named else f"{status.source}: {status.reason}"


def _check_space(folder: Path, size: int) -> None:
    """Raise OutputError where a result as large as its source would fill the disk."""
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_BYTES:
        raise OutputError(
            f"there are {free / 1e6:.0f} MB left for {printable(str(folder))}",
            hint="free some space, then run it again: what is done is skipped",
        )
