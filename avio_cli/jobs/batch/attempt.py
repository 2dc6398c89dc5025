"""One job: its child, its results under their final names, then its status.

Children write into a hidden folder of their own. Their finished files get their names
one by one; the status says that all is done only after that.
"""

import contextlib
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.process.process import Process
from avio_cli.jobs.batch.failures import Failure, FailureKind, failure_of, judge
from avio_cli.jobs.batch.ownership import Refusal, refusal_of, started_status
from avio_cli.jobs.batch.status import (
    HIDDEN,
    ResultFile,
    Status,
    file_digest,
    job_id,
    locked,
    read_status,
    write_status,
)
from avio_cli.jobs.batch.task import Task, Workshop
from avio_cli.replacing import rename, sync_path

PATIENCE_SECONDS = 8
"""A child that is interrupted removes what it has not finished within this."""
_POLL_SECONDS = 0.2
_WARNING = "avio: warning: "


class BusyError(Exception):
    """Another run does this job now."""


class StoppedError(Exception):
    """The batch was interrupted."""


def perform(shop: Workshop, task: Task, attempt: int, stop: threading.Event) -> Status:
    """Do a job once; its status is on the disk when this returns.

    Args:
        shop: what it shares with others.
        task: the job.
        attempt: counted from 1.
        stop: set when the batch ends early.

    Raises:
        BusyError: another run does it.
        StoppedError: `stop` was set.
    """
    with locked(shop.folder / HIDDEN / "locks" / job_id(task.name)) as held:
        if not held:
            raise BusyError
        before = read_status(shop.folder, task.name)
        if before is not None and shop.is_done(task, before):
            return before  # by another run, meanwhile
        began = time.monotonic()
        started = started_status(task, before, attempt)
        if refusal := refusal_of(shop, task, task.results, before):
            return _refused(started, refusal)  # what is known of the file stays known
        try:
            status = _made(shop, task, started, stop)
        except OSError as error:
            status = _failed(started, failure_of(error))
        seconds = round(time.monotonic() - began, 3)
        status = replace(status, seconds=seconds, finished=round(time.time(), 3))
        try:
            write_status(shop.folder, status)
        except OSError as error:  # the disk says that it is started: so it is again
            if status.state == "done":
                status = _failed(status, failure_of(error))
        return status


def crashed(shop: Workshop, task: Task, attempt: int, reason: str) -> Status:
    """Note that whoever did a job is gone, so that it may be tried again.

    Raises:
        OSError: it cannot be written.
    """
    started = started_status(task, read_status(shop.folder, task.name), attempt)
    status = _failed(started, Failure(FailureKind.CRASH, reason))
    write_status(shop.folder, status)
    return status


def _made(shop: Workshop, task: Task, started: Status, stop: threading.Event) -> Status:
    """The status after a child has done its work, or failed.

    Raises:
        OSError: the system refuses something.
    """
    started = replace(started, owned=_united(started.owned, task.results))
    folder, resume = _work_folder(shop, task, started.key)
    write_status(shop.folder, started)
    paths = [folder / Path(name).name for name in task.results]
    status, lines = _run(
        shop.command.argv(task.source.source, paths, resume=resume), stop
    )
    warnings = sum(line.startswith(_WARNING) for line in lines)
    _keep_log(shop.log_path(task), lines if status or warnings else ())
    if status:
        failed = _failed(replace(started, warnings=warnings), judge(status, lines))
        # Of a damaged source, track keeps its records; of a killed child, all is kept.
        if failed.quarantined and not any(_files(folder)):
            shutil.rmtree(folder, ignore_errors=True)
        return failed
    done = _commit(shop, task, replace(started, warnings=warnings), folder)
    shutil.rmtree(folder, ignore_errors=True)
    return done


def _work_folder(shop: Workshop, task: Task, key: str) -> tuple[Path, bool]:
    """An empty folder for a child, or what one like it left; and whether it did."""
    folder, key_file = shop.work_folder(task), ".key"
    resume = any(folder.glob(".*.resume")) and _text(folder / key_file) == key
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / key_file).write_text(key)
    return folder, resume


def _text(path: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text()
    return ""


def _run(argv: list[str], stop: threading.Event) -> tuple[int, tuple[str, ...]]:
    """Run a child; returns its status and the last lines of its log.

    Raises:
        StoppedError: it was stopped.
    """
    try:
        with Process(argv) as child:
            while not child.ends_within(_POLL_SECONDS):
                if stop.is_set():
                    child.stop(PATIENCE_SECONDS)
                    raise StoppedError
            status = child.stop()
            return status, child.log.lines
    except FFmpegError as error:  # it could not be started
        raise OSError(0, error.message) from error


def _commit(shop: Workshop, task: Task, started: Status, folder: Path) -> Status:
    """Give finished files their names; the main result comes last.

    Raises:
        OSError: the system refuses it.
    """
    parent = Path(task.name).parent
    order = {name: place for place, name in enumerate(task.results)}
    names = [(parent / path.relative_to(folder)).as_posix() for path in _files(folder)]
    names.sort(key=lambda name: (order.get(name, -1), name))
    if set(task.results) - set(names):
        reason = "the command ended well, but its result is not there"
        return _failed(started, Failure(FailureKind.PERMANENT, reason))
    if refusal := refusal_of(shop, task, names, started):
        return _refused(started, refusal)
    if set(names) - set(started.owned):
        started = replace(started, owned=_united(started.owned, names))
        write_status(shop.folder, started)
    results = [_place(shop, folder / Path(n).relative_to(parent), n) for n in names]
    return replace(started, state="done", results=tuple(results))


def _files(folder: Path) -> Iterator[Path]:
    """Finished files of a child; what is hidden is its own."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") for part in parts):
            yield path


def _place(shop: Workshop, made: Path, name: str) -> ResultFile:
    final = shop.folder / name
    final.parent.mkdir(parents=True, exist_ok=True)
    sync_path(made)
    digest, found = file_digest(made), made.stat()
    rename(made, final)
    return ResultFile(name, found.st_size, found.st_mtime_ns, digest)


def _refused(started: Status, refusal: Refusal) -> Status:
    """The status of a job that would replace a file; its next run may do so."""
    failure = Failure(FailureKind.PERMANENT, refusal.reason, refusal.hint)
    return replace(_failed(started, failure), quarantined=False)


def _united(
    names: tuple[str, ...], more: "list[str] | tuple[str, ...]"
) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, *more)))


def _failed(started: Status, failure: Failure) -> Status:
    return replace(
        started,
        state="failed",
        failure=failure.kind.value,
        reason=failure.reason,
        hint=failure.hint,
        quarantined=failure.kind is FailureKind.PERMANENT,
    )


def _keep_log(path: Path, lines: tuple[str, ...]) -> None:
    if not lines:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")
