"""Outputs that are no regular file: a FIFO, or a character device like /dev/null.

They are written into, never replaced or removed.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.output_place import (
    for_children,
    is_null_device,
    is_written_into,
    place_kind,
)
from avio_cli.ffmpeg.url import MediaUrl, file_url, printable
from avio_cli.media.container import Container
from avio_cli.temporary import TemporaryFolder


def refuse_unstreamable(path: Path, container: Container) -> None:
    """Fail where a container cannot go into what is there.

    Raises:
        OutputError: it is a FIFO or a device, in which nothing can be gone back to.
    """
    streamed = is_written_into(path) and place_kind(path) == "stream"
    if streamed and not container.streamable:
        raise OutputError(
            f"{printable(str(path))} is no regular file, "
            f"and {container.title} cannot be written in one go",
            hint="name a file, or choose Matroska: --preset mkv-h264",
        )


class SpecialOutput:
    """A FIFO or a character device that ffmpeg writes into directly.

    Args:
        path: it exists, and `is_written_into`.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.display_name = path, printable(str(path))
        self.url = file_url(for_children(path.absolute()))
        self.options: tuple[str, ...] = ()
        self.readback_path = None
        self.can_restart = place_kind(path) == "null"
        self._folder: TemporaryFolder | None = None

    def sidecar(self, number: int) -> Path:
        """A file in a temporary folder, removed by `discard`."""
        if self._folder is None:
            self._folder = spool_folder()
        return self._folder.path / str(number)

    def commit(self) -> None:
        """Do nothing: the data has been written."""

    def discard(self) -> None:
        """Remove the sidecar files; what is written into stays."""
        if self._folder is not None:
            self._folder.close()

    def size(self) -> int:
        """Return 0: the size is unknown."""
        return 0


def refuse_same_file(path: Path, url: MediaUrl) -> None:
    """Fail if a source is the file to be written.

    Raises:
        OutputError: same file, be it through a hard or a symbolic link.
    """
    if url.kind != "file" or is_null_device(path):
        return
    if _exists(path) and _exists(url.path) and path.samefile(url.path):
        raise OutputError(
            f"{printable(str(path))} is the input itself", hint="choose another name"
        )


def refuse_same_output(path: Path, others: Iterable[Path]) -> None:
    """Fail if one file is to be written as two results.

    Args:
        path: where one result goes.
        others: where the others go, or what else may not be replaced.

    Raises:
        UsageError: one is the same file, be it through a link, and no null device.
    """
    for other in others:
        if _is_same(path, other) and not is_null_device(path):
            raise UsageError(
                f"{printable(str(path))} is named twice",
                hint="name a file of its own for each result",
            )


def _is_same(path: Path, other: Path) -> bool:
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    return _exists(path) and _exists(other) and path.samefile(other)


def _exists(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - Path's raises for a name too long


def spool_folder() -> TemporaryFolder:
    """A new temporary folder, for what is made before it is written into `pour`.

    Raises:
        OutputError: there is no space for one.
    """
    try:
        return TemporaryFolder()
    except OSError as error:
        raise OutputError(
            f"no temporary file can be made: {error.strerror}", hint="set TMPDIR"
        ) from error


def pour(finished: Path, target: Path) -> None:
    """Write a finished file into a FIFO or device; nothing is created or replaced.

    Raises:
        OSError: it cannot be written, or is a regular file by now.
    """
    with os.fdopen(os.open(target, os.O_WRONLY), "wb") as sink:
        if not is_written_into(target):
            raise OSError(0, "it was replaced meanwhile", str(target))
        with finished.open("rb") as source:
            shutil.copyfileobj(source, sink, 1 << 20)
