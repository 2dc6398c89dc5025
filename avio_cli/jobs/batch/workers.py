"""Who does the jobs of a batch: threads here, each with one child at a time."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from avio_cli.jobs.batch.attempt import BusyError, StoppedError, perform
from avio_cli.jobs.batch.failures import FailureKind
from avio_cli.jobs.batch.status import Status
from avio_cli.jobs.batch.task import Task, Workshop


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt."""

    task: Task
    attempt: int
    status: Status | None
    """None: another run does the job now."""
    error: BaseException | None = None
    """Of avio's own, which ends the batch."""

    @property
    def may_be_repeated(self) -> bool:
        """Whether another attempt can end better."""
        repeatable = (FailureKind.TRANSIENT.value, FailureKind.CRASH.value)
        return self.status is not None and self.status.failure in repeatable


class Workers(Protocol):
    """Does jobs side by side."""

    @property
    def count(self) -> int:
        """How many jobs are done at a time."""
        ...

    def submit(self, task: Task, attempt: int) -> None:
        """Begin a job; returns at once."""
        ...

    def next(self, timeout: float) -> Outcome | None:
        """The next finished attempt; None where none is finished in time."""
        ...

    def close(self) -> None:
        """End what still runs, and wait for that."""
        ...


class LocalWorkers:
    """Does jobs on this machine.

    Args:
        shop: what the jobs share.
        count: how many at a time.
    """

    def __init__(self, shop: Workshop, count: int) -> None:
        self.count = count
        self._shop, self._stop = shop, threading.Event()
        self._finished: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="avio-batch")

    def submit(self, task: Task, attempt: int) -> None:
        """Begin a job."""
        self._threads.submit(self._do, task, attempt)

    def _do(self, task: Task, attempt: int) -> None:
        def job() -> Status:
            return perform(self._shop, task, attempt, self._stop)

        if (outcome := outcome_of(job, task, attempt)) is not None:
            self._finished.put(outcome)

    def next(self, timeout: float) -> Outcome | None:
        """The next finished attempt."""
        try:
            return self._finished.get(timeout=timeout)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Interrupt all children, and wait for their end."""
        self._stop.set()
        self._threads.shutdown(cancel_futures=True)


def outcome_of(job: Callable[[], Status], task: Task, attempt: int) -> Outcome | None:
    """What became of an attempt; None where it was stopped."""
    try:
        return Outcome(task, attempt, job())
    except BusyError:
        return Outcome(task, attempt, None)
    except StoppedError:
        return None
    except Exception as error:  # in a thread nobody else would see it
        return Outcome(task, attempt, None, error)
