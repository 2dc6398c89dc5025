"""Times and rates as people write them, made exact."""

import math
import re
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

from avio_cli.errors import UsageError
from avio_cli.number_text import parse_fraction

_TIME = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d*)?|\.\d+)")
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([smhdw]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_MOST_RATE = 1000
_BROADCAST = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
}
"""Common decimal notations of rates that are not decimal."""


def parse_time(text: str) -> Fraction:
    """Parse ``12.5``, ``MM:SS[.mmm]`` or ``HH:MM:SS[.mmm]`` as exact seconds.

    Raises:
        UsageError: it is none of these.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None or (match[2] and float(match[3]) >= 60):
        raise UsageError(f"{text!r} is not a time; try 12.5, 1:30 or 0:01:30.250")
    hours, minutes, seconds = match.groups()
    return Fraction(int(hours or 0) * 3600 + int(minutes or 0) * 60) + Fraction(seconds)


def parse_duration(text: str) -> Fraction:
    """Parse ``90``, ``90s``, ``10m``, ``12h``, ``7d`` or ``1:30:00`` as exact seconds.

    Raises:
        UsageError: it is none of these.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is not None:
        return Fraction(match[1]) * _UNITS[match[2]]
    try:
        return parse_time(text)
    except UsageError:
        raise UsageError(
            f"{text!r} is not a duration; try 90s, 10m, 12h or 7d"
        ) from None


def parse_rate(text: str) -> Fraction:
    """Parse ``25``, ``29.97`` or ``30000/1001`` as an exact rate.

    Raises:
        UsageError: it is not a rate above 0.
    """
    try:
        rate = parse_fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= _MOST_RATE:
        raise UsageError(f"{text!r} is not a rate; try 25 or 30000/1001")
    return _BROADCAST.get(text, rate)


def exact_time(name: str, value: Any) -> Fraction:
    """Make an exact time of what Python code gives: a number, or a text.

    Args:
        name: of the argument, for messages.
        value: a float is taken as the decimal that it is printed as.

    Raises:
        UsageError: it is no time, or before 0.
    """
    if isinstance(value, str):
        return parse_time(value)
    number = _exact(value)
    if number is None:
        raise UsageError(
            f"{name} {value!r} is not a time",
            hint='give seconds, or a text such as "1:30.5"',
        )
    if number < 0:
        raise UsageError(f"{name} must not be negative, and is {float(number):g} s")
    return number


def exact_rate(name: str, value: Any) -> Fraction:
    """Likewise a rate in frames a second.

    Raises:
        UsageError: it is none.
    """
    if isinstance(value, str):
        return parse_rate(value)
    number = _exact(value)
    if number is None or number <= 0:
        raise UsageError(
            f"{name} {value!r} is not a rate", hint='give 25, or "30000/1001"'
        )
    return number


def _exact(value: Any) -> Fraction | None:
    """A number of any kind, those of numpy and `decimal` included; else None."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        # Text first: a float32 of 0.1 means 0.1, not the nearest float64.
        value = value.item() if value.dtype.kind in "iu" else str(value)
    elif isinstance(value, bool):
        return None
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, Real) and not math.isfinite(value):
        return None
    try:
        return parse_fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
