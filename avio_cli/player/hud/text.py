"""Text of the HUD."""

from functools import lru_cache

from avio_cli.player.hud.painting import WHITE, BgraImage, Color, Mask, draw
from avio_cli.vision.annotators.text import Typeface

_SMALL = 12
"""Letters of fewer pixels are read by their shape only."""


@lru_cache(maxsize=32)
def typeface(size: int) -> Typeface:
    """The letters of one size, kept."""
    return Typeface(size)


def text_width(text: str, size: int) -> int:
    """Pixels that a text takes."""
    return int(_coverage(text, size).shape[1]) if text else 0


def fit_text(text: str, size: int, width: int) -> str:
    """Shorten a text with an ellipsis so that it is at most so many pixels wide."""
    if text_width(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(f"{text[:middle].rstrip()}...", size) <= width:
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}..." if low else ""


def write(
    canvas: BgraImage,
    text: str,
    x: int,
    middle: int,
    size: int,
    color: Color = WHITE,
    opacity: float = 1.0,
) -> None:
    """Write a line of text.

    Args:
        canvas: changed in place.
        text: what to write.
        x: its left edge.
        middle: the row on which its small letters are centred.
        size: of the letters, as typographers count it.
        color: of the letters.
        opacity: 0 to 1.
    """
    if not text:
        return
    mask = _coverage(text, size)
    top = middle - round(mask.shape[0] * 0.54)
    draw(canvas, mask, x, top, color, opacity)


def _coverage(text: str, size: int) -> Mask:
    # A letter's step is whole pixels: the space of small letters would be next to none.
    wide = text.replace(" ", "  ") if size < _SMALL else text
    return typeface(size).coverage(wide)
