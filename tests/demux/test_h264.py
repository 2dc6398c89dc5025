"""Parameter sets of H.264 are found, numbered and dropped."""

import pytest

from avio_cli.demux.h264 import (
    is_idr,
    nal_unit_type,
    nal_units,
    parameter_set_ids,
    parameter_sets,
    strip_parameter_sets,
    to_annex_b,
)

START = b"\0\0\0\1"
SPS = bytes([0x67, 100, 0, 13, 0b10101100])  # number 0
SPS_1 = bytes([0x67, 100, 0, 13, 0b01010110])  # number 1
PPS = bytes([0x68, 0b11101111])  # number 0
PPS_6 = bytes([0x68, 0b00111111])  # number 6
IDR, SLICE = bytes([0x65, 0x88, 0x84]), bytes([0x41, 0x9A, 0x24])
PACKET = START + SPS + START + PPS + b"\0\0\1" + IDR


def test_units_are_found_behind_long_and_short_start_codes() -> None:
    assert list(nal_units(PACKET)) == [SPS, PPS, IDR]
    assert [nal_unit_type(unit) for unit in nal_units(PACKET)] == [7, 8, 5]


def test_an_idr_frame_is_recognised() -> None:
    assert is_idr(PACKET)
    assert not is_idr(START + SLICE)


@pytest.mark.parametrize(
    ("unit", "number"),
    [(SPS, 0), (SPS_1, 1), (PPS, 0), (PPS_6, 6)],
)
def test_sets_have_numbers(unit: bytes, number: int) -> None:
    assert parameter_set_ids(START + unit) == {number}


def test_sets_stored_elsewhere_are_dropped() -> None:
    sets = parameter_sets(PACKET)
    assert strip_parameter_sets(PACKET, sets) == START + IDR
    assert strip_parameter_sets(PACKET, sets[:1]) == START + PPS + START + IDR
    assert to_annex_b((*sets, *sets)) == START + SPS + START + PPS
