"""Numbers as people and other programs write them.

Python itself reads more: ``1_0`` is ten to it, and an exponent of ten million a number
whose digits take hours.
"""

import re
from fractions import Fraction

MOST_PIXELS = 1_000_000
"""No frame is as wide, and squares of it are exact enough."""
_LONG_EXPONENT = re.compile(r"[eE][+-]?0*[1-9]\d{3}")


def parse_float(text: str) -> float:
    """Read a number; ``nan`` and ``inf`` are some, too.

    Raises:
        ValueError: it is none.
    """
    try:
        return float(text.replace("_", "no digit"))
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None


def parse_int(text: str) -> int:
    """Read a whole number.

    Raises:
        ValueError: it is none.
    """
    if "_" in text:
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def parse_fraction(text: str) -> Fraction:
    """Read ``25``, ``29.97``, ``1e3`` or ``30000/1001``, exactly.

    Raises:
        ValueError: it is none, or its exponent has more than three digits.
        ZeroDivisionError: it is divided by 0.
    """
    if "_" in text or _LONG_EXPONENT.search(text):
        raise ValueError(f"{text!r} is not a number")
    return Fraction(text)


def parse_pixels(text: str) -> float:
    """Read a coordinate or a distance in pixels.

    Raises:
        ValueError: it is none, or further than any frame is large.
    """
    pixels = parse_float(text)
    if not abs(pixels) <= MOST_PIXELS:  # NaN is not, either
        raise ValueError(f"{text!r} is beyond {MOST_PIXELS:,} pixels")
    return pixels
