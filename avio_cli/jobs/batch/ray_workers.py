"""Jobs as tasks of a Ray cluster, whose nodes all see the inputs and the results.

Nothing of a job is in Ray: results, status and lock are in the folder of results, as
without it.
"""

import threading
from typing import Any

from avio_cli.cluster import Cluster, RayOptions, TaskError
from avio_cli.jobs.batch.attempt import crashed, perform
from avio_cli.jobs.batch.status import Status
from avio_cli.jobs.batch.task import Task, Workshop
from avio_cli.jobs.batch.workers import Outcome, outcome_of


class RayWorkers:
    """Does jobs on a Ray cluster.

    Args:
        shop: what the jobs share.
        options: where, and what each needs.
        most: how many at a time; 0: as many as the cluster has room for.

    Raises:
        AvioError: Ray is not installed, or there is no such cluster.
    """

    def __init__(self, shop: Workshop, options: RayOptions, most: int = 0) -> None:
        self._shop, self._most = shop, most
        self._running: dict[Any, tuple[Task, int]] = {}
        self._cluster = Cluster(options)
        self._begin = self._cluster.task(_do)

    @property
    def count(self) -> int:
        """How many jobs the cluster has room for; it may grow or shrink."""
        room = max(self._cluster.room(), 1)
        return min(room, self._most) if self._most else room

    def submit(self, task: Task, attempt: int) -> None:
        """Begin a job."""
        self._running[self._begin(self._shop, task, attempt)] = task, attempt

    def next(self, timeout: float) -> Outcome | None:
        """The next finished attempt."""
        for reference in self._cluster.ready(self._running, timeout):
            task, attempt = self._running.pop(reference)
            return self._outcome(reference, task, attempt)
        return None

    def _outcome(self, reference: Any, task: Task, attempt: int) -> Outcome:
        try:
            found: Outcome | None = self._cluster.result(reference)
        except TaskError as error:
            status = crashed(self._shop, task, attempt, error.message)
            return Outcome(task, attempt, status)
        return found or Outcome(task, attempt, None)

    def close(self) -> None:
        """Interrupt all tasks, wait for the end of their children, and disconnect."""
        with self._cluster:
            self._cluster.cancel(self._running)


def _do(shop: Workshop, task: Task, attempt: int) -> Outcome | None:
    """Do a job in a worker of Ray, which interrupts it as Ctrl-C does."""

    def job() -> Status:
        return perform(shop, task, attempt, threading.Event())

    return outcome_of(job, task, attempt)
