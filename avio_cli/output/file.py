"""An output file that gets its final name only when it is complete."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.output_place import (
    check_place,
    followed,
    is_written_into,
    place_kind,
    refuse_irregular,
    refuse_no_name,
)
from avio_cli.ffmpeg.url import MediaUrl, file_url, printable
from avio_cli.output.hidden import HiddenFile, hidden_beside, remove_left, sidecars
from avio_cli.output.special import pour, refuse_same_file, spool_folder
from avio_cli.replacing import keep_permissions, sync_path
from avio_cli.temporary import TemporaryFolder


class FileOutput:
    """An output file: checked first, written under a temporary name, then renamed.

    A symbolic link stays: the file that it leads to is made or replaced. What is a FIFO
    or a character device is never replaced: the finished file is written into it.

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
        self.path, self._force = path, force
        self.display_name = printable(str(path))
        self._place, self._is_in_place = path, False
        self._spool: TemporaryFolder | None = None
        self._hidden: HiddenFile | None = None
        if dry_run:
            self.temporary = path
            return
        check_writable(path, force=force)
        self._place = followed(path).absolute()
        if is_written_into(path):
            self._spool = spool_folder()
        else:
            remove_left(self._place)
        self._hidden = self._create()
        self.temporary = self._hidden.path

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

    @property
    def can_restart(self) -> bool:
        """Whether a failed run may begin again."""
        return True

    def size(self) -> int:
        """Bytes of the finished file."""
        return 0 if self._spool else self.path.stat().st_size

    def sidecar(self, number: int) -> Path:
        """A file next to the temporary one, removed with it."""
        return self.temporary.with_name(f"{self.temporary.name}.{number}")

    def commit(self) -> None:
        """Rename the finished file to its final name, or write it into what is there.

        Raises:
            OutputError: a file of that name was created meanwhile.
        """
        try:
            self._put_in_place()
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

    @contextlib.contextmanager
    def restored_on_failure(self) -> Iterator[None]:
        """Inside, `commit` may be called: where an error leaves it, all is as before.

        What is written into, a FIFO or a device, has nothing to restore.

        Raises:
            OutputError: what is there cannot be kept.
        """
        with ExitStack() as stack:
            kept = None
            if not self._spool and place_kind(self._place) == "file":
                kept = stack.enter_context(_kept_beside(self._place))
            try:
                yield
            except BaseException:
                if self._is_in_place and not self._spool:
                    _restore(self._place, kept)
                raise

    def discard(self) -> None:
        """Remove temporary and sidecar files; safe to call at any time."""
        if self._hidden is None:
            return
        if self._spool:
            self._spool.close()
        for left in (self.temporary, *sidecars(self.temporary)):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)
        self._hidden.release()

    def _put_in_place(self) -> None:
        if self._spool:
            pour(self.temporary, self._place)
            return
        if not self._place.is_dir():  # a FIFO may be there by now
            refuse_irregular(self._place, "the result")
        sync_path(self.temporary)
        if self._force:
            keep_permissions(self._place, self.temporary)
            self.temporary.replace(self._place)
        else:
            rename_exclusively(self.temporary, self._place)
        self._is_in_place = True
        if self._hidden is not None:
            self._hidden.release()

    def _create(self) -> HiddenFile:
        try:
            folder = self._spool.path if self._spool else self._place.parent
            return HiddenFile(self._place, folder)
        except OSError as error:
            raise OutputError(
                f"cannot write {self.display_name}: {error.strerror}",
                hint="check the folder's permissions and space",
            ) from error


@contextlib.contextmanager
def _kept_beside(place: Path) -> Iterator[Path]:
    """The file at a place under a hidden name, too; it is removed at the end."""
    with ExitStack() as stack:
        try:
            hidden = stack.enter_context(hidden_beside(place))
            hidden.path.unlink()
            _link(place, hidden.path)
        except OSError as error:
            shown = printable(str(place))
            raise OutputError(f"cannot keep {shown}: {error.strerror}") from error
        yield hidden.path


def _restore(place: Path, kept: Path | None) -> None:
    """Put back what was at a place: a file, or nothing."""
    with contextlib.suppress(OSError):  # the error that is raised says more
        if kept is None:
            place.unlink(missing_ok=True)
        else:
            kept.replace(place)


def _link(path: Path, other: Path) -> None:
    try:
        other.hardlink_to(path)
    except OSError:  # a file system without links
        shutil.copy2(path, other)


def check_writable(path: Path, *, force: bool) -> None:
    """Fail early where a file cannot be written.

    Raises:
        OutputError: it exists already, its folder does not, or nothing can go there.
    """
    if path == Path("-"):
        refuse_no_name("-")
    place = check_place(path)
    if place_kind(place) == "file" and not force:
        raise OutputError(f"{printable(str(path))} exists", hint="-y replaces it")


@contextlib.contextmanager
def open_file_output(
    path: Path, *sources: MediaUrl, force: bool = False
) -> Iterator[FileOutput]:
    """Open an output file; it is removed at the end unless it was committed.

    Raises:
        OutputError: it cannot be written, or is one of the sources.
    """
    for source in sources:
        refuse_same_file(path, source)
    target = FileOutput(path, force=force)
    try:
        yield target
    finally:
        target.discard()


def write_text_file(path: Path, text: str, *, force: bool) -> None:
    """Write a text as an output file.

    Raises:
        OutputError: it cannot be written.
    """
    with open_file_output(path, force=force) as output:
        fill_with_text(output, text)
        output.commit()


def fill_with_text(output: FileOutput, text: str) -> None:
    """Write a text under the temporary name.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        output.temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"cannot write {output.display_name}: {error.strerror}"
        ) from error


def rename_exclusively(source: Path, target: Path) -> None:
    """Rename a file, unless there is one of that name.

    Raises:
        FileExistsError: there is.
    """
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
