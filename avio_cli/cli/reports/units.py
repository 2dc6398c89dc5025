"""Quantities as readable text."""

from fractions import Fraction

from avio_cli.progress import format_time


def seconds_text(seconds: Fraction) -> str:
    """``9.009 s``, or from a minute on ``1:02:03.450 (3723.45 s)``."""
    plain = _short(float(seconds), 3) + " s"
    if abs(seconds) < 60:
        return plain
    return f"{format_time(seconds, fine=True, nearest=True)} ({plain})"


def rate_text(rate: Fraction) -> str:
    """Exact: ``25``, ``12.5``, ``30000/1001 (29.97)``."""
    decimals = _short(float(rate), 3)
    if Fraction(decimals) == rate:
        return decimals
    return f"{rate.numerator}/{rate.denominator} ({decimals})"


def bits_text(bits: int) -> str:
    """``640 kb/s``: steps of a thousand, as is the custom of bit rates."""
    for unit, factor in (("Gb/s", 10**9), ("Mb/s", 10**6), ("kb/s", 10**3)):
        if bits >= factor:
            return f"{_three_digits(bits / factor)} {unit}"
    return f"{bits} b/s"


def bytes_text(count: int) -> str:
    """``2.38 MiB (2,494,339 bytes)``."""
    exact = f"{count:,} bytes"
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count >> shift:
            return f"{_three_digits(count / (1 << shift))} {unit} ({exact})"
    return exact


def _three_digits(value: float) -> str:
    return _short(value, 2 if value < 10 else 1 if value < 100 else 0)


def _short(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
