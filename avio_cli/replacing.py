"""Files that are replaced as a whole: written under a new hidden name, then renamed.

The name cannot be guessed and is made exclusively: a fixed one could be a link by the
time it is opened, and what it leads to would be overwritten.
"""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_NAME_BYTES = 200
"""What is kept of a name: there must be room for the rest."""


def new_file(final: Path) -> tuple[Path, int]:
    """Make a hidden file next to one that it will replace.

    Returns:
        Its path, and a descriptor to read and write it.

    Raises:
        OSError: it cannot be made.
    """
    path = final.with_name(f"{_prefix(final)}{secrets.token_hex(4)}.new")
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
    return path, os.open(path, flags, 0o666)


def _prefix(final: Path) -> str:
    start = os.fsdecode(os.fsencode(final.name.lstrip("."))[:_NAME_BYTES])
    return f".{start}."


def remove_new_files(final: Path) -> None:
    """Remove what killed runs left of `new_file`; never fails.

    Only for a caller who knows that nobody else replaces this file now.
    """
    name = re.compile(rf"{re.escape(_prefix(final))}[0-9a-f]{{8}}\.new", re.ASCII)
    with suppress(OSError):
        for entry in list(os.scandir(final.parent)):
            with suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                if name.fullmatch(entry.name) and stat.S_ISREG(found.st_mode):
                    os.unlink(entry.path)  # noqa: PTH108


def sync(file: IO[bytes]) -> None:
    """Bring what was written to the disk: a rename may get there before it.

    Raises:
        OSError: it could not be written after all.
    """
    file.flush()
    os.fsync(file.fileno())


def sync_path(path: Path) -> None:
    """Bring a closed file to the disk, whoever wrote it.

    Raises:
        OSError: it could not be written after all.
    """
    with path.open("r+b", buffering=0) as file:  # Windows syncs no file of readers
        os.fsync(file.fileno())


def keep_permissions(replaced: Path, path: Path) -> None:
    """Give a file the permissions of the one that it replaces, if there is one.

    What only its owner could read stays so. Some shares have no permissions.
    """
    with suppress(OSError):
        mode = replaced.stat().st_mode
        if stat.S_ISREG(mode):
            path.chmod(mode & 0o777)


def rename(path: Path, final: Path) -> None:
    """Give a file that is on the disk its final name, and bring that there, too.

    Raises:
        OSError: it cannot be renamed.
    """
    keep_permissions(final, path)
    path.replace(final)
    with suppress(OSError):  # Windows, and some shares, open no folders
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def removed_on_failure(path: Path) -> Iterator[None]:
    """Remove a file if the block fails."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def replace_text(final: Path, text: str) -> None:
    """Replace a file by one with this text.

    Raises:
        OSError: it cannot be written; the old one is still there.
    """
    replace_bytes(final, text.encode())


def replace_bytes(final: Path, data: bytes) -> None:
    """Likewise by one with these bytes."""
    path, descriptor = new_file(final)
    with removed_on_failure(path):
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            sync(file)
        rename(path, final)
