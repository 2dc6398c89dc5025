"""Files that are replaced as a whole: written under a new hidden name, then renamed.

The name cannot be guessed and is made exclusively: a fixed one could be a link by the
time it is opened, and what it leads to would be overwritten.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME_BYTES = 200
"""What is kept of a name: there must be room for the rest."""


def new_file(final: Path) -> tuple[Path, int]:
    """Make a hidden file next to one that it will replace.

    Returns:
        Its path, and a descriptor to read and write it.

    Raises:
        OSError: it cannot be made.
    """
    start = os.fsdecode(os.fsencode(final.name.lstrip("."))[:_NAME_BYTES])
    path = final.with_name(f".{start}.{secrets.token_hex(4)}.new")
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
    return path, os.open(path, flags, 0o666)


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
    path, descriptor = new_file(final)
    with removed_on_failure(path):
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
        path.replace(final)
