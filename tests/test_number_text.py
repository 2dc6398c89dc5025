"""Only what other programs take for a number is one."""

from fractions import Fraction

import pytest

from avio_cli.number_text import parse_float, parse_fraction, parse_int, parse_pixels


@pytest.mark.parametrize("parse", [parse_float, parse_fraction, parse_int])
def test_an_underscore_is_in_no_number(parse: type) -> None:
    assert parse(" 10 ") == 10
    with pytest.raises(ValueError, match="'1_0' is not a "):
        parse("1_0")


@pytest.mark.parametrize("text", ["1e-9999999", "1E+9999999", "1e0009999999"])
def test_a_fraction_with_a_long_exponent_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_fraction(text)


def test_fractions_are_exact() -> None:
    assert parse_fraction("30000/1001") == Fraction(30000, 1001)
    assert parse_fraction("1e-3") == Fraction(1, 1000)
    assert parse_fraction("1e-0003") == Fraction(1, 1000)


@pytest.mark.parametrize("text", ["1e7", "-1e300", "nan", "inf"])
def test_pixels_are_no_more_than_a_frame_may_have(text: str) -> None:
    assert parse_pixels("-12.5") == -12.5
    with pytest.raises(ValueError, match="is beyond 1,000,000 pixels"):
        parse_pixels(text)
