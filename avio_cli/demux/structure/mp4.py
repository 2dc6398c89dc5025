"""Boxes of MP4 and MOV: a size of four bytes, or eight after a 1, and a name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole

_TAIL = 1024
"""More bytes than this at the end of fragments, which are no box, took their place."""
_PARENTS = frozenset(
    b"moov trak mdia minf stbl dinf edts mvex moof traf mfra".split(b" ")
)
_WANTED = frozenset(
    b"moov moof mdat trak mdia minf stbl stsd stts ctts stsc stsz stco co64 stss elst "
    b"edts mvex trex mdhd hdlr tkhd mvhd mfhd traf tfhd tfdt trun udta".split()
)
"""Boxes of which a demuxer misses something, in silence for most."""
_KNOWN = _WANTED | frozenset(
    b"ftyp styp free skip wide uuid meta sidx ssix mfra tfra mfro pnot pdin emsg prft "
    b"stz2 stps sdtp sbgp sgpd subs saiz saio senc cslg stsh padb stdp vmhd smhd nmhd "
    b"hmhd gmhd dref iods tref load clip crgn matt kmat pssh mehd trep leva".split()
)
_MOST_JUMPS = 3
"""Steps of the numbers of fragments that are not 1, where all others are."""


@dataclass(slots=True)
class _Fragments:
    """What was seen of fragments so far."""

    numbers: list[tuple[int, int]] = field(default_factory=list)
    """Sequence number and offset of each."""
    described: bool = True
    """Whether a moof precedes the next mdat."""


def find_hole(data: FileBytes) -> Hole | None:
    """Walk all boxes; those of a header and of fragments are opened."""
    at, seen = 0, _Fragments()
    while at + 8 <= len(data):
        size, name = _box(data, at)
        if size == 0 and _is_name(name):
            break  # to the end of the file
        if not _is_name(name) or size < 8 or at + size > len(data):
            return _at_no_box(data, at, name, seen) or _missing_number(seen.numbers)
        if _is_misspelt(name):
            return Hole(at, at + size)
        opened = name in (b"moov", b"moof")
        odd = _misspelt_within(data, at + 8, at + size) if opened else None
        if odd is not None:
            return Hole(odd, odd)
        if (lost := _undescribed(data, at, size, name, seen)) is not None:
            return lost
        at += size
    if seen.numbers and at < len(data) < at + 8:
        return Hole(at, len(data))
    return _missing_number(seen.numbers)


def _box(data: FileBytes, at: int) -> tuple[int, bytes]:
    size, name = data.unpack(">I4s", at)
    if size == 1:
        (size,) = data.unpack(">Q", at + 8)
    return size, name


def _is_name(word: bytes) -> bool:
    return all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in word)


def _is_misspelt(name: bytes) -> bool:
    """Whether one bit was flipped in a name that counts."""
    return name not in _KNOWN and any(_differ_by_a_bit(name, own) for own in _WANTED)


def _differ_by_a_bit(first: bytes, second: bytes) -> bool:
    odd = int.from_bytes(first) ^ int.from_bytes(second)
    return odd.bit_count() == 1


def _misspelt_within(data: FileBytes, at: int, end: int) -> int | None:
    """Where a box within another one has a name with a flipped bit, or no size."""
    for start, size, name in _boxes(data, at, end):
        if _is_misspelt(name) or not size:
            return start
        if name in _PARENTS:
            odd = _misspelt_within(data, start + 8, start + size)
            if odd is not None:
                return odd
    return None


def _boxes(data: FileBytes, at: int, end: int) -> Iterator[tuple[int, int, bytes]]:
    while at + 8 <= end:
        size, name = _box(data, at)
        if size < 8 or at + size > end:
            yield at, 0, name
            return
        yield at, size, name
        at += size


def _undescribed(
    data: FileBytes, at: int, size: int, name: bytes, seen: _Fragments
) -> Hole | None:
    """An mdat after the first fragment whose moof a demuxer does not find."""
    if name == b"moof":
        for start, length, inner in _boxes(data, at + 8, at + size):
            if inner == b"mfhd" and length:
                seen.numbers.append((data.unpack(">I", start + 12)[0], at))
        seen.described = True
    elif name == b"mdat" and seen.numbers:
        if not seen.described:
            return Hole(at, at + size)
        seen.described = False
    return None


def _missing_number(numbers: list[tuple[int, int]]) -> Hole | None:
    """Where fragments are numbered one by one, but for a few."""
    jumps = [(b[0] - a[0], b[1]) for a, b in pairwise(numbers) if b[0] - a[0] != 1]
    few = 0 < len(jumps) <= _MOST_JUMPS and 2 * len(jumps) < len(numbers) - 1
    if few and all(step > 1 for step, _ in jumps):
        return Hole(jumps[0][1], jumps[0][1])
    return None


def _at_no_box(data: FileBytes, at: int, name: bytes, seen: _Fragments) -> Hole | None:
    """A hole, where what is no whole box has taken the place of some.

    What cameras add at the end is none of the file. A file that is not fragmented lists
    all of its packets elsewhere: a demuxer misses those that are cut off.
    """
    if at == 0:
        return None
    more = max(data.find(b"moof", at + 8), data.find(b"mdat", at + 8)) > 0
    cut = name in (b"moof", b"mdat") or len(data) - at > _TAIL
    if more or (seen.numbers and cut):
        return Hole(at, len(data))
    return None
