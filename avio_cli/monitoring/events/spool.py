"""Spool: events that wait on the disk until a URL takes them, also for a later run."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    import sqlite3  # 70 ms to import, for those who have events only

MOST = 100_000
"""Events that wait; when there are more, the oldest are dropped. About 40 MB."""
_AT_ONCE = 16
"""Runs with one URL and one source that may wait at the same time."""


class Spool:
    """A file of events, which one run uses at a time.

    Args:
        key: what it belongs to; only its digest is stored.
        folder: where the file is; None: ``events`` in the cache folder.
        most: events that may wait.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, key: str, folder: Path | None = None, most: int = MOST) -> None:
        self._most, self.dropped = most, 0
        where = folder or _usual_folder()
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = hashlib.sha256(key.encode()).hexdigest()[:20]
        self._database = _first_free(where, digest)
        self._count = self._one("SELECT COUNT(*) FROM events")

    def __len__(self) -> int:
        return self._count

    def add(self, lines: Sequence[bytes]) -> None:
        """Add events, the newest last.

        Raises:
            OSError: the disk is full, or fails.
        """
        if not lines:
            return
        with _as_os_error(), self._database:
            self._database.executemany(
                "INSERT INTO events (line) VALUES (?)", [(line,) for line in lines]
            )
            excess = max(self._count + len(lines) - self._most, 0)
            if excess:
                self._database.execute(
                    "DELETE FROM events WHERE id IN "
                    "(SELECT id FROM events ORDER BY id LIMIT ?)",
                    (excess,),
                )
        self._count += len(lines) - excess
        self.dropped += excess

    def first(self) -> tuple[int, bytes] | None:
        """The oldest event and its number; None where there is none.

        Raises:
            OSError: the disk fails.
        """
        with _as_os_error():
            query = "SELECT id, line FROM events ORDER BY id LIMIT 1"
            row = self._database.execute(query).fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def remove(self, number: int) -> None:
        """Remove an event that was sent.

        Raises:
            OSError: the disk fails.
        """
        with _as_os_error(), self._database:
            query = "DELETE FROM events WHERE id = ?"
            self._count -= self._database.execute(query, (number,)).rowcount

    def close(self) -> None:
        """Close the file; it stays with what still waits."""
        with contextlib.suppress(OSError), _as_os_error():
            self._database.close()

    def _one(self, query: str) -> int:
        with _as_os_error():
            return int(self._database.execute(query).fetchone()[0])


def _usual_folder() -> Path:
    named = os.environ.get("AVIO_CACHE_DIR")
    cache = Path(named) if named else platformdirs.user_cache_path("avio")
    return cache / "events"


def _first_free(folder: Path, digest: str) -> "sqlite3.Connection":
    """Open the first file that no other run has open."""
    import sqlite3

    problem: Exception | None = None
    for number in range(_AT_ONCE):
        path = folder / f"{digest}-{number}.sqlite"
        try:
            return _open(path)
        except sqlite3.OperationalError as error:  # it is locked, or cannot be written
            problem = error
        except sqlite3.DatabaseError:  # it is damaged: what it held is lost
            path.unlink()
            return _open(path)
    raise OSError(0, str(problem), str(folder))


def _open(path: Path) -> "sqlite3.Connection":
    import sqlite3

    database = sqlite3.connect(path, timeout=0, check_same_thread=False)
    try:
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        # Each event is sent and removed on its own: without a log, the disk would be
        # waited for each time. A power cut may then repeat the last ones.
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        with database:
            database.execute("BEGIN EXCLUSIVE")
            database.execute(
                "CREATE TABLE IF NOT EXISTS events "
                "(id INTEGER PRIMARY KEY AUTOINCREMENT, line BLOB)"
            )
    except BaseException:
        database.close()
        raise
    return database


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        raise OSError(0, str(error)) from error
