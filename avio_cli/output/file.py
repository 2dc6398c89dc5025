"""An output file that gets its final name only when it is complete."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.url import MediaUrl, file_url, printable

_MARK = ".avio-"
_NAME_BYTES = 255
_TAIL_BYTES = 40
"""Room for the dot, the mark, a process id, eight digits, and a sidecar's number."""


class FileOutput:
    """An output file: checked first, written under a temporary name, then renamed.

    Args:
        path: the final name.
        force: whether an existing file may be replaced.
        dry_run: only keep the path; touch and check nothing.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(
        self, path: Path, *, force: bool = False, dry_run: bool = False
    ) -> None:
        self.path, self._force, self._dry_run = path, force, dry_run
        self.display_name = printable(str(path))
        if dry_run:
            self.temporary = path
            return
        check_writable(path, force=force)
        _remove_orphans(path)
        self.temporary = self._create()

    @property
    def url(self) -> str:
        """The URL that ffmpeg writes to."""
        return file_url(self.temporary)

    @property
    def options(self) -> tuple[str, ...]:
        """Muxer options that this output needs."""
        return ()

    @property
    def readback_path(self) -> Path | None:
        """The finished file, to be read back before it is renamed."""
        return self.temporary

    def refuse_source(self, url: MediaUrl) -> None:
        """Fail if the source is the file to be written.

        Raises:
            OutputError: same file, be it through a hard or a symbolic link.
        """
        try:
            refuse_same_file(self.path, url)
        except OutputError:
            self.discard()
            raise

    def size(self) -> int:
        """Bytes of the finished file."""
        return self.path.stat().st_size

    def sidecar(self, number: int) -> Path:
        """A file next to the temporary one, removed with it."""
        return self.temporary.with_name(f"{self.temporary.name}.{number}")

    def commit(self) -> None:
        """Rename the finished file to its final name.

        Raises:
            OutputError: a file of that name was created meanwhile.
        """
        try:
            if self._force:
                self.temporary.replace(self.path)
            else:
                _rename_exclusively(self.temporary, self.path)
        except FileExistsError:
            self.discard()
            raise OutputError(
                f"{self.display_name} appeared while it was being made",
                hint="-y replaces it",
            ) from None
        except OSError as error:
            self.discard()
            raise OutputError(
                f"cannot write {self.display_name}: {error.strerror}"
            ) from error

    def discard(self) -> None:
        """Remove temporary and sidecar files; safe to call at any time."""
        if self._dry_run:
            return
        for left in (self.temporary, *_sidecars(self.temporary)):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)

    def _create(self) -> Path:
        name = _temporary_name(self.path)
        temporary = Path.cwd() / self.path.with_name(name)
        try:
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
            os.close(os.open(temporary, flags, 0o666))
        except OSError as error:
            raise OutputError(
                f"cannot write {self.display_name}: {error.strerror}",
                hint="check the folder's permissions and space",
            ) from error
        return temporary


def check_writable(path: Path, *, force: bool) -> None:
    """Fail early where a file cannot be written.

    Raises:
        OutputError: it exists already, or its folder does not.
    """
    try:
        _check(path, force=force)
    except OSError as error:  # the name is too long, the disk fails
        shown = printable(str(path))
        raise OutputError(f"cannot write {shown}: {error.strerror}") from error


def refuse_same_file(path: Path, url: MediaUrl) -> None:
    """Fail if a source is the file to be written.

    Raises:
        OutputError: same file, be it through a hard or a symbolic link.
    """
    if url.kind != "file" or not path.exists():
        return
    if url.path.exists() and path.samefile(url.path):
        raise OutputError(
            f"{printable(str(path))} is the input itself", hint="choose another name"
        )


def _check(path: Path, *, force: bool) -> None:
    shown = printable(str(path))
    if path.is_dir():
        raise OutputError(f"{shown} is a folder", hint="name a file in it")
    if not path.parent.is_dir():
        raise OutputError(
            f"the folder {printable(str(path.parent))} does not exist",
            hint="make it first",
        )
    if os.path.lexists(path) and not force:
        raise OutputError(f"{shown} exists", hint="-y replaces it")


@contextlib.contextmanager
def open_file_output(
    path: Path, *sources: MediaUrl, force: bool = False
) -> Iterator[FileOutput]:
    """Open an output file; it is removed at the end unless it was committed.

    Raises:
        OutputError: it cannot be written, or is one of the sources.
    """
    target = FileOutput(path, force=force)
    try:
        for source in sources:
            target.refuse_source(source)
        yield target
    finally:
        target.discard()


def _prefix(path: Path) -> str:
    """The start of all temporary names for a path; leaves room for the rest."""
    room = _NAME_BYTES - _TAIL_BYTES - len(os.fsencode(path.suffix))
    stem = os.fsdecode(os.fsencode(path.stem)[: max(room, 0)])
    return f".{stem}{_MARK}"


def _temporary_name(path: Path) -> str:
    return f"{_prefix(path)}{os.getpid()}-{secrets.token_hex(4)}{path.suffix}"


def _sidecars(temporary: Path) -> list[Path]:
    prefix = f"{temporary.name}."
    with contextlib.suppress(OSError):
        return [e for e in temporary.parent.iterdir() if e.name.startswith(prefix)]
    return []


def _remove_orphans(path: Path) -> None:
    """Remove what a killed run of avio left for the same name."""
    with contextlib.suppress(OSError):
        for left in _orphans(path):
            with contextlib.suppress(OSError):
                left.unlink()


def _orphans(path: Path) -> Iterator[Path]:
    prefix = _prefix(path)
    for entry in path.parent.iterdir():
        if entry.name.startswith(prefix):
            owner = entry.name.removeprefix(prefix).split("-")[0]
            if owner.isdigit() and not _is_alive(int(owner)):
                yield entry


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _rename_exclusively(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system (exFAT, some shares)
        if os.path.lexists(target):
            raise FileExistsError from None
        source.rename(target)
    else:
        source.unlink()
