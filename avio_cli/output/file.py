"""An output file that gets its final name only when it is complete."""

import contextlib
import os
from collections.abc import Iterator
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
from avio_cli.output.hidden import HiddenFile, remove_left, sidecars
from avio_cli.output.special import pour, refuse_same_file, spool_folder
from avio_cli.replacing import sync_path
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
        self._place = path
        self._spool: TemporaryFolder | None = None
        self._hidden: HiddenFile | None = None
        if dry_run:
            self.temporary = path
            return
        check_writable(path, force=force)
        self._place = Path.cwd() / followed(path)
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
            self.temporary.replace(self._place)
        else:
            rename_exclusively(self.temporary, self._place)
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
        try:
            output.temporary.write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"cannot write {output.display_name}: {error.strerror}"
            ) from error
        output.commit()


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
