"""What little of H.264 must be understood to join two streams: parameter sets.

Source: ITU-T H.264, 7.3.1, 7.3.2 and annex B.
"""

import re
from collections.abc import Iterator

SLICE_OF_IDR, SEQUENCE_SET, PICTURE_SET = 5, 7, 8
"""Kinds of NAL units: a picture that refers to none before it; parameters."""

_START = re.compile(rb"\x00*\x00\x00\x01")


def nal_units(data: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream, without start codes and zeros after them."""
    for unit in _START.split(data):
        if stripped := unit.rstrip(b"\0"):
            yield stripped


def nal_unit_type(unit: bytes) -> int:
    """The kind of a NAL unit."""
    return unit[0] & 31


def is_idr(data: bytes) -> bool:
    """Whether a packet holds a picture that needs none before it, nor lets others."""
    return any(nal_unit_type(unit) == SLICE_OF_IDR for unit in nal_units(data))


def parameter_sets(data: bytes) -> tuple[bytes, ...]:
    """The sequence and picture parameter sets in some data."""
    wanted = (SEQUENCE_SET, PICTURE_SET)
    return tuple(unit for unit in nal_units(data) if nal_unit_type(unit) in wanted)


def parameter_set_ids(data: bytes) -> set[int]:
    """The numbers by which pictures call their parameter sets."""
    numbers = set()
    for unit in parameter_sets(data):
        # Three bytes of profile and level stand before a sequence set's number.
        start = 4 if nal_unit_type(unit) == SEQUENCE_SET else 1
        numbers.add(_first_number(unit[start : start + 8]))
    return numbers


def to_annex_b(sets: tuple[bytes, ...]) -> bytes:
    """Parameter sets as a byte stream."""
    return b"".join(b"\0\0\0\1" + unit for unit in dict.fromkeys(sets))


def strip_parameter_sets(data: bytes, sets: tuple[bytes, ...]) -> bytes:
    """A packet without the parameter sets that are told elsewhere."""
    kept = (unit for unit in nal_units(data) if unit not in sets)
    return b"".join(b"\0\0\0\1" + unit for unit in kept)


def _first_number(data: bytes) -> int:
    """An Exp-Golomb code: as many zeros as bits follow its first one."""
    bits = "".join(f"{byte:08b}" for byte in data)
    zeros = len(bits) - len(bits.lstrip("0"))
    return int(bits[zeros : 2 * zeros + 1] or "1", 2) - 1
