"""How a frame is placed in the smaller image that a detector looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Resize:
    """One way to make a frame as large as a model's input."""

    keeps_ratio: bool
    """Whether the frame keeps its aspect ratio; else it fills the input."""
    before: Fraction
    """Share of the padding that is left of and above the frame."""
    rounding: Fraction
    """Added to a scaled side before its decimals are dropped."""


RESIZES: Mapping[str, Resize] = MappingProxyType(
    {
        "letterbox": Resize(True, Fraction(0), Fraction(0)),
        # Ultralytics rounds a side, and halves what is left.
        "letterbox-center": Resize(True, Fraction(1, 2), Fraction(1, 2)),
        "stretch": Resize(False, Fraction(0), Fraction(0)),
    }
)
"""Every way by the name that descriptions of models have for it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A frame inside of a model's input, in whole pixels."""

    width: int
    height: int
    left: int = 0
    """Pixels of padding left of it."""
    top: int = 0
    """Rows of padding above it."""


@lru_cache(maxsize=32)  # asked for each frame
def place(frame: tuple[int, int], view: tuple[int, int], resize: str) -> Placement:
    """Place a frame.

    Args:
        frame: width and height of the frame.
        view: width and height of the model's input.
        resize: a key of `RESIZES`.
    """
    rule = RESIZES[resize]
    if not rule.keeps_ratio:
        return Placement(*view)
    ratio = min(Fraction(view[0], frame[0]), Fraction(view[1], frame[1]))
    width, height = (max(1, int(side * ratio + rule.rounding)) for side in frame)
    left, top = (
        int((view[0] - width) * rule.before),
        int((view[1] - height) * rule.before),
    )
    return Placement(width, height, left, top)
