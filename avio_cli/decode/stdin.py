"""Standard input: streamed as it arrives, or spooled to a file to be read repeatedly.

Children inherit our standard input. While a source is streamed, that is a pipe of our
own: a thread copies the data into it, and keeps a copy for as long as the probe reads.
The decoder then gets a new pipe, with the copy first. Where an index may be at the end
of the data, or the encoder reads the audio too, each needs a file.
"""

import contextlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.process.spawn import enlarge_pipe_buffer
from avio_cli.ffmpeg.url import MediaUrl, file_url

CHUNK = 1 << 16


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
            while chunk := os.read(self._source, CHUNK):
                if self._buffering:
                    self._buffered.append(chunk)
                _write_all(out.fileno(), chunk)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


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
    with tempfile.TemporaryDirectory(prefix="avio-") as folder:
        path = Path(folder) / "stdin"
        _copy(path)
        yield replace(url, kind="file", url=file_url(path))


def _copy(path: Path) -> None:
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("there is nothing on stdin", hint="pipe a media file into it")
    try:
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
    except OSError as error:
        raise InputError(
            f"cannot keep stdin in {path.parent}: {error.strerror}",
            hint="set TMPDIR to a folder with more space",
        ) from error
    if path.stat().st_size == 0:
        raise InputError("stdin is empty")
