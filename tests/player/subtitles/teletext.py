"""Teletext subtitles in a transport stream, made without the code under test."""

import struct
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

_PMT, _STREAM, _CLOCK = 0x100, 0x101, 0x102
_HAMMING = bytes.fromhex("1502495e6473382fd0c78c9ba1b6fdea")
"""Four bits with four to check them (EN 300 706)."""
_PAGE, _FILLER = 8, 15
"""Both digits of page 888, and of the one that ends it."""
_UNIT = 46
"""Bytes of one line."""


def write_teletext(path: Path, cues: Sequence[tuple[float, float, str]]) -> Path:
    """Write a stream with nothing but page 888: when, until when, one line."""
    packets = _Packets()
    for start, end, text in cues:
        for seconds, rows in ((start, [_row(text)]), (end, [])):
            packets.add_tables()
            packets.add_clock(seconds - 0.1)
            packets.add(_STREAM, _pes(seconds, [_header(_PAGE), *rows]))
    path.write_bytes(b"".join(packets.found))
    return path


class _Packets:
    """Packets of 188 bytes, counted for each stream."""

    def __init__(self) -> None:
        self.found: list[bytes] = []
        self._counts = {pid: count() for pid in (0, _PMT, _STREAM)}

    def add(self, pid: int, payload: bytes) -> None:
        for start in range(0, len(payload), 184):
            number = 0x10 | next(self._counts[pid]) % 16
            first = 0 if start else 0x4000
            head = struct.pack(">BHB", 0x47, pid | first, number)
            self.found.append(head + payload[start : start + 184].ljust(184, b"\xff"))

    def add_tables(self) -> None:
        self.add(0, _section(0, struct.pack(">HH", 1, 0xE000 | _PMT)))
        page = b"\x56\x05eng" + bytes([2 << 3, 0x88])  # subtitles of magazine 8
        stream = struct.pack(">BHH", 6, 0xE000 | _STREAM, 0xF000 | len(page))
        clock = struct.pack(">HH", 0xE000 | _CLOCK, 0xF000)
        self.add(_PMT, _section(2, clock + stream + page))

    def add_clock(self, seconds: float) -> None:
        ticks = round(seconds * 90_000)
        time = struct.pack(">IBB", ticks >> 1, (ticks & 1) << 7 | 0x7E, 0)
        head = struct.pack(">BHBBB", 0x47, _CLOCK, 0x20, 183, 0x10)
        self.found.append((head + time).ljust(188, b"\xff"))


def _section(table: int, body: bytes) -> bytes:
    length = 0xB000 | (len(body) + 9)
    head = struct.pack(">BHHBBB", table, length, 1, 0xC1, 0, 0)
    return b"\x00" + head + body + struct.pack(">I", _checksum(head + body))


def _checksum(data: bytes) -> int:
    found = 0xFFFFFFFF
    for bit in (byte >> 7 - n & 1 for byte in data for n in range(8)):
        carry = found >> 31 ^ bit
        found = found << 1 & 0xFFFFFFFF ^ (0x04C11DB7 if carry else 0)
    return found


def _pes(seconds: float, lines: list[bytes]) -> bytes:
    """A packet of lines, the last of which ends the page; whole packets of TS."""
    units = b"\x10" + b"".join([*lines, _header(_FILLER)])
    size = 4 * _UNIT
    while size < 45 + len(units):
        size += 4 * _UNIT
    filler = b"\xff\x2c".ljust(_UNIT, b"\xff")
    units += filler * ((size - 45 - len(units)) // _UNIT)
    head = struct.pack(">IHBBB", 0x1BD, size - 6, 0x84, 0x80, 36)
    return head + bytes(_stamp(round(seconds * 90_000))) + b"\xff" * 31 + units


def _stamp(ticks: int) -> Iterator[int]:
    yield 0x21 | ticks >> 29 & 0xE
    yield ticks >> 22 & 0xFF
    yield 1 | ticks >> 14 & 0xFE
    yield ticks >> 7 & 0xFF
    yield 1 | ticks << 1 & 0xFE


def _header(digit: int) -> bytes:
    """That of a page of subtitles, which erases what was there, and has no header."""
    controls = (digit, digit, 0, 8, 0, 8, 1, 0)
    return _line(0, bytes(_HAMMING[nibble] for nibble in controls) + _text(" " * 32))


def _row(text: str) -> bytes:
    return _line(22, _text(f"\x0b\x0b{text}\x0a\x0a".ljust(40)))


def _text(text: str) -> bytes:
    """With odd parity."""
    return bytes(c | (0 if c.bit_count() % 2 else 0x80) for c in text.encode())


def _line(number: int, data: bytes) -> bytes:
    address = (_HAMMING[(number & 1) << 3], _HAMMING[number >> 1])
    mirrored = (int(f"{byte:08b}"[::-1], 2) for byte in (*address, *data))
    return bytes((3, 44, 0xE8, 0xE4, *mirrored))
