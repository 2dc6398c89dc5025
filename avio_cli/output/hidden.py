"""Hidden files of unfinished results: their names, and whose they are.

Process ids say nothing about other machines and containers that share the folder, so a
run holds a lock. What is not locked is left of a run that was killed.
"""

import contextlib
import functools
import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from avio_cli.temporary import lock

_MARK = ".avio-"
_NAME_BYTES = 255
_TAIL_BYTES = 42
"""Room for the dot, the mark, a process id, twelve digits, and a sidecar's number."""
_ATTEMPTS = 10
_FOREIGN_SECONDS = 24 * 3600.0
"""How old a file of another machine must be: some file systems (sshfs, NFS with local
locks) do not show its lock here."""
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


class HiddenFile:
    """An empty file next to a result's final name, and a lock file that goes with it.

    The file itself is not locked: on SMB shares ffmpeg could not write into it. Where
    the platform has no locks (Windows), what is open cannot be removed.

    Args:
        final: the result's path; the hidden name contains it.
        folder: where the file is made.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, final: Path, folder: Path) -> None:
        self._descriptor: int | None = None
        for _ in range(_ATTEMPTS):
            self.path = folder / _new_name(final)
            self._lock_file = _lock_file(self.path)
            self._descriptor = _create(self._lock_file)
            # Another avio may have taken it for left in this very moment.
            held = lock(self._descriptor) is not False
            if held and _is_at(self._descriptor, self._lock_file):
                break
            self.release()
        try:
            os.close(_create(self.path))
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Give up the lock; safe to call twice. The file stays."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            with contextlib.suppress(OSError):
                self._lock_file.unlink()

    def __del__(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def _create(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)


def _lock_file(hidden: Path) -> Path:
    return hidden.with_name(f"{hidden.name}.lock")


def sidecars(hidden: Path) -> list[Path]:
    """The files named after a hidden one, except its lock file."""
    prefix, lock_file = f"{hidden.name}.", _lock_file(hidden).name
    with contextlib.suppress(OSError):
        names = [e.name for e in hidden.parent.iterdir() if e.name.startswith(prefix)]
        return [hidden.with_name(name) for name in names if name != lock_file]
    return []


@contextlib.contextmanager
def hidden_beside(final: Path) -> Iterator[HiddenFile]:
    """A hidden file next to a final name, removed at the end with all named after it.

    Raises:
        OSError: it cannot be made.
    """
    remove_left(final)
    hidden = HiddenFile(final, final.parent)
    try:
        yield hidden
    finally:
        _remove_regular([hidden.path, *sidecars(hidden.path)])
        hidden.release()


def remove_left(final: Path) -> None:
    """Remove what killed runs left for the same name; never fails."""
    with contextlib.suppress(OSError):
        for hidden, local in list(_hidden_of(final)):
            with contextlib.suppress(OSError):
                _remove_if_left(hidden, local)


def is_being_made(final: Path) -> bool:
    """Whether another avio holds a hidden file for the same name."""
    with contextlib.suppress(OSError):
        return any(_is_locked(hidden) for hidden, _ in _hidden_of(final))
    return False


def _new_name(final: Path) -> str:
    token = f"{_machine()}{secrets.token_hex(4)}"
    return f"{_prefix(final)}{os.getpid()}-{token}{final.suffix}"


def _prefix(final: Path) -> str:
    room = _NAME_BYTES - _TAIL_BYTES - len(os.fsencode(final.suffix))
    return f".{os.fsdecode(os.fsencode(final.name)[: max(room, 0)])}{_MARK}"


@functools.cache
def _machine() -> str:
    """Four digits of this system since its start: its processes see each other's locks.

    Containers share them, and after a power cut they are others.
    """
    try:
        name = Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        name = os.uname().nodename.encode() if hasattr(os, "uname") else b""
    return hashlib.sha256(name).hexdigest()[:4]


def _hidden_of(final: Path) -> Iterator[tuple[Path, bool]]:
    """Hidden files for a name that have a lock file, and if it was made here."""
    name = re.compile(
        rf"({re.escape(_prefix(final))}\d{{1,10}}-([0-9a-f]{{12}}){re.escape(final.suffix)})"
        r"\.lock",
        re.ASCII,
    )
    for entry in final.parent.iterdir():
        if found := name.fullmatch(entry.name):
            yield final.with_name(found[1]), found[2].startswith(_machine())


def _remove_if_left(hidden: Path, local: bool) -> None:
    lock_file = _lock_file(hidden)
    with _opened(lock_file) as descriptor:
        held = lock(descriptor)
        if not (
            _is_at(descriptor, lock_file) and (local or _is_old(hidden, descriptor))
        ):
            return
        if held:
            _remove_regular([hidden, *sidecars(hidden), lock_file])
            return
    if held is None and os.name == "nt":  # ours was open, and in the way
        lock_file.unlink()
        _remove_regular([hidden, *sidecars(hidden)])


def _is_old(hidden: Path, lock_file: int) -> bool:
    written = os.fstat(lock_file).st_mtime
    with contextlib.suppress(FileNotFoundError):
        written = max(written, hidden.lstat().st_mtime)
    return time.time() - written > _FOREIGN_SECONDS


def _is_locked(hidden: Path) -> bool:
    with contextlib.suppress(OSError), _opened(_lock_file(hidden)) as descriptor:
        return lock(descriptor) is False
    return False


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    if not stat.S_ISREG(path.lstat().st_mode):
        raise FileNotFoundError(0, "no regular file", str(path))
    descriptor = os.open(path, os.O_RDWR | _FLAGS)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether a name is still that of an open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _remove_regular(paths: list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            if stat.S_ISREG(path.lstat().st_mode):
                path.unlink()
