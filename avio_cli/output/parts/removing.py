"""Removes parts that are older than asked for: only what the index lists as ours."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from avio_cli.output.parts.index import Entry, PartIndex, time_of
from avio_cli.output.parts.names import growing_name

_BY_FOLDER = {os.open, os.stat, os.unlink} <= os.supports_dir_fd
"""Whether a name can be looked up in an open folder: not on Windows."""


def expired(index: PartIndex, now: datetime, keep: timedelta) -> Iterator[Entry]:
    """Parts that ended so long ago."""
    for entry in index.entries("finished", "interrupted"):
        end = time_of(entry, "end")
        if end is not None and now - end >= keep:
            yield entry


def is_behind_link(base: Path, name: str) -> bool:
    """Whether a part, or a folder on the way to it, is a link or above the base."""
    path = PurePosixPath(name)
    grown = PurePosixPath(growing_name(name))
    steps = (grown, *path.parents)
    return ".." in path.parts or any((base / step).is_symlink() for step in steps[:-1])


def remove_part(base: Path, entry: Entry, is_ours: Callable[[str], bool]) -> str:
    """Remove a part, if what has its name is what was written there.

    No link is followed, neither in place of the part nor on the way to it.

    Args:
        base: the folder that its name is relative to.
        entry: its line in the index.
        is_ours: whether this output gives parts such a name.

    Returns:
        Why it was not removed; empty where it was, or is gone.
    """
    name = entry["part"]
    if not is_ours(name) or ".." in PurePosixPath(name).parts:
        return "this output gives no part that name"
    try:
        with _folder(base, PurePosixPath(name).parent) as (folder, where):
            place = PurePosixPath(name).name if folder is not None else where / name
            found = os.stat(place, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                return "it is no file any more"
            if found.st_size != entry.get("bytes"):
                return "it was changed since it was written"
            os.unlink(place, dir_fd=folder)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return str(error.strerror)
    return ""


@contextmanager
def _folder(base: Path, below: PurePosixPath) -> Iterator[tuple[int | None, Path]]:
    """Open a folder below another, through no link."""
    if not _BY_FOLDER:
        if any((base / step).is_symlink() for step in (below, *below.parents)):
            raise OSError(0, "a folder on the way is a link")
        yield None, base
        return
    descriptor = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for step in below.parts:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            inner = os.open(step, flags, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor, base
    finally:
        os.close(descriptor)
