import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.coding import (
    CLEAR,
    LARGEST_STRING,
    ByteCursor,
    blob,
    checksum,
    crc,
    signed,
    varint,
)

unhurried = settings(deadline=None)
"""A busy machine makes no test fail."""


def test_the_checksum_is_the_published_one() -> None:
    # The catalogue's CRC-32/CKSUM of these digits, without its final inversion.
    assert checksum(b"123456789") == (0x765E7680 ^ 0xFFFFFFFF).to_bytes(4, "big")


@unhurried
@given(st.binary(), st.binary())
def test_data_with_their_checksum_are_intact(data: bytes, more: bytes) -> None:
    assert crc(more + checksum(data + more), crc(data)) == CLEAR


@unhurried
@given(st.binary(min_size=1, max_size=40), st.data())
def test_a_flipped_bit_breaks_the_checksum(data: bytes, draw: st.DataObject) -> None:
    sealed = bytearray(data + checksum(data))
    bit = draw.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    assert crc(sealed) != CLEAR


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x81\0"), (300, b"\x82\x2c")],
)
def test_varints_look_as_specified(value: int, encoded: bytes) -> None:
    assert varint(value) == encoded


def test_a_negative_number_is_no_varint() -> None:
    with pytest.raises(ValueError, match="negative"):
        varint(-1)


@pytest.mark.parametrize(
    ("value", "encoded"), [(0, b"\0"), (1, b"\1"), (-1, b"\2"), (2, b"\3"), (-2, b"\4")]
)
def test_signed_numbers_look_as_specified(value: int, encoded: bytes) -> None:
    assert signed(value) == encoded


@unhurried
@given(st.integers(0, 2**64 - 1), st.integers(0, 8))
def test_varints_come_back(value: int, stuffing: int) -> None:
    encoded = b"\x80" * stuffing + varint(value)
    cursor = ByteCursor.over(encoded + b"rest")
    assert cursor.number() == value
    assert cursor.seen == encoded


@unhurried
@given(st.integers(-(2**62), 2**62))
def test_signed_numbers_come_back(value: int) -> None:
    assert ByteCursor.over(signed(value)).signed() == value


@unhurried
@given(st.binary(max_size=300))
def test_strings_come_back_even_in_small_bites(data: bytes) -> None:
    source = io.BytesIO(blob(data))
    assert ByteCursor(lambda size: source.read(min(size, 7))).blob() == data


@pytest.mark.parametrize(
    "encoded", [b"\xff" * 9 + b"\x7f" + b"\x7f", b"\x80" * 30, varint(2**64)]
)
def test_overlong_numbers_are_refused(encoded: bytes) -> None:
    with pytest.raises(StreamError, match="too long"):
        ByteCursor.over(encoded).number()


def test_a_string_larger_than_any_header_is_refused_before_it_is_read() -> None:
    with pytest.raises(StreamError, match="too long"):
        ByteCursor.over(varint(LARGEST_STRING + 1)).blob()


@pytest.mark.parametrize("encoded", [b"", b"\x81"])
def test_a_number_that_ends_too_early_is_torn(encoded: bytes) -> None:
    with pytest.raises(StreamError, match="shorter"):
        ByteCursor.over(encoded).number()


def test_entries_of_all_types_are_read() -> None:
    entries = [
        blob(b"text") + signed(-1) + blob(b"value"),
        blob(b"binary") + signed(-2) + blob(b"PNG") + blob(b"\0\1"),
        blob(b"signed") + signed(-3) + signed(-77),
        blob(b"time") + signed(-4) + varint(900),
        blob(b"ratio") + signed(-4 - 1001) + signed(30000),
        blob(b"number") + signed(5),
    ]
    cursor = ByteCursor.over(varint(len(entries)) + b"".join(entries))
    found = list(cursor.entries())
    names = [b"text", b"binary", b"signed", b"time", b"ratio", b"number"]
    assert [name for name, _ in found] == names
    assert [value for _, value in found] == [b"value", *[b""] * 5]
