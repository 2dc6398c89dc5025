"""Files of results of a run: where its checkpoint is, and that only it writes them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.output_place import followed, is_written_into
from avio_cli.jobs.track.job import TrackJob
from avio_cli.output.hidden import HiddenFile, is_being_made, remove_left
from avio_cli.records.files import display_name
from avio_cli.records.formats import RecordTarget
from avio_cli.replacing import remove_new_files


def result_files(job: TrackJob, *, complete: bool = False) -> list[Path]:
    """Files of records and detections that a resumed run continues.

    Args:
        job: the run.
        complete: whether it is: then these are the files that it has made.
    """
    targets = [target for target in job.planned if target.path is not None]
    files = [target.path if complete else target.growing for target in targets]
    named = [file for file in files if file is not None]
    if job.save_detections is not None:
        named.append(job.save_detections)
    return [path for path in named if not is_written_into(path)]


def checkpoint_path(planned: tuple[RecordTarget, ...]) -> Path | None:
    """The path of a run's checkpoint: hidden, next to its first file of records."""
    files = _files(planned)
    return _hidden(files[0]) if files else None


def detections_path(planned: tuple[RecordTarget, ...]) -> Path | None:
    """The path of the detections of a refined run's first pass, likewise."""
    checkpoint = checkpoint_path(planned)
    return None if checkpoint is None else checkpoint.with_suffix(".detections")


def refuse_hidden_names(job: TrackJob) -> None:
    """Refuse results and inputs that a run would replace by its hidden files.

    Raises:
        UsageError: names the file.
    """
    hidden = {
        _place(checkpoint_path(job.planned)),
        _place(detections_path(job.planned)),
    }
    read = Path(job.source.url.path) if job.source.url.kind == "file" else None
    hidden |= {_place(t.growing) for t in job.planned if not t.format.grows}
    records = (target.path for target in job.planned)
    others = job.save_detections, job.overlay, job.output, job.detector.detections
    named = (*records, *others, read)
    for path in named:
        if path is not None and _place(path) in hidden:
            raise UsageError(
                f"{display_name(path)} is the name of a hidden file of this run",
                hint="choose another name",
            )


def _place(path: Path | None) -> str:
    """A file's folder and name, the same for all ways to write them."""
    return "" if path is None else os.path.normcase(path.parent.resolve() / path.name)


def _files(planned: tuple[RecordTarget, ...]) -> list[Path]:
    named = (target.path.absolute() for target in planned if target.path is not None)
    return sorted(path for path in named if not is_written_into(path))


def _hidden(file: Path) -> Path:
    return file.with_name(f".{file.name}.resume")


def name_in(folder: Path, path: Path) -> str:
    """The path of a file from a folder: the same where both are moved."""
    try:
        return os.path.relpath(path, folder)
    except ValueError:  # another drive of Windows
        return str(path.absolute())


@contextmanager
def only_writer(planned: tuple[RecordTarget, ...]) -> Iterator[None]:
    """Keep other runs away from files of records, and remove what killed runs left.

    Raises:
        OutputError: another run writes one now, or a folder cannot be written.
    """
    files = _files(planned)
    with ExitStack() as stack:
        for file in files:
            stack.enter_context(_locked(_hidden(file), file))
        for file in files:
            remove_new_files(followed(file))
            remove_new_files(_hidden(file))
        yield


@contextmanager
def _locked(hidden: Path, file: Path) -> Iterator[None]:
    remove_left(hidden)
    if is_being_made(hidden):
        raise OutputError(
            f"another avio is writing {display_name(file)}",
            hint="wait until it has ended",
        )
    try:
        lock = HiddenFile(hidden, hidden.parent)
    except OSError as error:
        raise OutputError(
            f"cannot write {display_name(file)}: {error.strerror}",
            hint="check the folder's permissions and space",
        ) from error
    try:
        yield
    finally:
        lock.path.unlink(missing_ok=True)
        lock.release()
