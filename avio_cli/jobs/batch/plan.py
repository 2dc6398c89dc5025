"""The plan of a batch: what is to be done of it, and why."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.url import cannot_open
from avio_cli.jobs.batch.inputs import BatchInput, same_result
from avio_cli.jobs.batch.ownership import refusal_of
from avio_cli.jobs.batch.parts import Part, inputs_of
from avio_cli.jobs.batch.status import Status, file_digest, read_status
from avio_cli.jobs.batch.task import Task, Workshop

Reason = Literal["done", "quarantined", "new", "again", "failed", "interrupted", "gone"]
"""Why a job is left out (the first two), or done: what has changed since it was."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One job of a plan."""

    task: Task
    reason: Reason
    status: Status | None
    """What was known of it."""

    @property
    def is_open(self) -> bool:
        """Whether it is to be done."""
        return self.reason not in ("done", "quarantined")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """Everything a batch needs."""

    inputs: tuple[BatchInput, ...]
    """All of them, also those of other parts."""
    workshop: Workshop
    settings: str
    """A digest of all that determines the results besides the sources."""
    part: Part = field(default_factory=Part)
    hash_content: bool = False
    """Whether a source is known by its content, not by its path and time of change."""
    retry_failed: bool = False
    """Whether what is quarantined is tried again."""
    workers: int = 1
    retries: int = 2
    """Further attempts after a failure that may not repeat itself."""


def plan_batch(job: BatchJob) -> tuple[Planned, ...]:
    """Plan the jobs of this part: nothing is probed, nothing is written.

    Raises:
        UsageError: two sources have one result, or a result is a source.
        OutputError: a result is there that the batch has not made.
        InputError: a source cannot be read to be hashed.
    """
    _refuse_same_results(job)
    return tuple(_planned(job, source) for source in inputs_of(job.part, job.inputs))


def _refuse_same_results(job: BatchJob) -> None:
    owners: dict[str, BatchInput] = {}
    sources = _places(job.inputs)
    folder = os.path.realpath(job.workshop.folder)
    for source in job.inputs:
        for name in job.workshop.command.results(source.name):
            other = owners.setdefault(name, source)
            if other is not source:
                raise same_result(other, source)
            if os.path.join(folder, name) in sources:  # noqa: PTH118 - for its speed
                raise UsageError(
                    f"{source.shown} would have a source as its result",
                    hint="--out DIR names another folder",
                )


def _places(sources: Iterable[BatchInput]) -> set[str]:
    """Where sources are: the files, and the links that name them."""
    places = set()
    for source in sources:
        places.add(source.identity)
        if not source.is_url:
            folder, name = os.path.split(source.source)
            places.add(os.path.join(os.path.realpath(folder), name))  # noqa: PTH118
    return places


def _planned(job: BatchJob, source: BatchInput) -> Planned:
    command, folder = job.workshop.command, job.workshop.folder
    task = Task(source, _key(job, source), command.results(source.name))
    status = read_status(folder, source.name)
    reason = _reason(job, task, status)
    if reason not in ("done", "quarantined"):
        refusal = refusal_of(job.workshop, task, task.results, status)
        if refusal is not None:
            raise OutputError(refusal.reason, hint=refusal.hint)
    return Planned(task, reason, status)


def _key(job: BatchJob, source: BatchInput) -> str:
    facts = [source.name, source.size, *_version(job, source), job.settings]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _version(job: BatchJob, source: BatchInput) -> Sequence[object]:
    """What distinguishes a source from others of its name and size."""
    if not (job.hash_content and source.size):
        return source.identity, source.mtime_ns
    try:
        return (file_digest(Path(source.source)),)
    except OSError as error:
        raise cannot_open(source.source, error) from error


def _reason(job: BatchJob, task: Task, status: Status | None) -> Reason:
    if status is None:
        return "new"
    if status.key != task.key:
        return "again"
    if status.state == "started":
        return "interrupted"
    if status.state == "failed":
        return (
            "quarantined" if status.quarantined and not job.retry_failed else "failed"
        )
    return "done" if job.workshop.is_done(task, status) else "gone"


def in_order(planned: Iterable[Planned]) -> list[Task]:
    """The open jobs of a plan in the order in which they are begun.

    The largest comes first, so that it is not left running alone in the end. What was
    interrupted comes last: it may be what ended that run.
    """

    def rank(one: Planned) -> tuple[bool, int, str]:
        return one.reason == "interrupted", -one.task.source.size, one.task.name

    return [one.task for one in sorted(planned, key=rank) if one.is_open]
