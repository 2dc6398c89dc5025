"""FIFOs and device nodes for tests, made in a folder of their own."""

import os
import stat
import threading
from pathlib import Path
from types import TracebackType

import pytest

PATIENCE = 60
"""Seconds for a reader to get all: only a hang takes so long."""


def null_node(path: Path) -> Path:
    """A node like ``/dev/null``, which no test touches."""
    return _node(path, stat.S_IFCHR, os.makedev(1, 3))


def full_node(path: Path) -> Path:
    """A node like ``/dev/full``, where nothing can be written."""
    return _node(path, stat.S_IFCHR, os.makedev(1, 7))


def disk_node(path: Path) -> Path:
    """The node of a disk that is not there: opening it would fail."""
    return _node(path, stat.S_IFBLK, os.makedev(7, 200))


def _node(path: Path, kind: int, device: int) -> Path:
    try:
        os.mknod(path, kind | 0o666, device)
        if stat.S_ISCHR(kind):
            os.close(os.open(path, os.O_WRONLY))  # mounted with nodev?
    except OSError as error:
        pytest.skip(f"a device node cannot be made here: {error.strerror}")
    return path


class Fifo:
    """A FIFO, and a thread that reads all that is written into it.

    Args:
        path: where it is made.
        limit: bytes after which the reader leaves; -1: never.
    """

    def __init__(self, path: Path, limit: int = -1) -> None:
        os.mkfifo(path)
        self.path, self.content, self._limit = path, b"", limit
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Fifo":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.join(PATIENCE)
        assert kind or not self._thread.is_alive(), "nobody wrote into the FIFO"
        assert stat.S_ISFIFO(self.path.lstat().st_mode)

    def _read(self) -> None:
        with self.path.open("rb", buffering=0) as source:
            if self._limit < 0:
                self.content = source.read()
            else:
                self.content = source.read(self._limit)
