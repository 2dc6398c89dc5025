"""Detections kept between the two passes of a refined run, in a file.

The file is hidden beside the records, and stays where a run is killed: what was
detected is not detected again. Without a file of records it is a nameless one.
"""

import json
import os
import stat
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from avio_cli.closing import ClosedOnExit
from avio_cli.detections import Detections
from avio_cli.errors import InputError, OutputError
from avio_cli.records.files import display_name, failed

_HEAD = struct.Struct("<qdI")
"""Presentation time in ticks and in seconds, and how many detections follow."""
_CHECK = struct.Struct("<I")
_ROW_BYTES = 4 * 4 + 4 + 8
"""And two for each number of an embedding."""
_END = 0xFFFFFFFF
"""In place of the count of detections: the first pass is at its end."""
_MOST_ROWS = 1 << 24
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


class Kept(NamedTuple):
    """A frame's detections."""

    pts: int
    seconds: float
    detections: Detections
    embeddings: NDArray[np.float32]
    """(n, length): what each looks like; zeros where that was not asked."""


class KeptDetections(ClosedOnExit):
    """Detections by frame, appended in order and read at any place.

    Args:
        path: the file; None for a nameless one.
        asked: what determines the detections; with anything else the file is started
            again.
        resume: go on with what is in the file; else it is started again.
        length: how many numbers an embedding has; 0: none are kept.

    Raises:
        OutputError: it cannot be written.
    """

    def __init__(
        self,
        path: Path | None,
        asked: Mapping[str, str],
        *,
        resume: bool,
        length: int = 0,
    ) -> None:
        self._path, self.length = path, length
        self._row_bytes = _ROW_BYTES + 2 * length
        self._offsets: list[int] = []
        self.complete = False
        """Whether the first pass is at its end."""
        self._header = f"{json.dumps(dict(asked), sort_keys=True)}\n".encode()
        try:
            self._file = _opened(path, resume=resume)
            if self._file.read(len(self._header)) == self._header:
                self._find_frames()
            else:
                self._begin()
        except OSError as error:
            raise failed(_NAME, error) from error

    def __len__(self) -> int:
        return len(self._offsets)

    def append(
        self,
        pts: int,
        seconds: float,
        found: Detections,
        embeddings: NDArray[np.float32] | None = None,
    ) -> None:
        """Append a frame.

        Args:
            pts: its presentation time in ticks.
            seconds: the same in seconds.
            found: its detections.
            embeddings: (n, length) of them, where these are kept.

        Raises:
            OutputError: it cannot be written.
        """
        offset = self._size
        boxes, scores = found.boxes.astype("<f4"), found.scores.astype("<f4")
        columns = (boxes, scores, found.classes.astype("<i8"))
        rows = b"".join(column.tobytes() for column in columns)
        if embeddings is not None:
            rows += embeddings.astype("<f2").tobytes()
        self._put(_HEAD.pack(pts, seconds, len(found)) + rows)
        self._offsets.append(offset)

    def finish(self) -> None:
        """Note that the first pass is at its end.

        Raises:
            OutputError: it cannot be written.
        """
        self._put(_HEAD.pack(0, 0.0, _END))
        self.complete = True

    def at(self, index: int) -> Kept:
        """Read a frame.

        Raises:
            IndexError: there is none.
            InputError: it cannot be read any more.
        """
        offset = self._offsets[index]
        try:
            self._file.seek(offset)
            pts, seconds, count = _HEAD.unpack(self._file.read(_HEAD.size))
            rows = self._file.read(count * self._row_bytes)
        except (OSError, struct.error) as error:
            raise InputError(f"cannot read {_NAME}: {error}") from error
        if len(rows) != count * self._row_bytes:
            raise InputError(f"cannot read {_NAME}: they were changed")
        boxes = np.frombuffer(rows, "<f4", 4 * count).reshape(-1, 4)
        scores = np.frombuffer(rows, "<f4", count, 16 * count)
        classes = np.frombuffer(rows, "<i8", count, 20 * count)
        found = Detections(
            boxes.astype(np.float32), scores.astype(np.float32), classes.astype("i8")
        )
        looks = np.frombuffer(rows, "<f2", count * self.length, count * _ROW_BYTES)
        embeddings = looks.reshape(count, self.length).astype(np.float32)
        return Kept(pts, seconds, found, embeddings)

    def frames(self) -> Iterator[tuple[Detections, float]]:
        """Read all frames: detections, and the time in seconds."""
        for index in range(len(self)):
            kept = self.at(index)
            yield kept.detections, kept.seconds

    def content(self) -> bytes:
        """All of the file, as another one may be opened with it.

        Raises:
            InputError: it cannot be read any more.
        """
        try:
            self._file.seek(0)
            return self._file.read(self._size)
        except OSError as error:
            raise InputError(f"cannot read {_NAME}: {error}") from error

    def close(self) -> None:
        """Close the file, and remove it if it is of no use; safe to call twice."""
        if self._file.closed:
            return
        # What was written is checked when it is read again.
        with suppress(OSError):
            self._file.close()
        if not self._offsets:
            remove_left(self._path)

    def remove(self) -> None:
        """Close the file and remove it: the run is complete."""
        self.close()
        remove_left(self._path)

    def begin_again(self) -> None:
        """Forget all frames.

        Raises:
            OutputError: it cannot be written.
        """
        try:
            self._begin()
        except OSError as error:
            raise failed(_NAME, error) from error

    def _begin(self) -> None:
        self._offsets, self._size, self.complete = [], len(self._header), False
        self._file.truncate(0)
        self._write(0, self._header)

    def _find_frames(self) -> None:
        """Find the whole frames, and drop what a kill left behind them."""
        self._size = self._file.seek(0, os.SEEK_CUR)
        while head := self._file.read(_HEAD.size):
            count = _HEAD.unpack(head)[2] if len(head) == _HEAD.size else _MOST_ROWS
            self.complete = count == _END
            count = 0 if self.complete else count
            size = count * self._row_bytes if count < _MOST_ROWS else 0
            rows = self._file.read(size)
            if self._file.read(_CHECK.size) != _CHECK.pack(zlib.crc32(head + rows)):
                self.complete = False
                break
            if not self.complete:
                self._offsets.append(self._size)
            self._size = self._file.seek(0, os.SEEK_CUR)
        self._file.truncate(self._size)

    def _put(self, content: bytes) -> None:
        try:
            self._write(self._size, content + _CHECK.pack(zlib.crc32(content)))
        except OSError as error:
            raise failed(_NAME, error) from error
        self._size += len(content) + _CHECK.size

    def _write(self, offset: int, content: bytes) -> None:
        self._file.seek(offset)
        rest = memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]


