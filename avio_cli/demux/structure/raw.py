"""Packets without lengths: zeros in them, and numbers of the frames of raw H.264.

Source: ITU-T H.264, 7.3.2.1.1, 7.3.3 and 7.4.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole

_MANY = bytes(1024)
"""No coder of video writes as many: a start code ends what they are part of."""
_FEW = bytes(128)
"""H.264 and HEVC have no three in a row, but for some between two packets."""
_START = re.compile(rb"\x00\x00\x01")
_BLOCK = 1 << 20
_HEAD = 64
"""Bytes of a NAL unit that hold what is read here, but for odd scaling lists."""
_SLICE, _IDR, _SPS = 1, 5, 7
_HIGH = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
_LISTS = 8
"""Scaling lists of 4:2:0 and 4:2:2: six of 16 numbers, and two of 64."""


def zeros_between_packets(data: FileBytes, least: bytes = _MANY) -> Hole | None:
    """Packets that follow each other without any padding."""
    found = data.find(least)
    if found < 0:
        return None
    after = data.first_set(found)
    few = after == len(data) and after - found < len(_MANY)
    return None if few else Hole(found, after)


def zeros_in_raw_video(data: FileBytes) -> Hole | None:
    """Start codes and packets without anything else."""
    return zeros_between_packets(data, _FEW)


def h264_hole(data: FileBytes) -> Hole | None:
    """Raw H.264: look for zeros, then for numbers that are left out."""
    return zeros_in_raw_video(data) or _missing_number(data)


@dataclass(slots=True)
class _Bits:
    """Reads a NAL unit bit by bit."""

    data: bytes
    at: int = 0

    def number(self, width: int) -> int:
        """An unsigned number."""
        whole = int.from_bytes(self.data) >> max(
            8 * len(self.data) - self.at - width, 0
        )
        self.at += width
        if self.at > 8 * len(self.data):
            raise ValueError("the unit is too short")
        return whole & ((1 << width) - 1)

    def code(self) -> int:
        """An Exp-Golomb code."""
        zeros_before = 0
        while not self.number(1):
            zeros_before += 1
        return (1 << zeros_before) - 1 + self.number(zeros_before)


@dataclass(frozen=True, slots=True)
class _Numbering:
    """How a stream numbers its frames."""

    width: int
    """Bits of a number."""
    gaps_allowed: bool
    has_fields: bool
    """Whether two fields of a frame may have one number."""


def _missing_number(data: FileBytes) -> Hole | None:
    numbering: _Numbering | None = None
    last: int | None = None
    for at, unit in _units(data):
        kind = unit[0] & 31
        try:
            if kind == _SPS:
                found = _numbering(unit)
                if numbering not in (None, found):
                    return None  # several streams in one
                numbering = found
            elif kind in (_SLICE, _IDR) and numbering is not None:
                begins, number = _frame_number(unit, numbering)
                if kind == _IDR:
                    last = None
                kept = bool(unit[0] & 0x60)
                repeated = begins and kept and number == last
                if repeated and not numbering.has_fields:
                    return Hole(at, at)
                if last is not None and _is_left_out(last, number, numbering):
                    return Hole(at, at)
                last = number if kept else last
        except ValueError:
            continue  # a decoder says that it is damaged
    return None


def _is_left_out(last: int, number: int, numbering: _Numbering) -> bool:
    # An encoder may start again with 0 where no frame before is needed any more.
    return (
        not numbering.gaps_allowed
        and number > 1
        and (number - last) % (1 << numbering.width) > 1
    )


def _units(data: FileBytes) -> Iterator[tuple[int, bytes]]:
    """The heads of all NAL units, and where they are."""
    at = 0
    while at < len(data):
        block = data.read(at, _BLOCK)
        for found in _START.finditer(block):
            if found.end() < len(block) or at + found.end() < len(data):
                place = at + found.end()
                inside = block[found.end() : found.end() + _HEAD]
                whole = len(inside) == _HEAD
                yield place, inside if whole else data.read(place, _HEAD)
        at += max(len(block) - 2, 1) if at + len(block) < len(data) else len(block)


def _payload(unit: bytes) -> bytes:
    return unit.replace(b"\0\0\3", b"\0\0")


def _numbering(unit: bytes) -> _Numbering:
    """Read a sequence parameter set."""
    bits = _Bits(_payload(unit)[1:])
    profile = bits.number(8)
    bits.number(16)
    bits.code()
    if profile in _HIGH:
        if bits.code() == 3:
            raise ValueError("4:4:4 may have planes of their own")
        bits.code()
        bits.code()
        bits.number(1)
        if bits.number(1):
            _skip_lists(bits)
    width = bits.code() + 4
    order = bits.code()
    if order == 0:
        bits.code()
    elif order == 1:
        bits.number(1)
        bits.code()
        bits.code()
        for _ in range(bits.code()):
            bits.code()
    bits.code()
    gaps = bool(bits.number(1))
    bits.code()
    bits.code()
    return _Numbering(width, gaps, has_fields=not bits.number(1))


def _skip_lists(bits: _Bits) -> None:
    for number in range(_LISTS):
        last = following = 8
        for _ in range((16 if number < 6 else 64) if bits.number(1) else 0):
            if following:
                code = bits.code()
                delta = (code + 1) // 2 if code % 2 else -(code // 2)
                following = (last + delta) % 256
            last = following or last


def _frame_number(unit: bytes, numbering: _Numbering) -> tuple[bool, int]:
    """Whether a slice is the first one of its frame, and the number of that."""
    bits = _Bits(_payload(unit[:20])[1:])
    begins = bits.code() == 0
    bits.code()
    bits.code()
    return begins, bits.number(numbering.width)
