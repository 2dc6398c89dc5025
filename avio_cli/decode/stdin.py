"""Standard input: streamed as it arrives, or spooled to a file to be read repeatedly.

Children inherit our standard input. While a source is streamed, that is a pipe of our
own: a thread copies the data into it, and keeps a copy for as long as the probe reads.
The decoder then gets a new pipe, with the copy first. Where an index is at the end of
the data, or something is read twice, a file is needed.
"""

import contextlib
import logging
import os
import select
import shutil
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.process.spawn import enlarge_pipe_buffer
from avio_cli.ffmpeg.url import MediaUrl, file_url
from avio_cli.temporary import TemporaryFolder

LOG = logging.getLogger("avio.stdin")

CHUNK = 1 << 16
_BOXES = frozenset({b"ftyp", b"free", b"skip", b"wide", b"uuid", b"pdin", b"styp"})
"""What may come before the index, or the data, of MP4 and its kin."""
_HEAD = 512
_IMAGES = frozenset({b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"})
"""Brands of still images: their parts are looked up, not read in order."""


class StdinTee:
    """Replaces file descriptor 0, once in a process.

    Raises:
        InputError: there is nothing on stdin.
    """

    def __init__(self) -> None:
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError(
                "there is nothing on stdin", hint="pipe a media file into it"
            )
        self._source = os.dup(0)
        self._buffered: list[bytes] = []
        self._buffering = True
        self._thread: threading.Thread | None = None

    def head(self) -> bytes:
        """The first bytes: as many as arrive together, and at least a few.

        Raises:
            InputError: there are none.
        """
        head = b"".join(self._buffered)
        while len(head) < _HEAD and (chunk := os.read(self._source, CHUNK)):
            self._buffered.append(chunk)
            head += chunk
        if not head:
            raise InputError("stdin is empty")
        return head

    def spool(self, path: Path) -> None:
        """Write everything from the start into a file; nobody reads it any more.

        Raises:
            OSError: it cannot be written.
        """
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)  # the last reader of the old pipe
        if self._thread is not None:
            self._thread.join()
        with path.open("wb") as file:
            file.writelines(self._buffered)
            self.stop_buffering()
            while chunk := os.read(self._source, CHUNK):
                file.write(chunk)

    def start(self) -> None:
        """Give a new reader everything from the start; the one before has ended."""
        read_end, write_end = os.pipe()
        enlarge_pipe_buffer(read_end)
        os.dup2(read_end, 0)  # the last reader of the old pipe: its thread ends
        os.close(read_end)
        if self._thread is not None:
            self._thread.join()
        buffered = list(self._buffered)
        self._thread = threading.Thread(
            target=self._copy, args=(write_end, buffered), daemon=True
        )
        self._thread.start()

    def stop_buffering(self) -> None:
        """Keep no copy any more: the current reader is the last one."""
        self._buffering = False
        self._buffered.clear()

    def _copy(self, write_end: int, buffered: list[bytes]) -> None:
        # The reader may leave at any time.
        with contextlib.suppress(BrokenPipeError), os.fdopen(write_end, "wb", 0) as out:
            for chunk in buffered:
                _write_all(out.fileno(), chunk)
            while self._is_wanted(out.fileno()):
                if not (chunk := os.read(self._source, CHUNK)):
                    return
                if self._buffering:
                    self._buffered.append(chunk)
                _write_all(out.fileno(), chunk)

    def _is_wanted(self, pipe: int) -> bool:
        """Wait for data; returns False where the reader of the pipe left meanwhile.

        Else a source that pauses would keep the next reader waiting.
        """
        if not hasattr(select, "poll"):  # Windows
            return True
        waiting = select.poll()
        waiting.register(self._source, select.POLLIN)
        waiting.register(pipe, 0)  # only errors: nobody reads it
        return all(number != pipe for number, _ in waiting.poll())


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def why_not_streamed(head: bytes) -> str:
    """Why data must be read from a file, by its first bytes; empty: it need not."""
    position = 0
    while position + 8 <= len(head):
        size, name = int.from_bytes(head[position : position + 4]), head[position + 4 :]
        if name[:4] == b"mdat":
            return "its index is at the end"
        if name[:4] == b"ftyp" and name[4:8] in _IMAGES:
            return "its parts are not in order"
        if name[:4] not in _BOXES or size < 8:
            return ""
        position += size
    return ""


def is_transport_stream(head: bytes) -> bool:
    """Whether data is MPEG-TS, by its first bytes."""
    return len(head) > 2 * 188 and head[0] == head[188] == head[376] == 0x47


def regular_file(url: MediaUrl) -> MediaUrl:
    """Standard input by another name where it is a file: that can be searched."""
    own = Path(f"/proc/{os.getpid()}/fd/0")
    try:
        whole = stat.S_ISREG(os.fstat(0).st_mode) and not os.lseek(0, 0, os.SEEK_CUR)
    except OSError:
        return url
    if not (whole and own.exists() and os.fstat(0).st_size):
        return url
    return replace(url, kind="file", url=file_url(own))


@contextmanager
def spooled_tee(tee: StdinTee, url: MediaUrl, reason: str) -> Iterator[MediaUrl]:
    """Keep all of stdin in a file until the block ends; it is said why.

    Raises:
        InputError: it cannot be kept.
    """
    LOG.warning("stdin is read into a temporary file first: %s", reason)
    with TemporaryFolder() as folder:
        path = folder / "stdin"
        try:
            tee.spool(path)
        except OSError as error:
            raise _not_kept(path, error) from error
        yield replace(url, kind="file", url=file_url(path))


def _not_kept(path: Path, error: OSError) -> InputError:
    return InputError(
        f"cannot keep stdin in {path.parent}: {error.strerror}",
        hint="set TMPDIR to a folder with more space",
    )


@contextmanager
def spooled_stdin(url: MediaUrl) -> Iterator[MediaUrl]:
    """Give an address that may be opened several times.

    Files and URLs are returned as they are; stdin is read to its end first, and
    the copy is removed when the block ends.

    Raises:
        InputError: stdin is empty, closed, or cannot be kept.
    """
    if url.kind != "stdin":
        yield url
        return
    with TemporaryFolder() as folder:
        path = folder / "stdin"
        _copy(path)
        yield replace(url, kind="file", url=file_url(path))


def _copy(path: Path) -> None:
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("there is nothing on stdin", hint="pipe a media file into it")
    try:
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
    except OSError as error:
        raise _not_kept(path, error) from error
    if path.stat().st_size == 0:
        raise InputError("stdin is empty")
