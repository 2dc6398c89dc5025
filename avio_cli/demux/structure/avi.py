"""AVI: chunks of each RIFF, with a name and a size in four bytes, and an index."""

import re
from collections.abc import Iterator

from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole

_UNKNOWN = 0x7FFF0000
"""What writers put for a length that they did not know yet is no less."""
_PACKET = re.compile(rb"\d\d[a-z]{2}|ix\d\d", re.IGNORECASE)
_FEW = 10
"""Of an index that is right, no more than one entry in so many is wrong."""


def find_hole(data: FileBytes) -> Hole | None:
    """Walk the chunks, and compare the names of packets with the index."""
    at = 0
    while at + 12 <= len(data) and data.read(at, 4) == b"RIFF":
        (size,) = data.unpack("<I", at + 4)
        end = at + 8 + size
        if end > len(data) + 1 and size < _UNKNOWN:
            return Hole(len(data), len(data))  # where it is, nothing says
        if size == 0 or end > len(data) + 1:
            lacks = size and _lacks_its_middle(data, at + 12)
            return Hole(len(data), len(data)) if lacks else None
        if (found := _in_riff(data, at + 12, end)) is not None:
            return found
        at = end + end % 2
    return None


def _in_riff(data: FileBytes, chunk: int, end: int) -> Hole | None:
    packets = -1
    while chunk + 8 <= end:
        name, length = data.unpack("<4sI", chunk)
        if not _is_name(name):
            return Hole(chunk, data.first_set(chunk))
        if name == b"LIST" and data.read(chunk + 8, 4) == b"movi":
            packets = chunk + 8
        indexed = packets >= 0 and name == b"idx1"
        odd = _renamed(data, packets, chunk + 8, length) if indexed else None
        if odd is not None:
            return Hole(odd, odd)
        chunk = _next_chunk(data, chunk, name, length)
    return None


def _is_name(word: bytes) -> bool:
    return all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in word)


def _next_chunk(data: FileBytes, chunk: int, name: bytes, length: int) -> int:
    """Where the chunk after one is: of a list of packets, the first one in it."""
    if name == b"LIST" and data.read(chunk + 8, 4) in (b"movi", b"rec "):
        return chunk + 12
    after = chunk + 8 + length
    padded = not length % 2 or _is_name(data.read(after + 1, 4))
    return after + length % 2 if padded else after  # some writers pad nothing


def _renamed(data: FileBytes, packets: int, index: int, length: int) -> int | None:
    """The first packet that the index calls otherwise; None with an index of no use."""
    entries = list(_entries(data, index, length))
    if not entries:
        return None
    first = min(offset for _, offset in entries)
    base = 0 if first >= packets else packets
    odd = [
        base + offset
        for head, offset in entries
        if _has_other_name(data.read(base + offset, 8), head)
    ]
    return odd[0] if odd and len(odd) * _FEW <= len(entries) else None


def _has_other_name(found: bytes, head: bytes) -> bool:
    """Whether two headers of a packet are of one length, but not of one stream."""
    return found[:4] != head[:4] and found[4:] == head[4:]


def _entries(data: FileBytes, index: int, length: int) -> Iterator[tuple[bytes, int]]:
    for at in range(index, index + length - 15, 16):
        name, _, offset, size = data.unpack("<4sIII", at)
        if _PACKET.fullmatch(name):
            yield name + size.to_bytes(4, "little"), offset


def _lacks_its_middle(data: FileBytes, chunk: int) -> bool:
    """Whether an AVI that is too short has its index, which comes last."""
    while chunk + 8 <= len(data):
        name, length = data.unpack("<4sI", chunk)
        if not _is_name(name):
            return True
        if name == b"LIST" and chunk + 8 + length > len(data):
            return data.find(b"idx1", chunk) > chunk
        chunk += 8 + length + length % 2
    return False
