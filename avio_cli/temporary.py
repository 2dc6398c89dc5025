"""Temporary folders, each with a lock: what is not locked is of a killed run.

Process ids say nothing where containers share the folder. The next run that makes a
temporary folder removes what killed ones left.
"""

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_PREFIX, _LOCK = "avio-", ".lock"
_ATTEMPTS = 10


class TemporaryFolder:
    """A new folder of this run; use it as a context manager, or close it.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self) -> None:
        remove_left()
        for _ in range(_ATTEMPTS):
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            lock_file = self.path / _LOCK
            try:
                self._descriptor = os.open(lock_file, os.O_CREAT | os.O_RDWR, 0o600)
            except FileNotFoundError:
                continue  # as below
            # Another run may have taken it for left in this very moment.
            if lock(self._descriptor) is not False and lock_file.exists():
                return
            self.close()
        raise FileNotFoundError(0, "temporary folders vanish", str(self.path))

    def close(self) -> None:
        """Remove it; safe to call twice."""
        shutil.rmtree(self.path, ignore_errors=True)
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
            shutil.rmtree(self.path, ignore_errors=True)  # Windows keeps what is open

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *error: object) -> None:
        self.close()


def remove_left() -> None:
    """Remove the folders of killed runs of the same user; never fails."""
    with suppress(OSError):
        for entry in os.scandir(tempfile.gettempdir()):
            if entry.name.startswith(_PREFIX):
                with suppress(OSError):
                    _remove_if_left(Path(entry.path))


def _remove_if_left(folder: Path) -> None:
    found, owner = folder.lstat(), getattr(os, "getuid", lambda: None)()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        return
    descriptor = os.open(folder / _LOCK, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        if lock(descriptor):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def lock(descriptor: int) -> bool | None:
    """Lock a file until it is closed; False: another has; None: there are no locks."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
