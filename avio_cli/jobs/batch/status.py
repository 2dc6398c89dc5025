"""What is known of each job: a small file for each, replaced as a whole; and a lock.

One run at a time does a job. What is not locked is not being done.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from avio_cli.replacing import replace_text
from avio_cli.temporary import lock

HIDDEN = ".avio-batch"
"""The folder of a batch's own files, in that of its results."""

_ATTEMPTS = 10

State = Literal["started", "done", "failed"]


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A finished result, as it was when it was made."""

    name: str
    """Below the folder of results."""
    size: int
    mtime_ns: int
    sha256: str

    def is_unchanged(self, folder: Path, *, read: bool = False) -> bool:
        """Whether it is still there as it was made.

        Args:
            folder: of results.
            read: whether to compare its content even where size and time are alike.
        """
        path = folder / self.name
        try:
            found = path.stat()
            if found.st_size != self.size:
                return False
            alike = found.st_mtime_ns == self.mtime_ns  # copies have other times
            return (alike and not read) or file_digest(path) == self.sha256
        except OSError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is known of one job."""

    name: str
    """Of its source, below the folder of results."""
    source: str
    """For messages."""
    size: int
    """Of the source."""
    key: str
    state: State
    results: tuple[ResultFile, ...] = ()
    """Finished ones; only of what is done."""
    owned: tuple[str, ...] = ()
    """Names of files that this batch may have made, and may replace."""
    failure: str = ""
    """A `FailureKind`; empty of what has not failed."""
    reason: str = ""
    hint: str = ""
    quarantined: bool = False
    """Whether it is not tried again before it is asked for."""
    attempts: int = 0
    seconds: float = 0.0
    warnings: int = 0
    finished: float = 0.0
    """Seconds since 1970."""

    def is_done(self, key: str, folder: Path, *, read: bool = False) -> bool:
        """Whether all results of this key are there as they were made."""
        unchanged = (result.is_unchanged(folder, read=read) for result in self.results)
        return self.state == "done" and self.key == key and all(unchanged)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def job_id(name: str) -> str:
    """A short name of a job for its files, from the name of its source."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:24]


def _path(folder: Path, name: str) -> Path:
    digits = job_id(name)
    # Folders with a million files are slow on some file systems.
    return folder / HIDDEN / "status" / digits[:2] / f"{digits}.json"


def read_status(folder: Path, name: str) -> Status | None:
    """What is known of a job; None where nothing is, or its file is damaged."""
    return _read(_path(folder, name))


def _read(path: Path) -> Status | None:
    try:
        data: Any = json.loads(path.read_bytes())
        data["results"] = tuple(ResultFile(**result) for result in data["results"])
        data["owned"] = tuple(data["owned"])
        known = {field.name for field in fields(Status)}
        return Status(**{name: data[name] for name in known & data.keys()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write_status(folder: Path, status: Status) -> None:
    """Replace what is known of a job, and bring it to the disk.

    Raises:
        OSError: it cannot be written.
    """
    path = _path(folder, status.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, json.dumps(asdict(status)))


def all_statuses(folder: Path) -> Iterator[Status]:
    """What is known of every job of a folder, in no order."""
    for path in (folder / HIDDEN / "status").glob("??/*.json"):
        status = _read(path)
        if status is not None:
            yield status


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock of a file, which is removed afterwards; yields whether it is held.

    Where the platform or the file system has no locks, it counts as held.

    Raises:
        OSError: the file cannot be made.
    """
    descriptor = _lock(path)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            with suppress(OSError):
                path.unlink()  # before it is unlocked: after that it is another's
            os.close(descriptor)


def _lock(path: Path) -> int | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(_ATTEMPTS):
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
        if lock(descriptor) is False:
            os.close(descriptor)
            return None
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)  # whoever held it has removed it meanwhile
    return None
