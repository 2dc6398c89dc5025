"""Standard output that fails with an error that names it; a log that never fails."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer


class StdoutError(OSError):
    """Standard output is closed, or its disk is full."""


class _Stdout(io.FileIO):
    """File descriptor 1; what it cannot write is an error of its own class."""

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StdoutError(error.errno, error.strerror) from error


class _Lenient(io.RawIOBase):
    """A raw stream that drops what cannot be written.

    A log on a full disk, or in a pipe whose reader has left, is no reason to end a job:
    what it makes is not lost with it.

    Args:
        raw: where it is written.
        owner: the stream that would close `raw` if nothing referred to it.
    """

    def __init__(self, raw: io.RawIOBase, owner: TextIO) -> None:
        self._raw, self._owner = raw, owner

    def write(self, data: "bytes | memoryview") -> int:  # type: ignore[override]
        """Write what can be written, and say that all was."""
        try:
            written = self._raw.write(data)
        except OSError:
            written = None
        return len(data) if written is None else written

    def writable(self) -> bool:
        """Yes."""
        return True

    def fileno(self) -> int:
        """That of the stream within."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """That of the stream within."""
        return self._raw.isatty()


def open_standard_streams() -> None:
    """Make sure that 0, 1 and 2 are open: a pipe must never get such a number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # 1 cannot be written, as if it were still closed: what a command prints
            # there is lost, which must not look like success.
            os.open(os.devnull, os.O_RDONLY if descriptor == 1 else os.O_RDWR)
    if sys.stderr is None:  # it was closed: 2 is the null device now
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if not (sys.stdout is not None and sys.stdout.isatty()):
        encoding = sys.stdout.encoding if sys.stdout is not None else None
        raw = io.BufferedWriter(_Stdout(1, "wb", closefd=False))
        sys.stdout = io.TextIOWrapper(raw, encoding)
    for stream in (sys.stdout, sys.stderr):
        # A name that is not UTF-8 must not end in a UnicodeEncodeError.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    _let_errors_fail()


def _let_errors_fail() -> None:
    """Let standard error drop what cannot be written."""
    buffer = getattr(sys.stderr, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # `python -u` has no buffer
    if isinstance(raw, io.RawIOBase):
        sys.stderr = _lenient_text(raw, sys.stderr)


def _lenient_text(raw: io.RawIOBase, stream: TextIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(_Lenient(raw, stream)),  # type: ignore[type-var] # it is raw
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )
