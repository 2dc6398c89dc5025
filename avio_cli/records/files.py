"""Record files that grow by whole frames."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.output_place import is_written_into
from avio_cli.ffmpeg.url import printable
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.marks import Mark, sync_mark

Encode = Callable[[FrameRecord, VideoInfo], str]


class RecordWriter(Protocol):
    """Writes entries of one format; `write` hands each to the operating system."""

    def write(self, entry: FrameRecord) -> None:
        """Append one frame.

        Raises:
            OutputError: it cannot be written.
        """
        ...

    def mark(self) -> tuple[Mark, ...]:
        """Bring the file to the disk, and mark it; nothing where it is no file.

        Raises:
            OutputError: it cannot be written.
        """
        ...

    def close(self) -> None:
        """Make the file complete; safe to call twice."""
        ...


class AppendedFile:
    """A file that grows by one write a frame: a kill leaves whole ones.

    Args:
        path: the file; None for standard output.
        header: written first to a file that is empty.
        keep: bytes to keep of what is there; None: nothing, a new file is made.

    Raises:
        OutputError: the file cannot be opened.
    """

    def __init__(
        self, path: Path | None, *, header: str = "", keep: int | None = None
    ) -> None:
        self._display_name = display_name(path)
        self._owned = path is not None
        self._is_file = path is not None and not is_written_into(path)
        try:
            self._file = self._open(path, keep)
            if header and not keep:
                self._put(header)
        except OSError as error:
            raise failed(self._display_name, error) from error

    def put(self, text: str) -> None:
        """Append a text; an empty one writes nothing.

        Raises:
            OutputError: it cannot be written.
        """
        try:
            self._put(text)
        except BrokenPipeError:
            if not self._owned:  # `… --records - | head -1` is no error
                raise
            raise failed(self._display_name, BrokenPipeError("closed")) from None
        except OSError as error:
            raise failed(self._display_name, error) from error

    def mark(self) -> tuple[Mark, ...]:
        """Bring the file to the disk, and mark it; nothing where it is no file.

        Raises:
            OutputError: it cannot be written.
        """
        if not self._is_file:
            return ()
        try:
            size = self._file.seek(0, os.SEEK_END)
            return sync_mark(self._file, (0, size))
        except OSError as error:
            raise failed(self._display_name, error) from error

    def close(self) -> None:
        """Close the file; standard output stays open. Safe to call twice.

        Raises:
            OutputError: it was removed meanwhile, and all that was written with it.
        """
        if not self._owned or self._file.closed:
            return
        is_gone = self._is_file and not os.fstat(self._file.fileno()).st_nlink
        self._file.close()
        if is_gone:
            raise OutputError(f"{self._display_name} was removed while it was written")

    def _open(self, path: Path | None, keep: int | None) -> BinaryIO:
        if path is None:
            return sys.stdout.buffer
        if not self._is_file:
            return path.open("wb", buffering=0)
        if keep is None:
            return path.open("w+b", buffering=0)
        file = path.open("a+b", buffering=0)  # makes it where only a header is missing
        file.truncate(keep)
        return file

    def _put(self, text: str) -> None:
        left = memoryview(text.encode())
        while left:
            left = left[self._file.write(left) :]
        self._file.flush()


class LineFile:
    """A line-based file of records.

    Args:
        file: where the lines go.
        encode: formats one entry as lines.
        video: the tracked video.
    """

    def __init__(self, file: AppendedFile, encode: Encode, video: VideoInfo) -> None:
        self._file, self._encode, self._video = file, encode, video
        self.mark, self.close = file.mark, file.close

    def write(self, entry: FrameRecord) -> None:
        """Append one frame; a frame without lines writes nothing."""
        self._file.put(self._encode(entry, self._video))


def display_name(path: Path | None) -> str:
    """Name an output in messages."""
    return "standard output" if path is None else printable(str(path))


def failed(name: str, error: OSError) -> OutputError:
    """Make the error for a file that cannot be written."""
    return OutputError(
        f"cannot write {name}: {error.strerror or error}",
        hint="check permissions and free space",
    )
