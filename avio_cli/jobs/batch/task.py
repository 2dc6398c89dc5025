"""One job of a batch, and what all of them share."""

from dataclasses import dataclass
from pathlib import Path

from avio_cli.jobs.batch.command import BatchCommand
from avio_cli.jobs.batch.inputs import BatchInput
from avio_cli.jobs.batch.status import HIDDEN, Status, job_id


@dataclass(frozen=True, slots=True)
class Task:
    """One source of a batch, and what determines its results."""

    source: BatchInput
    key: str
    results: tuple[str, ...]
    """Names below the folder of results, the main one last."""

    @property
    def name(self) -> str:
        """Of the source, below the folder of results."""
        return self.source.name


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all jobs of a batch share; any process that sees the folder can do them."""

    folder: Path
    """Of the results; absolute."""
    command: BatchCommand
    force: bool = False
    """Whether files that are no results of this batch may be replaced."""
    read_results: bool = False
    """Whether the content of finished results is compared."""

    def work_folder(self, task: Task) -> Path:
        """Where the child of a job writes."""
        return self.folder / HIDDEN / "work" / job_id(task.name)

    def is_done(self, task: Task, status: Status) -> bool:
        """Whether all results of a job are there as they were made."""
        return status.is_done(task.key, self.folder, read=self.read_results)

    def log_path(self, task: Task) -> Path:
        """The log of a job that failed, or warned."""
        return log_path(self.folder, task.name)


def log_path(folder: Path, name: str) -> Path:
    """The log of a job in a folder of results."""
    return folder / HIDDEN / "logs" / f"{job_id(name)}.log"
