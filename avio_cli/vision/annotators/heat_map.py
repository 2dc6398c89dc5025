"""A heat map: where tracks were, coloured by how long."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.frame import Samples
from avio_cli.optional import load_opencv
from avio_cli.vision.annotators.canvas import Canvas
from avio_cli.vision.annotators.palette import Bgr, PlaneValues
from avio_cli.vision.counting.zones import anchor_points

_STEP = 8
"""Pixels of the frame to one of the map, across and down."""
_FULL_SECONDS = 2.0
"""Time in one place that has the hottest colour, until something stays for longer."""
_LONGEST_STEP = 1.0
"""Seconds between frames that count at most: a gap in the video is no stay."""
_OPACITY = 0.6
_LEVELS = 256
_COLORS: tuple[Bgr, ...] = (
    (200, 40, 20),
    (230, 200, 0),
    (60, 220, 60),
    (0, 210, 255),
    (20, 30, 230),
)
"""From cold to hot: blue, cyan, green, yellow, red."""


class _Shades(NamedTuple):
    """Of one plane, by level: what is added, and what is kept of 255 parts."""

    added: NDArray[Any]
    kept: NDArray[Any]


class HeatMap:
    """Where objects touched the ground, since the start or since time jumped back.

    Takes as much memory after hours as after a second.

    Args:
        width: of the frames.
        height: of the frames.
    """

    def __init__(self, width: int, height: int) -> None:
        shape = (-(-height // _STEP), -(-width // _STEP))
        self._seconds = np.zeros(shape, np.float32)
        self._now = float("inf")
        self._shades: dict[str, tuple[_Shades, ...]] = {}

    def add(self, boxes: NDArray[np.float32], seconds: float) -> None:
        """Take one frame's boxes, float32 (n, 4), and its time."""
        if seconds < self._now:
            self._seconds[...] = 0
            self._now = seconds
        lasted = min(seconds - self._now, _LONGEST_STEP)
        self._now = seconds
        if not lasted:
            return
        for (x, y), wide in zip(
            anchor_points(boxes).tolist(), (boxes[:, 2] - boxes[:, 0]), strict=True
        ):
            self._add_spot(x / _STEP, y / _STEP, float(wide) / _STEP / 3, lasted)

    def _add_spot(self, x: float, y: float, sigma: float, seconds: float) -> None:
        """Add time around a place: as wide as the object, fading to its sides."""
        sigma = min(max(sigma, 0.7), max(self._seconds.shape))
        reach = 3 * sigma
        spans = []
        for middle, length in zip((y, x), self._seconds.shape, strict=True):
            first = int(np.clip(middle - reach, 0, length))
            last = int(np.clip(middle + reach + 1, 0, length))
            offsets = np.arange(first, last, dtype=np.float32) + 0.5 - middle
            spans.append((slice(first, last), np.exp(-0.5 * (offsets / sigma) ** 2)))
        (rows, down), (columns, across) = spans
        self._seconds[rows, columns] += seconds * down[:, None] * across

    def draw(
        self,
        canvas: Canvas,
        pixel_format: str,
        values: Callable[[Bgr, str], PlaneValues],
    ) -> None:
        """Blend the map into a frame.

        Args:
            canvas: of the frame.
            pixel_format: of the frame.
            values: converts a colour to the planes of a pixel format.
        """
        if pixel_format not in self._shades:
            self._shades[pixel_format] = _shades(canvas, pixel_format, values)
        levels = self._levels()
        rows, columns = _extent(levels)
        part = levels[rows, columns]
        if not part.size:
            return
        corner = (rows.start * _STEP, columns.start * _STEP)
        planes = zip(
            canvas.planes, canvas.divisors, self._shades[pixel_format], strict=True
        )
        for plane, divisors, shades in planes:
            _blend(plane, divisors, corner, part, shades)

    def _levels(self) -> NDArray[np.uint8]:
        """The colours; by the root, so that a way is seen beside a place of waiting."""
        hottest = max(float(self._seconds.max()), _FULL_SECONDS)
        scale = np.sqrt(self._seconds / hottest) * (_LEVELS - 1)
        levels: NDArray[np.uint8] = np.rint(scale).astype(np.uint8)
        return levels


def _extent(levels: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The rows and columns that are not cold, and one more on each side."""
    rows, columns = (np.flatnonzero(levels.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return (
        slice(max(0, int(rows[0]) - 1), int(rows[-1]) + 2),
        slice(max(0, int(columns[0]) - 1), int(columns[-1]) + 2),
    )


def _blend(
    plane: Samples,
    divisors: tuple[int, int],
    corner: tuple[int, int],
    levels: NDArray[np.uint8],
    shades: _Shades,
) -> None:
    cv2 = load_opencv()
    across, down = divisors
    size = (levels.shape[1] * _STEP // across, levels.shape[0] * _STEP // down)
    region = plane[corner[0] // down :, corner[1] // across :][: size[1], : size[0]]
    height, width = region.shape[:2]
    added, kept = (
        cv2.resize(table[levels], size, interpolation=cv2.INTER_LINEAR)[:height, :width]
        for table in shades
    )
    region[...] = cv2.add(cv2.multiply(region, kept, scale=1 / 255), added)


def _shades(
    canvas: Canvas, pixel_format: str, values: Callable[[Bgr, str], PlaneValues]
) -> tuple[_Shades, ...]:
    """Make the table of each plane; level 0 leaves a frame as it is."""
    share = np.minimum(np.arange(_LEVELS) / (0.4 * _LEVELS), 1) * _OPACITY
    kept = np.rint(255 * (1 - share))
    colors = [values(color, pixel_format) for color in _ramp()]
    tables = []
    for number, plane in enumerate(canvas.planes):
        own = np.array([color[number] for color in colors], np.float64)
        keep = kept if plane.ndim == 2 else np.repeat(kept[:, None], 3, axis=1)
        added = np.rint(own * (255 - keep) / 255)
        tables.append(_Shades(added.astype(plane.dtype), keep.astype(plane.dtype)))
    return tuple(tables)


def _ramp() -> list[Bgr]:
    """A colour for each level, between those of `_COLORS`."""
    places = np.linspace(0, len(_COLORS) - 1, _LEVELS)
    steps = np.arange(len(_COLORS))
    parts = [np.interp(places, steps, part) for part in np.array(_COLORS).T]
    blue, green, red = (np.rint(part).astype(int).tolist() for part in parts)
    return list(zip(blue, green, red, strict=True))
