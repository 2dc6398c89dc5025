"""FileBytes: bytes of a file by their offsets, read in windows.

No memory map: a file that is cut off while it is mapped ends Python by a signal.
"""

import os
import struct
from typing import Any, BinaryIO

_WINDOW = 1 << 16
_BLOCK = 1 << 20


class FileBytes:
    """The bytes that a file had when it was opened.

    Args:
        file: unbuffered, open for reading; it stays the caller's.

    Raises:
        EOFError: by all that reads, where the file is shorter by now.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._start, self._window = 0, b""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: int) -> int:
        if not 0 <= at < self._size:
            raise IndexError(at)
        inside = at - self._start
        if not 0 <= inside < len(self._window):
            self._load(at, 1)
            inside = at - self._start
        return self._window[inside]

    def read(self, at: int, length: int) -> bytes:
        """Up to so many bytes from an offset on: fewer at the end."""
        length = max(min(length, self._size - at), 0)
        inside = at - self._start
        if not 0 <= inside <= len(self._window) - length:
            self._load(at, length)
            inside = at - self._start
        return self._window[inside : inside + length]

    def unpack(self, form: str, at: int) -> tuple[Any, ...]:
        """Numbers at an offset, as `struct` reads them.

        Raises:
            struct.error: the file ends before.
        """
        return struct.unpack(form, self.read(at, struct.calcsize(form)))

    def find(self, wanted: bytes, start: int = 0, stop: int | None = None) -> int:
        """The first place of some bytes; -1 where there is none."""
        stop = self._size if stop is None else min(stop, self._size)
        while start < stop:
            block = self.read(start, min(_BLOCK, stop - start))
            if (found := block.find(wanted)) >= 0:
                return start + found
            start += max(len(block) - len(wanted) + 1, 1)
        return -1

    def first_set(self, start: int, stop: int | None = None) -> int:
        """The first byte that is not 0; `stop`, or the size, where there is none."""
        stop = self._size if stop is None else min(stop, self._size)
        while start < stop:
            block = self.read(start, min(_BLOCK, stop - start))
            if rest := block.lstrip(b"\0"):
                return start + len(block) - len(rest)
            start += len(block)
        return stop

    def _load(self, at: int, length: int) -> None:
        wanted = min(max(length, _WINDOW), self._size - at)
        self._file.seek(at)
        window = self._file.read(wanted)
        while len(window) < wanted:
            more = self._file.read(wanted - len(window))
            if not more:
                raise EOFError("the file became shorter")
            window += more
        self._start, self._window = at, window
