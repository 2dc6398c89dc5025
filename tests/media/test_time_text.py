"""Times and rates of Python and of people become exact numbers."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from avio_cli.errors import UsageError
from avio_cli.media.time_text import exact_rate, exact_time, parse_duration


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1:02.5", "62.5"),
        ("0:01:30.250", "90.25"),
        (" 12 ", "12"),
        (0.1, "0.1"),
        (np.float32(0.1), "0.1"),
        (np.float64(2.5), "2.5"),
        (np.int64(3), "3"),
        (np.array(4), "4"),
        (Decimal("0.04"), "0.04"),
        (Fraction(1, 3), "1/3"),
        (7, "7"),
    ],
)
def test_a_time_is_exactly_what_was_written(value: Any, seconds: str) -> None:
    assert exact_time("start", value) == Fraction(seconds)


@pytest.mark.parametrize(
    "value",
    ["", "1:75", "soon", None, True, [1], np.array([1.0]), float("inf"), np.nan, 1j],
)
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        exact_time("start", value)


def test_a_time_before_zero_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"^start must not be negative, and is -1\.5 s$"
    ):
        exact_time("start", -1.5)


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        ("29.97", "30000/1001"),
        ("30000/1001", "30000/1001"),
        (12.5, "12.5"),
        (np.float32(23.5), "23.5"),
    ],
)
def test_a_rate_is_exact(value: Any, rate: str) -> None:
    assert exact_rate("rate", value) == Fraction(rate)


@pytest.mark.parametrize("value", [0, -1, "0", "fast", None, float("nan")])
def test_what_is_no_rate_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="is not a rate"):
        exact_rate("rate", value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("10m", 600),
        ("12h", 43200),
        ("7d", 604800),
        ("1.5m", 90),
        ("0:10:00", 600),
    ],
)
def test_a_duration_has_a_unit_or_is_a_time(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10 minutes", "-1", "5x", "m", "1h30"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        parse_duration(text)
