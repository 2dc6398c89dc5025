"""MPEG-TS: the packets of each stream are counted, in four bits.

Where recordings were joined, the counters of all streams step at one place, too. There
the clock jumps, or the tables come again and each stream begins with a whole packet.

Source: ISO/IEC 13818-1, 2.4.3.3 to 2.4.3.5.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_LEAST = 188
_PADDING = 0x1FFF
_TABLES = 0x20
"""Streams below are tables of the standard: recorders write them again, uncounted."""
_NEW_TABLES = 4
"""Packets of tables that are before the first one of a stream, at most."""
_NEAR = 20_000
"""Packets around a place in which the clock is looked for."""
_BACK, _AHEAD = -9_000, 900_000
"""Ticks by which a clock steps that jumps: as ffmpeg decides."""
_TAIL = 64
"""Bytes at the end of a packet that is repeated; its clock may be another one."""
Packet = Callable[[int], bytes]
"""Gives a packet by its number."""


@dataclass(slots=True)
class _Place:
    """Where counters step: between two packets, as far as is known."""

    after: int
    """The last packet of those streams that is known to be before."""
    before: int
    """The first packet behind."""
    pids: set[int]
    within: bool
    """Whether a stream goes on in the middle of a packet."""
    allowed: bool
    """Whether the stream itself says that it steps."""


@dataclass(slots=True)
class Counters:
    """Takes the packets of a file one after the other.

    Args:
        packet: gives any packet, for a look back.
        count: of the packets of the file.
    """

    packet: Packet
    count: int
    _last: NDArray[np.int64] = field(default_factory=lambda: np.empty((3, 0), np.int64))
    """The last packet of each stream: its number, the stream, flags and counter."""
    _place: _Place | None = None

    def feed(self, first: int, block: bytes, size: int) -> int | None:
        """Take the packets of a block.

        Args:
            first: number of its first packet.
            block: starts with a sync byte.
            size: of a packet.

        Returns:
            The number of a packet before which others are missing; None: there is none.
        """
        for number, last, pid, step in self._odd(first, block, size):
            if self._steps(number, last, step):
                found = self._take(number, last, pid)
                if found is not None:
                    return found
        return None

    def _odd(self, first: int, block: bytes, size: int) -> list[list[int]]:
        """Packets that do not count on.

        Returns:
            Of each its number, that of the packet before it in its stream, the stream,
            and by how much it counts on.
        """
        seen = np.concatenate((self._last, _heads(first, block, size)), axis=1)
        # The packets of each stream side by side, in their order.
        order = np.argsort(seen[1].astype(np.int16), kind="stable")
        numbers, pids, flags = (row[order] for row in seen)
        steps = np.diff(flags) & 15
        same = pids[1:] == pids[:-1]
        media = (pids[1:] >= _TABLES) & (pids[1:] != _PADDING) & (flags[1:] & 0x10 > 0)
        self._last = seen[:, order[np.append(~same, True)]]
        (odd,) = np.nonzero(same & media & (steps != 1))
        found = (numbers[odd + 1], numbers[odd], pids[odd], steps[odd])
        return sorted(np.stack(found, axis=1).tolist())

    def finish(self) -> int | None:
        """Likewise at the end of the file."""
        place, self._place = self._place, None
        return place.before if place is not None and self._is_hole(place) else None

    def _steps(self, number: int, last: int, step: int) -> bool:
        """Whether it is no packet that is repeated."""
        return bool(step) or self.packet(number)[-_TAIL:] != self.packet(last)[-_TAIL:]

    def _take(self, number: int, last: int, pid: int) -> int | None:
        """Put a step where the others are, or see what they were."""
        packet, found = self.packet(number), None
        begins = bool(packet[1] & 0x40)
        if begins and not self._is_media(packet):
            return None  # a table
        if self._place is not None and last >= self._place.before:
            found = self.finish()
        flagged = bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x80)
        place = self._place or _Place(last, number, set(), within=False, allowed=False)
        place.after = max(place.after, last)
        place.pids.add(pid)
        place.within |= not begins
        place.allowed |= flagged
        self._place = place
        return found

    @staticmethod
    def _is_media(packet: bytes) -> bool:
        start = 5 + packet[4] if packet[3] & 0x20 else 4
        return packet[start : start + 3] == b"\0\0\1"

    def _is_hole(self, place: _Place) -> bool:
        if place.allowed or self._clock_jumps(place.before):
            return False
        return place.within or not self._has_new_tables(place)

    def _has_new_tables(self, place: _Place) -> bool:
        """Whether a program begins where the counters step."""
        first = max(place.after + 1, place.before - _NEW_TABLES, 0)
        return any(
            self.packet(number)[1] & 0x1F == 0 and self.packet(number)[2] == 0
            for number in range(first, place.before)
        )

    def _clock_jumps(self, number: int) -> bool:
        before = range(number - 1, max(number - _NEAR, -1), -1)
        after = range(number, min(number + _NEAR, self.count))
        last, next_ = self._clock(before), self._clock(after)
        if last is None or next_ is None:
            return False
        return not _BACK < next_ - last < _AHEAD

    def _clock(self, numbers: range) -> int | None:
        """The first time that is found, in ticks of a 90,000th second."""
        for number in numbers:
            packet = self.packet(number)
            if packet[3] & 0x20 and packet[4] >= 7 and packet[5] & 0x10:
                return int.from_bytes(packet[6:11]) >> 7
        return None


def _heads(first: int, block: bytes, size: int) -> NDArray[np.int64]:
    """Number, stream, and flags with the counter of each packet."""
    data = np.frombuffer(block, np.uint8)
    high, low, flags = (data[at::size].astype(np.int64) for at in (1, 2, 3))
    count = len(flags)
    pids = (high[:count] & 0x1F) << 8 | low[:count]
    return np.stack((np.arange(first, first + count), pids, flags))
