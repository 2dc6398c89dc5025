"""PartIndex: which parts there are, as JSON lines; it outlives the run."""

import contextlib
import errno
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.url import printable
from avio_cli.output.hidden import HiddenFile, is_being_made, remove_left
from avio_cli.replacing import new_file, remove_new_files

State = Literal["open", "finished", "interrupted", "removed", "foreign"]
"""Of a part: ``open`` while it is written, ``interrupted`` where its run was killed
before its end, ``foreign`` where what has its name now is something else."""
Entry = Mapping[str, Any]
"""A line: at least ``part``, the name relative to the index, and ``state``."""

_HEADER = {"avio": "parts", "version": 1}
_MOST_BYTES = 256 << 20
_GONE = ("removed", "foreign")
_STALE_LINES = 1000
"""Lines that mean nothing any more, from which on the file is written again."""


class PartIndex:
    """The index of an output's parts, which one run writes at a time.

    Args:
        path: the file; made where there is none.
        remembers: whether parts that are complete can be asked for: where none is
            ever removed, they become more and more, and only the file lists them.

    Raises:
        OutputError: it is of something else, cannot be written, or is in use.
    """

    def __init__(self, path: Path, *, remembers: bool = True) -> None:
        self.path, self._remembers = path, remembers
        self._entries: dict[str, Entry] = {}
        self._stale = 0
        self._is_new = False
        """Whether this run made the file, and nothing is in it."""
        self._lock = _claim(path)
        try:
            remove_new_files(path)
            self._file = self._opened()
        except BaseException:
            self._unlock()
            raise

    def entries(self, *states: State) -> list[Entry]:
        """The last line of each part in one of those states, the oldest first."""
        return [entry for entry in self._entries.values() if entry["state"] in states]

    def put(self, part: str, state: State, **facts: Any) -> None:
        """Add a line, and bring it to the disk.

        Raises:
            OutputError: it cannot be written.
        """
        entry = {"part": part, "state": state, **facts}
        self._stale += part in self._entries
        self._take(entry)
        self._is_new = False
        try:
            self._file.write(_line(entry))
            self._file.flush()
            os.fsync(self._file.fileno())
            if self._stale > _STALE_LINES:
                self._write_again()
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Release it; it stays if it lists anything. Safe to call twice."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._remove_new()
        self._unlock()

    def _take(self, entry: Entry) -> None:
        gone = entry["state"] in _GONE
        self._stale += gone
        if gone or (not self._remembers and entry["state"] != "open"):
            self._entries.pop(entry["part"], None)
        else:
            _replace(self._entries, entry)

    def _opened(self) -> IO[bytes]:
        try:
            file = _open(self.path)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._read(file)
        except BaseException as error:
            with contextlib.suppress(OSError):  # it writes what it could not, again
                file.close()
            self._remove_new()
            if isinstance(error, OSError):
                raise self._unwritable(error) from error
            raise
        return file

    def _remove_new(self) -> None:
        if self._is_new:
            self._is_new = False
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _read(self, file: IO[bytes]) -> None:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise self._foreign()
        lines = file.read(_MOST_BYTES).splitlines(keepends=True)
        if not lines:
            self._is_new = True
            file.write(_line(_HEADER))
            file.flush()
            return
        header = _parsed(lines[0])
        if any(header.get(key) != value for key, value in _HEADER.items()):
            raise self._foreign()
        for entry in _entries_in(lines[1:]):
            self._take(entry)
        if not lines[-1].endswith(b"\n"):  # its run was killed while it wrote
            file.write(b"\n")

    def _write_again(self) -> None:
        """Leave out what has been replaced by later lines."""
        self._file.seek(0)
        latest: dict[str, Entry] = {}
        for entry in _entries_in(self._file):
            _replace(latest, entry)
        kept = (entry for entry in latest.values() if entry["state"] not in _GONE)
        path, descriptor = new_file(self.path)
        file = os.fdopen(descriptor, "r+b")
        try:
            file.writelines(map(_line, (_HEADER, *kept)))
            file.flush()
            os.fsync(file.fileno())
            path.replace(self.path)
        except OSError:
            file.close()
            path.unlink(missing_ok=True)
            raise
        self._file.close()
        self._file, self._stale = file, 0

    def _unlock(self) -> None:
        with contextlib.suppress(OSError):
            self._lock.path.unlink(missing_ok=True)
        self._lock.release()

    def _foreign(self) -> OutputError:
        return OutputError(
            f"{printable(str(self.path))} is no index of parts",
            hint="move it away, or choose another name for the output",
        )

    def _unwritable(self, error: OSError) -> OutputError:
        shown, cause = printable(str(self.path)), error.strerror
        if error.errno == errno.ELOOP:
            cause, hint = "it is a link", "an index is a file: move the link away"
        else:
            hint = "check the folder's permissions and space"
        return OutputError(f"cannot write {shown}: {cause}", hint=hint)


def _claim(path: Path) -> HiddenFile:
    remove_left(path)
    if is_being_made(path):
        raise OutputError(
            f"another avio is writing the parts of {printable(path.name)}",
            hint="wait until it has ended, or choose another name",
        )
    try:
        return HiddenFile(path, path.parent)
    except OSError as error:
        shown, cause = printable(str(path)), error.strerror
        raise OutputError(
            f"cannot write {shown}: {cause}",
            hint="check the folder's permissions and space",
        ) from error


def _open(path: Path) -> IO[bytes]:
    """Open for reading and appending; a link is not followed."""
    names = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
    flags = sum(getattr(os, name, 0) for name in names)
    flags |= os.O_RDWR | os.O_CREAT | os.O_APPEND
    return os.fdopen(os.open(path, flags, 0o666), "r+b")


def _line(entry: Entry) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _entries_in(lines: Iterable[bytes]) -> Iterator[Entry]:
    for entry in map(_parsed, lines):
        if isinstance(entry.get("part"), str) and entry.get("state"):
            yield entry


def _replace(entries: dict[str, Entry], entry: Entry) -> None:
    """Put a part's last line behind those of all others."""
    entries.pop(entry["part"], None)
    entries[entry["part"]] = entry


def _parsed(line: bytes) -> dict[str, Any]:
    """A line's object; empty where it is none, as the torn line of a killed run."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(line)
        if isinstance(found, dict):
            return found
    return {}


def time_of(entry: Entry, fact: str) -> datetime | None:
    """A time that a line has; None where it has none."""
    with contextlib.suppress(KeyError, ValueError, TypeError):
        time = datetime.fromisoformat(entry[fact])
        return time if time.tzinfo is not None else None
    return None


def part_names(index: PartIndex) -> Iterator[str]:
    """The parts that can be played."""
    return (str(e["part"]) for e in index.entries("finished", "interrupted"))
