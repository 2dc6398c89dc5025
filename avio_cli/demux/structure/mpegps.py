"""MPEG-PS: packs and packets follow each other, each with its length.

ffmpeg (5.1 and 9.0) looks for the next start code where there is none.
"""

from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.demux.structure.frame_numbers import FrameNumbers
from avio_cli.ffmpeg.damage_signs import Hole

_PACK, _END, _SYSTEM = 0xBA, 0xB9, 0xBB
_VIDEO = 0xE0
_NO_CLOCK = -1
_STEP = 18_000
"""Ticks, a fifth of a second, by which the time of packs mostly steps less."""
_JOINED = 900_000
"""Ticks, ten seconds: a clock that steps so far, or back, is of another recording."""
_SECTOR = 2352
"""More zeros than a sector of any disc has are none that fill one up."""


def find_hole(data: FileBytes) -> Hole | None:
    """Follow the lengths from the first pack on, the clock, and numbers of frames."""
    at = data.find(b"\0\0\1\xba", stop=1 << 20)
    clock, jump, numbers = _NO_CLOCK, None, FrameNumbers()
    while 0 <= at < len(data):
        head = data.read(at, 14)
        if head[:3] != b"\0\0\1" or len(head) < 6 or head[3] < _END:
            after = data.first_set(at)
            at, zeros = max(after - 2, at), after - at
            code = data.read(at, 4)
            if code[:3] == b"\0\0\1" and code[3:] >= b"\xb9" and zeros < _SECTOR:
                continue
            return _hole(data, at - max(zeros - 2, 0), after)
        length = _length(head)
        if length == 0:
            return Hole(at, at)
        if at + length > len(data):
            return Hole(at, len(data))
        if head[3] == _PACK and len(head) == 14:
            last, clock = clock, _clock(head)
            if not 0 <= clock - last < _JOINED:
                numbers = FrameNumbers()  # the last group may have been cut off
            if jump is None and last != _NO_CLOCK and clock - last > _STEP:
                jump = Hole(at, at, counter=True)
        if head[3] == _VIDEO and numbers.feed(_payload(data, at, length)):
            return Hole(at, at)
        at += length
    return jump


def _payload(data: FileBytes, at: int, length: int) -> bytes:
    """What a packet holds of its stream."""
    packet = data.read(at, length)
    if packet[6:7] and packet[6] >> 6 == 2:
        return packet[9 + packet[8] :]
    inside = 6  # MPEG-1: stuffing, size of a buffer, times
    while packet[inside] == 0xFF:
        inside += 1
    inside += 2 * (packet[inside] >> 6 == 1)
    return packet[inside + {2: 5, 3: 10}.get(packet[inside] >> 4, 1) :]


def _clock(head: bytes) -> int:
    """The time of a pack, in ticks of a 90,000th second."""
    bits = int.from_bytes(head[4:9])
    if head[4] >> 6 == 1:
        bits >>= 2
        parts = bits >> 33 & 7, bits >> 17 & 0x7FFF, bits >> 1 & 0x7FFF
    else:
        parts = bits >> 33 & 7, bits >> 17 & 0x7FFF, bits >> 1 & 0x7FFF
    return parts[0] << 30 | parts[1] << 15 | parts[2]


def _hole(data: FileBytes, at: int, after: int) -> Hole | None:
    """What is no packet is a hole, but for a few bytes at the end."""
    if after >= len(data) and len(data) - at < _SECTOR:
        return None
    return Hole(at, max(after, at))


def _length(head: bytes) -> int:
    """Bytes of a pack's header or a packet; 0 where it is none."""
    if head[3] == _END:
        return 4
    if head[3] > _PACK:
        return 6 + int.from_bytes(head[4:6])
    if head[4] >> 6 == 1:
        return 14 + (head[13] & 7) if len(head) == 14 else len(head) + 1
    return 12 if head[4] >> 4 == 2 else 0  # MPEG-1