_NAME = "the detections of the first pass"
_STARTS = (b'{"INPUT": ', b'{"--')
"""How the file begins, whatever the options."""


def remove_left(path: Path | None) -> None:
    """Remove the file of a run that needs it no longer, if there is one.

    What a user calls so is left.
    """
    if path is None or (file := _reopened(path)) is None:
        return
    file.close()
    with suppress(OSError):
        path.unlink()


def _opened(path: Path | None, *, resume: bool) -> FileIO:
    # Without a buffer, nothing is left to be written when the file is closed.
    if path is None:
        return tempfile.TemporaryFile(buffering=0)
    known = _reopened(path)
    if known is not None and resume:
        return known
    if known is not None:
        known.close()
    elif path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1:
        raise OutputError(
            f"{display_name(path)} exists, and is not of a refined run",
            hint="it would be replaced: move it, or name other records",
        )
    path.unlink(missing_ok=True)  # it may be a link to another file
    new = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o666)
    return FileIO(new, "r+")


def _reopened(path: Path) -> FileIO | None:
    """The file that an earlier run left; None if this is not one."""
    try:
        descriptor = os.open(path, os.O_RDWR | _FLAGS)
    except OSError:
        return None
    if _is_own(os.fstat(descriptor)):
        file = FileIO(descriptor, "r+")
        start = file.read(len(_STARTS[0]))
        file.seek(0)
        # A run that was killed at its start leaves an empty one.
        if not start or start.startswith(_STARTS):
            return file
        file.close()
    else:
        os.close(descriptor)
    return None


def _is_own(found: os.stat_result) -> bool:
    """Whether it is a file with one name, made by this user."""
    own = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    return own and found.st_nlink == 1 and stat.S_ISREG(found.st_mode)
