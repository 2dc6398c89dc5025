"""Fragmented MP4 as it comes from ffmpeg: a header, then a fragment for each packet."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import IO

from avio_cli.errors import StreamError

_HEAD = struct.Struct(">I4s")
_WORD, _LONG = struct.Struct(">I"), struct.Struct(">Q")
_LARGEST = 64 << 20
"""Bytes of a box: a packet of video is less."""
_NO_SYNC = 0x10000
"""The flag of a sample that is no keyframe."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a decoder needs first: ``ftyp`` and ``moov``."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Fragment:
    """One packet: ``moof`` and ``mdat``."""

    data: bytes
    time: Fraction
    """Seconds at which it is decoded, on the clock of the fragments."""
    is_key: bool
    """Whether a viewer can begin with it."""


def read_fragments(pipe: IO[bytes]) -> Iterator[Header | Fragment]:
    """Yield the header, then fragments, until the pipe ends.

    Raises:
        StreamError: it is no fragmented MP4.
    """
    head, before, scale = b"", b"", 0
    while (box := _read_box(pipe)) is not None:
        kind, data = box
        if kind == b"ftyp":
            head = data
        elif kind == b"moov":
            scale = _timescale(data)
            yield Header(head + data)
        elif kind == b"moof":
            before = data
        elif kind == b"mdat" and before and scale:
            time, is_key = _described(before, scale)
            yield Fragment(before + data, time, is_key)
            before = b""


def find(data: bytes, *path: bytes) -> memoryview | None:
    """The content of a box within others; None where there is none.

    Args:
        data: boxes, one after the other.
        path: kinds, from the outermost on.
    """
    found = memoryview(data)
    for kind in path:
        inner = next((body for name, body in _boxes(found) if name == kind), None)
        if inner is None:
            return None
        found = inner
    return found


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    while at + _HEAD.size <= len(data):
        size, kind = _HEAD.unpack_from(data, at)
        if size < _HEAD.size:
            return
        yield kind, data[at + _HEAD.size : at + size]
        at += size


def _read_box(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    head = _read(pipe, _HEAD.size)
    if len(head) < _HEAD.size:
        return None
    size, kind = _HEAD.unpack(head)
    if not _HEAD.size <= size <= _LARGEST:
        raise StreamError(f"a box of {size} bytes in fragmented MP4")
    body = _read(pipe, size - _HEAD.size)
    return (kind, head + body) if len(body) == size - _HEAD.size else None


def _read(pipe: IO[bytes], count: int) -> bytes:
    """Read so many bytes, fewer only at the end; the pipe is not buffered."""
    data = pipe.read(count) or b""
    while len(data) < count and (more := pipe.read(count - len(data))):
        data += more
    return data


def _timescale(moov: bytes) -> int:
    header = find(moov, b"moov", b"trak", b"mdia", b"mdhd")
    if header is None:
        raise StreamError("the header of fragmented MP4 has no track")
    return int(_WORD.unpack_from(header, 20 if header[0] else 12)[0])


def _described(moof: bytes, scale: int) -> tuple[Fraction, bool]:
    decoded = find(moof, b"moof", b"traf", b"tfdt")
    if decoded is None:
        raise StreamError("a fragment of MP4 has no time")
    number = _LONG if decoded[0] else _WORD
    return Fraction(number.unpack_from(decoded, 4)[0], scale), not (
        _sample_flags(moof) & _NO_SYNC
    )


def _sample_flags(moof: bytes) -> int:
    """The flags of the first sample: in ``trun``, or else in ``tfhd`` for all."""
    run = find(moof, b"moof", b"traf", b"trun")
    track = find(moof, b"moof", b"traf", b"tfhd")
    if run is None or track is None:
        raise StreamError("a fragment of MP4 describes no sample")
    given = int.from_bytes(run[1:4], "big")
    at = 8 + 4 * bool(given & 0x1)  # after the count, and the offset of the data
    if given & 0x4:  # those of the first one
        return int(_WORD.unpack_from(run, at)[0])
    if given & 0x400:  # those of each, after its duration and size
        at += 4 * bool(given & 0x100) + 4 * bool(given & 0x200)
        return int(_WORD.unpack_from(run, at)[0])
    return _default_flags(track)


def _default_flags(track: memoryview) -> int:
    given = int.from_bytes(track[1:4], "big")
    if not given & 0x20:
        return _NO_SYNC
    before = 8 * bool(given & 0x1) + sum(4 * bool(given & f) for f in (0x2, 0x8, 0x10))
    return int(_WORD.unpack_from(track, 8 + before)[0])
