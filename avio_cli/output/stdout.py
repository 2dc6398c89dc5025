"""Standard output that fails with an error that names it."""

import io
import os
import sys
from typing import TYPE_CHECKING

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


def open_standard_streams() -> None:
    """Make sure that 0, 1 and 2 are open: a pipe must never get such a number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # 1 cannot be written, as if it were still closed: what a command prints
            # there is lost, which must not look like success.
            os.open(os.devnull, os.O_RDONLY if descriptor == 1 else os.O_RDWR)
    if not (sys.stdout is not None and sys.stdout.isatty()):
        encoding = sys.stdout.encoding if sys.stdout is not None else None
        raw = io.BufferedWriter(_Stdout(1, "wb", closefd=False))
        sys.stdout = io.TextIOWrapper(raw, encoding)
    for stream in (sys.stdout, sys.stderr):
        # A name that is not UTF-8 must not end in a UnicodeEncodeError.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
