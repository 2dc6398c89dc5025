"""Which names in the folder of results a job may write to."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from avio_cli.ffmpeg.url import printable
from avio_cli.jobs.batch.inputs import identity_of
from avio_cli.jobs.batch.status import Status
from avio_cli.jobs.batch.task import Task, Workshop


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a result is not written."""

    reason: str
    hint: str


def started_status(task: Task, before: Status | None, attempt: int) -> Status:
    """The status of a job that begins: files of the same source stay its own.

    Args:
        task: the job.
        before: what was known of the job of this name.
        attempt: counted from 1.
    """
    return Status(
        name=task.name,
        source=task.source.shown,
        size=task.source.size,
        key=task.key,
        state="started",
        owned=before.owned if before is not None and _is_same(task, before) else (),
        attempts=attempt,
    )


def _is_same(task: Task, status: Status) -> bool:
    if status.source == task.source.shown:  # links may differ between machines
        return True
    return identity_of(status.source) == task.source.identity


def refusal_of(
    shop: Workshop, task: Task, names: Iterable[str], status: Status | None
) -> Refusal | None:
    """Why the results of a job may not be written; None where they may.

    Args:
        shop: says whether files may be replaced at all.
        task: the job.
        names: of its results.
        status: what is known of the job of this name, which may be of another source.
    """
    for name in names:
        path = shop.folder / name
        # Path.is_dir raises where a name is too long: of that, the job itself fails.
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
            reason = f"{printable(name)} is a folder: no result can have its name"
            return Refusal(reason, "remove it, or --out DIR names another place")
        if not shop.force and os.path.lexists(path):
            if status is None or name not in status.owned:
                reason = f"{printable(name)} exists, and is no result of this batch"
                return Refusal(reason, "-y replaces it")
            if not _is_same(task, status):
                reason = f"{printable(name)} is the result of another source"
                more = f"-y replaces it; that source was {printable(status.source)}"
                return Refusal(reason, more)
    return None
