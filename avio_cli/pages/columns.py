"""Columns of numbers, compressed for a page; ``columns.js`` unpacks them there."""

import base64
import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]
_LEVEL = 6
"""Of zlib: a higher one takes three times as long, for two percent."""
_EXACT = 1 << 53
"""From here on JavaScript has not all whole numbers."""


class Packed(NamedTuple):
    """Columns as text."""

    layout: list[dict[str, Any]]
    """Of each in order: ``name``, ``length``, ``bytes`` of a stored number; ``delta``
    where that is the difference from the one before, ``wide`` where numbers have more
    than 32 bits."""
    text: str
    """Base64 of the columns, compressed by zlib."""


def pack(columns: Mapping[str, Column], deltas: Collection[str] = ()) -> Packed:
    """Compress columns of whole numbers.

    Args:
        columns: int64 (n,) each, below 2**53.
        deltas: names of those whose neighbours are alike, so that differences are
            smaller than numbers.

    Raises:
        OverflowError: a number is larger.
    """
    compressor = zlib.compressobj(_LEVEL)
    layout: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for name, numbers in columns.items():
        delta = name in deltas
        stored = np.diff(numbers, prepend=0) if delta else numbers
        width = _width(stored)
        column = {"name": name, "length": len(numbers), "bytes": width}
        layout.append(column | {"delta": delta, "wide": _width(numbers) > 4})
        parts.extend(compressor.compress(plane) for plane in _planes(stored, width))
    parts.append(compressor.flush())
    return Packed(layout, base64.b64encode(b"".join(parts)).decode("ascii"))


def _width(numbers: Column) -> int:
    """Bytes that hold each of the numbers and its sign."""
    least, most = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    largest = max(most, -least - 1)
    if largest >= _EXACT:
        raise OverflowError(f"{largest} is too large for a page")
    return largest.bit_length() // 8 + 1


def _planes(numbers: Column, width: int) -> Iterator[bytes]:
    """All lowest bytes, then all second ones: what is alike is side by side."""
    parts = numbers.astype("<i8").view(np.uint8).reshape(-1, 8)
    for plane in range(width):
        yield parts[:, plane].tobytes()
