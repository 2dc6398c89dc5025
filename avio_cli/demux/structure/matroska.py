"""Matroska and WebM: elements of known names, and checksums of clusters.

A demuxer passes over elements that it does not know, and compares no checksum (5.1 and
9.0). ffmpeg writes them into Matroska, not into WebM.
"""

import zlib
from collections.abc import Iterator

from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole

_EBML, _SEGMENT, _CLUSTER, _TRACKS = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0x1654AE6B
_VOID, _CRC = 0xEC, 0xBF
_ANYWHERE = frozenset({_VOID, _CRC})
_IN_SEGMENT = _ANYWHERE | {
    *(0x114D9B74, 0x1549A966, _TRACKS, _CLUSTER),  # places, information
    *(0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367),  # cues, files, chapters, tags
}
_TIME = 0xE7
_IN_TRACKS = _ANYWHERE | {0xAE}
_IN_CLUSTER = _ANYWHERE | {_TIME, 0x5854, 0xA7, 0xAB, 0xA3, 0xA0, 0xAF}
_UNKNOWN = -1
_AT_ONCE = 1 << 20


def find_hole(data: FileBytes) -> Hole | None:
    """Walk the segment and its clusters."""
    at = 0
    while at + 2 <= len(data):
        name, size, body = _element(data, at)
        if name == _SEGMENT:
            end = len(data) if size == _UNKNOWN else body + size
            if (found := _in_segment(data, body, min(end, len(data)))) is not None:
                return found
            if end > len(data):
                return Hole(len(data), len(data))
            at = end
        elif name in (_EBML, *_ANYWHERE) and size != _UNKNOWN:
            at = body + size
        else:
            return None  # what follows a segment is none of it
    return None


def _element(data: FileBytes, at: int) -> tuple[int, int, int]:
    """Name, size of what it holds, and where that starts."""
    first = data[at]
    width = 9 - first.bit_length() if first else 0
    if not 1 <= width <= 4:
        raise ValueError("no element")
    name = int.from_bytes(data.read(at, width))
    at += width
    first = data[at]
    long = 9 - first.bit_length() if first else 0
    if not long:
        raise ValueError("no size")
    size = int.from_bytes(data.read(at, long)) & ((1 << 7 * long) - 1)
    unknown = size == (1 << 7 * long) - 1
    return name, _UNKNOWN if unknown else size, at + long


def _in_segment(data: FileBytes, at: int, end: int) -> Hole | None:
    while at + 2 <= end:
        try:
            name, size, body = _element(data, at)
        except ValueError:
            return Hole(at, data.first_set(at))
        if name == _EBML:
            return None  # another file that was joined
        if name not in _IN_SEGMENT or (size == _UNKNOWN and name != _CLUSTER):
            return Hole(at, at)
        after, found = _within(data, name, size, body, end)
        if found is not None:
            return found
        if after > end:
            return Hole(at, end)
        at = after
    return None


def _within(
    data: FileBytes, name: int, size: int, body: int, end: int
) -> tuple[int, Hole | None]:
    """Where an element of the segment ends, and the first hole in it."""
    if size == _UNKNOWN:
        return _open_cluster(data, body, end)
    after = body + size
    if name == _CLUSTER and after <= end:
        return after, _in_cluster(data, body, after)
    if name == _TRACKS and after <= end:
        return after, _in_tracks(data, body, after)
    return after, None


def _in_tracks(data: FileBytes, at: int, end: int) -> Hole | None:
    while at + 2 <= end:
        name, size, body = _element(data, at)
        if name not in _IN_TRACKS:
            return Hole(at, body + size)
        at = body + size
    return None


def _in_cluster(data: FileBytes, at: int, end: int) -> Hole | None:
    """A cluster of known size: its checksum shows all, else its elements are walked."""
    times, start = 0, at
    while at + 2 <= end:
        try:
            name, size, body = _element(data, at)
        except ValueError:
            return Hole(at, data.first_set(at))
        if name == _CRC and size == 4 and at == start:
            (wanted,) = data.unpack("<I", body)
            return None if wanted == _checksum(data, body + 4, end) else Hole(at, end)
        if name not in _IN_CLUSTER or size == _UNKNOWN or body + size > end:
            return Hole(at, at)
        times += name == _TIME
        at = body + size
    return None if times == 1 else Hole(at, at)


def _open_cluster(data: FileBytes, at: int, end: int) -> tuple[int, Hole | None]:
    """One whose size was not known when it was begun: up to what is none of it."""
    while at + 2 <= end:
        try:
            name, size, body = _element(data, at)
        except ValueError:
            return at, Hole(at, data.first_set(at))
        if name in _IN_SEGMENT - _ANYWHERE:
            return at, None
        if name not in _IN_CLUSTER or size == _UNKNOWN:
            return at, Hole(at, at)
        at = body + size
    return at, None


def _checksum(data: FileBytes, at: int, end: int) -> int:
    found = 0
    for block in _blocks(data, at, end):
        found = zlib.crc32(block, found)
    return found


def _blocks(data: FileBytes, at: int, end: int) -> Iterator[bytes]:
    while at < end:
        block = data.read(at, min(_AT_ONCE, end - at))
        yield block
        at += len(block)
