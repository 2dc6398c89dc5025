"""Marks: how far a file was written, by its size and a digest of its tail.

A mark shows later whether a file still begins with what was written: also one that was
copied, truncated, emptied or replaced meanwhile. The digest covers the tail alone, so
that a mark of a file of gigabytes costs no more than one of a small file.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from avio_cli.replacing import sync_path

TAIL_BYTES = 64 << 10
IMAGES = b'\n"images": ['
"""What the list of images of a COCO file follows."""
BETWEEN = b'\n],\n"annotations": ['
"""What is between the lists of images and annotations."""


class Mark(NamedTuple):
    """A part of a file, as it was at some time."""

    size: int
    digest: str
    """Of its last `TAIL_BYTES`."""


EMPTY = Mark(0, hashlib.sha256().hexdigest())


def sync_mark(file: BinaryIO, *parts: tuple[int, int]) -> tuple[Mark, ...]:
    """Bring an open file to the disk and mark parts of it; its position changes.

    Args:
        file: readable, without a buffer.
        parts: start and end of each.

    Raises:
        OSError: it cannot be written or read.
    """
    os.fsync(file.fileno())
    return tuple(_mark(file, start, stop) for start, stop in parts)


def mark_of(path: Path) -> Mark:
    """Mark a whole file; bring it to the disk, too.

    Raises:
        OSError: it cannot be read.
    """
    sync_path(path)
    with path.open("rb", buffering=0) as file:
        return _mark(file, 0, os.fstat(file.fileno()).st_size)


def is_whole(path: Path, mark: Mark) -> bool:
    """Whether a file is exactly what was marked.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        return size == mark.size and _mark(file, 0, size) == mark


def begins_with(path: Path, marks: Sequence[Mark]) -> bool:
    """Whether the parts of a file begin with what was marked.

    Args:
        path: a file of lines, which is one part, or a COCO file: two marks, of its
            images and its annotations.
        marks: one a part.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        starts = (0,) if len(marks) == 1 else _lists(path.read_bytes(), marks[0].size)
        return len(starts) == len(marks) and all(
            start + mark.size <= size and _mark(file, start, start + mark.size) == mark
            for start, mark in zip(starts, marks, strict=True)
        )


def _lists(content: bytes, images_size: int) -> tuple[int, ...]:
    """Offsets of the images and annotations of a COCO file, or none.

    No line feed is in a text of JSON: what separates the lists cannot be in them.
    """
    images = content.find(IMAGES)
    if images < 0:
        return ()
    images += len(IMAGES)
    between = content.find(BETWEEN, images + images_size)
    return () if between < 0 else (images, between + len(BETWEEN))


def _mark(file: BinaryIO, start: int, stop: int) -> Mark:
    digest = hashlib.sha256()
    position = max(start, stop - TAIL_BYTES)
    file.seek(position)
    while position < stop and (chunk := file.read(stop - position)):
        digest.update(chunk)
        position += len(chunk)
    return Mark(position - start, digest.hexdigest())
