"""MPEG-TS: packets of one size, each of which starts with a sync byte.

What is between them is passed over by ffmpeg (5.1 and 9.0), with no word at the end.
"""

from dataclasses import dataclass

from avio_cli.demux.structure.continuity import Counters
from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole

_SYNC = 0x47
_LEAST = 188
_SIZES = (_LEAST, 192, 204)
"""Plain, with times before (Blu-ray), with checksums behind."""
_ENOUGH = 5
"""Packets in a row that are no chance."""
_LEAD = 8192
"""Bytes in which the first packet is looked for."""
_AT_ONCE = 4096
_LAST = 20_000
"""Packets at the end, in which the last ones of each stream are looked for."""


def find_hole(data: FileBytes) -> Hole | None:
    """Look for every sync byte and counter; then whether it ends within a packet."""
    found = _first_packet(data)
    if found is None:
        return None
    start, size = found
    count = (len(data) - start) // size
    if hole := _missing(data, start, size, count):
        return hole
    rest = len(data) - start - count * size
    if rest not in (0, _LEAST):  # times and checksums are none of it
        return Hole(len(data) - rest, len(data))
    return _cut_packet(data, start + max(count - _LAST, 0) * size, size)


def hole_within(data: FileBytes, first: int, last: int) -> Hole | None:
    """The first hole between two bytes."""
    found = _first_packet(data)
    if found is None:
        return None
    start, size = found
    first = start + max(first - start, 0) // size * size
    return _missing(data, first, size, (min(last, len(data)) - first) // size)


def _missing(data: FileBytes, start: int, size: int, count: int) -> Hole | None:
    """Where packets are missing, or no packets are.

    Args:
        data: the file.
        start: of the first packet that is looked at.
        size: of packets.
        count: how many are looked at.
    """
    counters = Counters(lambda number: data.read(start + number * size, _LEAST), count)
    missing = None
    for first in range(0, count, _AT_ONCE):
        number = min(_AT_ONCE, count - first)
        block = data.read(start + first * size, number * size)
        signs = block[::size]
        if signs.count(_SYNC) != number:
            odd = next(n for n, sign in enumerate(signs) if sign != _SYNC)
            at = start + (first + odd) * size
            return Hole(at, data.first_set(at))
        missing = counters.feed(first, block, size) if missing is None else missing
    missing = counters.finish() if missing is None else missing
    if missing is None:
        return None
    return Hole(start + missing * size, start + missing * size)


def _first_packet(data: FileBytes) -> tuple[int, int] | None:
    """Where the first sync byte is, and the size of packets."""
    head = data.read(0, _LEAD + _ENOUGH * max(_SIZES))
    for start in range(min(_LEAD, len(head))):
        for size in _SIZES:
            signs = head[start : start + _ENOUGH * size : size]
            if len(signs) == _ENOUGH and signs.count(_SYNC) == _ENOUGH:
                return start, size
    return None


@dataclass(slots=True)
class _Pes:
    """The packet of a stream that is spread over those of the file."""

    wanted: int
    """Bytes that it says to have; 0: it does not say."""
    held: int = 0
    stuffed: bool = False
    """Whether its last part is filled up: only then it is known to be whole."""

    @property
    def is_whole(self) -> bool:
        return self.held >= self.wanted if self.wanted else self.stuffed


def _cut_packet(data: FileBytes, start: int, size: int) -> Hole | None:
    """A doubt where the last packet of a stream is not whole.

    So end recordings that were stopped, and files that were cut off between two parts.
    """
    block, last = data.read(start, len(data) - start), dict[int, _Pes]()
    for at in range(0, len(block) - _LEAST + 1, size):
        _take_part(block, at, last)
    if all(pes.is_whole for pes in last.values()):
        return None
    return Hole(len(data), len(data), doubt="the last packet of a stream is not whole")


def _take_part(block: bytes, at: int, last: dict[int, _Pes]) -> None:
    flags, pid = block[at + 3], int.from_bytes(block[at + 1 : at + 3]) & 0x1FFF
    if not flags & 0x10:
        return  # it holds no payload
    payload, stuffed = at + 4, False
    if flags & 0x20:
        length = block[at + 4]
        payload, stuffed = at + 5 + length, length > _used(block, at, length)
    if block[at + 1] & 0x40:
        if block[payload : payload + 3] != b"\0\0\1":
            last.pop(pid, None)  # tables
            return
        length = int.from_bytes(block[payload + 4 : payload + 6])
        last[pid] = _Pes(length + 6 if length else 0)
    if pid in last:
        last[pid].held += max(at + _LEAST - payload, 0)
        last[pid].stuffed = stuffed


def _used(block: bytes, at: int, length: int) -> int:
    """Bytes of an adaptation field that are no stuffing."""
    if not length:
        return -1  # the length itself fills one
    flags = block[at + 5]
    used = 1 + 6 * bool(flags & 0x10) + 6 * bool(flags & 8) + bool(flags & 4)
    return length if flags & 3 else used
