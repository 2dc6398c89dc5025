"""Parameter sets of H.264 are found, numbered and left out."""

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
SEQUENCE = bytes([0x67, 100, 0, 13, 0b10101100])  # number 0
SEQUENCE_1 = bytes([0x67, 100, 0, 13, 0b01010110])  # number 1
PICTURE = bytes([0x68, 0b11101111])  # number 0
PICTURE_6 = bytes([0x68, 0b00111111])  # number 6
IDR, SLICE = bytes([0x65, 0x88, 0x84]), bytes([0x41, 0x9A, 0x24])
PACKET = START + SEQUENCE + START + PICTURE + b"\0\0\1" + IDR


def test_units_are_found_behind_long_and_short_start_codes() -> None:
    assert list(nal_units(PACKET)) == [SEQUENCE, PICTURE, IDR]
    assert [nal_unit_type(unit) for unit in nal_units(PACKET)] == [7, 8, 5]


def test_a_picture_that_needs_none_before_it_is_known() -> None:
    assert is_idr(PACKET)
    assert not is_idr(START + SLICE)


@pytest.mark.parametrize(
    ("unit", "number"),
    [(SEQUENCE, 0), (SEQUENCE_1, 1), (PICTURE, 0), (PICTURE_6, 6)],
)
def test_sets_have_numbers(unit: bytes, number: int) -> None:
    assert parameter_set_ids(START + unit) == {number}


def test_sets_told_elsewhere_are_left_out() -> None:
    sets = parameter_sets(PACKET)
    assert strip_parameter_sets(PACKET, sets) == START + IDR
    assert strip_parameter_sets(PACKET, sets[:1]) == START + PICTURE + START + IDR
    assert to_annex_b((*sets, *sets)) == START + SEQUENCE + START + PICTURE
