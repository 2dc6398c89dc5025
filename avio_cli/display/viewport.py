"""Viewport: where the video is in the window, and how large a new window is."""

from dataclasses import dataclass
from fractions import Fraction

SMALLEST = 320
"""Minimum length of a new window's longer side, in pixels."""
SHARE_OF_SCREEN = 0.85
"""The share of the screen that a new window may take."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """Where the video is in the window, in pixels of its drawable area."""

    x: int
    y: int
    width: int
    height: int


def fit(width: int, height: int, aspect: Fraction) -> Viewport:
    """The largest viewport of that aspect ratio, centred."""
    fitted_width = min(width, round(height * aspect))
    fitted_height = min(height, round(width / aspect))
    x, y = (width - fitted_width) // 2, (height - fitted_height) // 2
    return Viewport(x, y, max(1, fitted_width), max(1, fitted_height))


def first_size(
    video_size: tuple[int, int], aspect: Fraction, screen: tuple[int, int]
) -> tuple[int, int]:
    """A default size for a new window: the video's own, if the screen has room."""
    width, height = (
        max(video_size[1] * aspect, Fraction(video_size[0])),
        Fraction(video_size[1]),
    )
    height = width / aspect
    room = [Fraction(side) * Fraction(SHARE_OF_SCREEN) for side in screen]
    scale = min(Fraction(1), room[0] / width, room[1] / height)
    scale = max(scale, SMALLEST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
