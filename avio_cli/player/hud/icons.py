"""The HUD's icons as masks: drawn large, reduced once for each size, kept."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avio_cli.optional import load_opencv

Mask = NDArray[np.uint8]
Point = tuple[float, float]

_OVERSAMPLING = 8
_STROKE = 0.09
"""Width of a line as a share of the icon."""


class _Pen:
    """Draws on a square whose corners are (0, 0) and (1, 1)."""

    def __init__(self, size: int) -> None:
        self._cv2, self._size = load_opencv(), size
        self._scale = size * _OVERSAMPLING
        self._canvas = np.zeros((self._scale, self._scale), np.uint8)

    def polygon(self, *points: Point, rounding: float = 0.06) -> None:
        """Fill a polygon; its corners grow round by half of `rounding`."""
        corners = self._to_pixels(points)
        self._cv2.fillPoly(self._canvas, [corners], (255,))
        thickness = self._length(rounding)
        self._cv2.polylines(self._canvas, [corners], True, (255,), thickness)

    def line(self, *points: Point, width: float = _STROKE, level: int = 255) -> None:
        """Draw a line with round ends."""
        vertices, thickness = self._to_pixels(points), self._length(width)
        self._cv2.polylines(self._canvas, [vertices], False, (level,), thickness)

    def disc(self, x: float, y: float, radius: float, level: int = 255) -> None:
        """Fill a circle."""
        center = (round(x * self._scale), round(y * self._scale))
        self._cv2.circle(self._canvas, center, self._length(radius), (level,), -1)

    def arc(self, x: float, y: float, radius: float, start: float, end: float) -> None:
        """Draw a part of a circle; degrees clockwise from the right."""
        steps = np.radians(np.linspace(start, end, 40))
        points = [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in steps]
        self.line(*points)

    def mask(self) -> Mask:
        """The icon in its final size."""
        inter_area, size = self._cv2.INTER_AREA, (self._size, self._size)
        small: Mask = self._cv2.resize(self._canvas, size, interpolation=inter_area)
        small.setflags(write=False)
        return small

    def _to_pixels(self, points: tuple[Point, ...]) -> NDArray[np.int32]:
        return np.array(np.rint(np.array(points) * self._scale), np.int32)

    def _length(self, share: float) -> int:
        return max(1, round(share * self._scale))


@lru_cache(maxsize=256)
def icon(name: str, size: int) -> Mask:
    """Draw an icon.

    Args:
        name: one of `ICONS`.
        size: pixels of its square.

    Returns:
        uint8 (size, size): 255 inside, 0 outside. Read-only, shared.
    """
    pen = _Pen(size)
    ICONS[name](pen)
    return pen.mask()


def _play(pen: _Pen) -> None:
    pen.polygon((0.27, 0.17), (0.82, 0.5), (0.27, 0.83), rounding=0.1)


def _pause(pen: _Pen) -> None:
    for left in (0.25, 0.61):
        pen.polygon((left, 0.2), (left + 0.14, 0.2), (left + 0.14, 0.8), (left, 0.8))


def _replay(pen: _Pen) -> None:
    pen.arc(0.5, 0.53, 0.31, -60, 215)
    pen.polygon((0.22, 0.18), (0.46, 0.38), (0.18, 0.47), rounding=0.04)


def _step_forward(pen: _Pen) -> None:
    pen.polygon((0.19, 0.24), (0.25, 0.24), (0.25, 0.76), (0.19, 0.76), rounding=0.05)
    pen.polygon((0.42, 0.25), (0.81, 0.5), (0.42, 0.75), rounding=0.08)


def _next_file(pen: _Pen) -> None:
    pen.polygon((0.21, 0.25), (0.6, 0.5), (0.21, 0.75), rounding=0.08)
    pen.polygon((0.75, 0.24), (0.81, 0.24), (0.81, 0.76), (0.75, 0.76), rounding=0.05)


def _volume(pen: _Pen) -> None:
    pen.polygon(
        *((0.12, 0.39), (0.25, 0.39), (0.46, 0.2), (0.46, 0.8)),
        *((0.25, 0.61), (0.12, 0.61)),
    )


def _volume_low(pen: _Pen) -> None:
    _volume(pen)
    pen.arc(0.46, 0.5, 0.18, -48, 48)


def _volume_high(pen: _Pen) -> None:
    _volume_low(pen)
    pen.arc(0.46, 0.5, 0.37, -48, 48)


def _volume_muted(pen: _Pen) -> None:
    _volume(pen)
    pen.line((0.62, 0.38), (0.86, 0.62))
    pen.line((0.86, 0.38), (0.62, 0.62))


def _record(pen: _Pen) -> None:
    pen.disc(0.5, 0.5, 0.38)
    pen.disc(0.5, 0.5, 0.38 - _STROKE, 0)
    pen.disc(0.5, 0.5, 0.19)


def _dot(pen: _Pen) -> None:
    pen.disc(0.5, 0.5, 0.36)


def _information(pen: _Pen) -> None:
    pen.disc(0.5, 0.5, 0.38)
    pen.disc(0.5, 0.5, 0.38 - _STROKE, 0)
    pen.disc(0.5, 0.32, 0.055)
    pen.line((0.5, 0.47), (0.5, 0.68))


def _corners(pen: _Pen, corner: float, end: float) -> None:
    for x in (1, -1):
        for y in (1, -1):
            points = ((corner, end), (corner, corner), (end, corner))
            pen.line(*((0.5 + x * a, 0.5 + y * b) for a, b in points), width=0.1)


def _full_screen(pen: _Pen) -> None:
    _corners(pen, 0.31, 0.12)


def _window(pen: _Pen) -> None:
    _corners(pen, 0.12, 0.32)


def _mirrored(draw: Callable[[_Pen], None]) -> Callable[[_Pen], None]:
    def mirrored(pen: _Pen) -> None:
        draw(pen)
        pen._canvas = np.ascontiguousarray(pen._canvas[:, ::-1])

    return mirrored


ICONS: dict[str, Callable[[_Pen], None]] = {
    "play": _play,
    "pause": _pause,
    "replay": _replay,
    "step forward": _step_forward,
    "step back": _mirrored(_step_forward),
    "next file": _next_file,
    "previous file": _mirrored(_next_file),
    "volume low": _volume_low,
    "volume high": _volume_high,
    "volume muted": _volume_muted,
    "record": _record,
    "dot": _dot,
    "information": _information,
    "full screen": _full_screen,
    "window": _window,
}
"""Every icon by its name."""
