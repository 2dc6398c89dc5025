"""Record files that grow by whole frames."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.url import printable
from avio_cli.records.entry import FrameRecord, VideoInfo

Encode = Callable[[FrameRecord, VideoInfo], str]


class RecordWriter(Protocol):
    """Writes entries of one format; `write` hands each to the operating system."""

    def write(self, entry: FrameRecord) -> None:
        """Append one frame.

        Raises:
            OutputError: it cannot be written.
        """
        ...

    def close(self) -> None:
        """Make the file complete; safe to call twice."""
        ...


class LineFile:
    """A line-based file: one write a frame, so that a kill leaves whole frames.

    Args:
        path: the file; None for standard output.
        encode: formats one entry as lines.
        video: the tracked video.
        header: written first to a file that is empty.
        append: whether to append to an existing file.

    Raises:
        OutputError: the file cannot be opened.
    """

    def __init__(
        self,
        path: Path | None,
        encode: Encode,
        video: VideoInfo,
        *,
        header: str = "",
        append: bool = False,
    ) -> None:
        self._display_name = display_name(path)
        self._encode = encode
        self._video = video
        self._owned = path is not None
        try:
            self._file = _open(path, append)
            if header and not (append and path and path.stat().st_size):
                self._put(header)
        except OSError as error:
            raise failed(self._display_name, error) from error

    def write(self, entry: FrameRecord) -> None:
        """Append one frame; a frame without lines writes nothing."""
        lines = self._encode(entry, self._video)
        if lines:
            try:
                self._put(lines)
            except BrokenPipeError:
                if not self._owned:  # `… --records - | head -1` is no error
                    raise
                raise failed(self._display_name, BrokenPipeError("closed")) from None
            except OSError as error:
                raise failed(self._display_name, error) from error

    def close(self) -> None:
        """Close the file; standard output stays open."""
        if self._owned:
            self._file.close()

    def _put(self, text: str) -> None:
        left = memoryview(text.encode())
        while left:
            left = left[self._file.write(left) :]
        self._file.flush()


def display_name(path: Path | None) -> str:
    """Name an output in messages."""
    return "standard output" if path is None else printable(str(path))


def _open(path: Path | None, append: bool) -> BinaryIO:
    if path is None:
        return sys.stdout.buffer
    return path.open("ab" if append else "wb", buffering=0)


def failed(name: str, error: OSError) -> OutputError:
    """Make the error for a file that cannot be written."""
    return OutputError(
        f"cannot write {name}: {error.strerror or error}",
        hint="check permissions and free space",
    )
