"""H.264 parameter sets: what must be parsed to join two streams.

Source: ITU-T H.264, 7.3.1, 7.3.2 and annex B.
"""

import re
from collections.abc import Iterator

IDR_SLICE, SPS, PPS = 5, 7, 8
"""Types of NAL units: a frame that refers to none before it; parameter sets."""

_START = re.compile(rb"\x00*\x00\x00\x01")


def nal_units(data: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream, without start codes and zeros after them."""
    for unit in _START.split(data):
        if stripped := unit.rstrip(b"\0"):
            yield stripped


def nal_unit_type(unit: bytes) -> int:
    """The type of a NAL unit."""
    return unit[0] & 31


def is_idr(data: bytes) -> bool:
    """Whether a packet is an IDR frame: no frame from it on refers to one before it."""
    return any(nal_unit_type(unit) == IDR_SLICE for unit in nal_units(data))


def parameter_sets(data: bytes) -> tuple[bytes, ...]:
    """The sequence and picture parameter sets in some data."""
    wanted = (SPS, PPS)
    return tuple(unit for unit in nal_units(data) if nal_unit_type(unit) in wanted)


def parameter_set_ids(data: bytes) -> set[int]:
    """The ids by which slices refer to their parameter sets."""
    ids = set()
    for unit in parameter_sets(data):
        # Three bytes of profile and level precede the id of an SPS.
        start = 4 if nal_unit_type(unit) == SPS else 1
        ids.add(_exp_golomb(unit[start : start + 8]))
    return ids


def to_annex_b(sets: tuple[bytes, ...]) -> bytes:
    """Parameter sets as a byte stream."""
    return b"".join(b"\0\0\0\1" + unit for unit in dict.fromkeys(sets))


def strip_parameter_sets(data: bytes, sets: tuple[bytes, ...]) -> bytes:
    """A packet without the parameter sets that are stored elsewhere."""
    kept = (unit for unit in nal_units(data) if unit not in sets)
    return b"".join(b"\0\0\0\1" + unit for unit in kept)


def _exp_golomb(data: bytes) -> int:
    """Read an Exp-Golomb code: as many zeros as bits follow its first one."""
    bits = "".join(f"{byte:08b}" for byte in data)
    zeros = len(bits) - len(bits.lstrip("0"))
    return int(bits[zeros : 2 * zeros + 1] or "1", 2) - 1
