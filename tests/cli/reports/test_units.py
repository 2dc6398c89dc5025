from fractions import Fraction

import pytest

from avio_cli.cli.reports.units import (
    bits_text,
    bytes_text,
    rate_text,
    seconds_text,
)
from avio_cli.progress import format_time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(1001, 1000), "1.001 s"),
        (Fraction(10), "10 s"),
        (Fraction(-7, 1000), "-0.007 s"),
        (Fraction(372345, 100), "1:02:03.450 (3723.45 s)"),
        (Fraction(1394, 10), "2:19.400 (139.4 s)"),
    ],
)
def test_seconds(seconds: Fraction, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(0), "0:00.000"),
        (Fraction(59_9996, 10000), "1:00.000"),
        (Fraction(3600), "1:00:00.000"),
        (Fraction(-61), "-1:01.000"),
    ],
)
def test_clock_carries_what_it_rounds(seconds: Fraction, text: str) -> None:
    assert format_time(seconds, fine=True, nearest=True) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(25), "25"),
        (Fraction(25, 2), "12.5"),
        (Fraction(30000, 1001), "30000/1001 (29.97)"),
        (Fraction(24000, 1001), "24000/1001 (23.976)"),
    ],
)
def test_rates_stay_exact(rate: Fraction, text: str) -> None:
    assert rate_text(rate) == text


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (70, "70 b/s"),
        (8994, "8.99 kb/s"),
        (64000, "64 kb/s"),
        (128326, "128 kb/s"),
        (66_330_326, "66.3 Mb/s"),
        (2_000_000_000, "2 Gb/s"),
    ],
)
def test_bit_rates(bits: int, text: str) -> None:
    assert bits_text(bits) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1,023 bytes"),
        (2_494_339, "2.38 MiB (2,494,339 bytes)"),
        (1 << 40, "1024 GiB (1,099,511,627,776 bytes)"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert bytes_text(count) == text
