"""Draw counting lines and zones, and their counts, into the frame."""

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.annotators.canvas import Canvas, even
from avio_cli.vision.annotators.label_placement import Rectangle
from avio_cli.vision.annotators.labels import Labels
from avio_cli.vision.annotators.palette import PlaneValues
from avio_cli.vision.annotators.polylines import Polygon
from avio_cli.vision.counting.tally import Count
from avio_cli.vision.counting.zones import LineOrZone


class ZoneOverlay:
    """Draw lines and zones: white with a dark rim, and an arrow that points in.

    Args:
        zones: what to draw.
        line: thickness of the white line in pixels.
    """

    def __init__(self, zones: tuple[LineOrZone, ...], line: int) -> None:
        self._zones = zones
        self._rims = [p for z in zones for p in outline(z, line / 2 + 1, line)]
        self._lines = [p for z in zones for p in outline(z, line / 2 - 0.5, line)]

    def draw_lines(
        self, canvas: Canvas, black: PlaneValues, white: PlaneValues
    ) -> None:
        """Draw the lines and zones themselves."""
        for polygon in self._rims:
            canvas.polygon(polygon, black)
        for polygon in self._lines:
            canvas.polygon(polygon, white)

    def draw_counts(
        self,
        canvas: Canvas,
        counts: tuple[Count, ...],
        labels: Labels,
        black: PlaneValues,
        white: PlaneValues,
    ) -> list[Rectangle]:
        """Draw each count at the first point of its line or zone.

        Returns:
            What the labels cover.
        """
        covered = []
        for zone, count in zip(self._zones, counts, strict=True):
            (tile,) = labels.tiles(canvas, (count_text(count),), black, white)
            height, width = tile[0].shape[:2]
            left, top = (even(value) for value in zone.points[0])
            left = max(0, min(left, (canvas.width - width) // 2 * 2))
            top = max(0, min(top, (canvas.height - height) // 2 * 2))
            canvas.paste(left, top, tile)
            covered.append(Rectangle(left, top, left + width, top + height))
        return covered


def count_text(count: Count) -> str:
    """What is written at a line or zone."""
    inside = f"{count.inside} inside, " if count.kind == "zone" else ""
    return f"{count.name}: {inside}{count.entered} in, {count.left} out"


def outline(zone: LineOrZone, half: float, line: int) -> list[Polygon]:
    """The edges of a line or zone, and the arrow of a line, as polygons.

    Args:
        zone: what is drawn.
        half: pixels on each side of an edge.
        line: thickness of a line, which decides the size of the arrow.
    """
    corners = np.array(zone.points)
    following = np.roll(corners, -1, axis=0)
    if zone.kind == "line":
        start, end = corners
        return [_bar(start, end, half), _arrow(start, end, half, 7 * line)]
    return [_bar(a, b, half) for a, b in zip(corners, following, strict=True)]


def _bar(start: NDArray[np.float64], end: NDArray[np.float64], half: float) -> Polygon:
    """Outline a straight line with square ends that reach over its points."""
    along = (end - start) / max(float(np.hypot(*(end - start))), 1e-6) * half
    aside = np.array([-along[1], along[0]])
    first, last = start - along, end + along
    corners = [first - aside, last - aside, last + aside, first + aside]
    return _fixed(np.array(corners))


def _arrow(
    start: NDArray[np.float64], end: NDArray[np.float64], rim: float, size: float
) -> Polygon:
    """Outline a triangle in the middle of a line that points to its right."""
    along = (end - start) / float(np.hypot(*(end - start)))
    aside = np.array([-along[1], along[0]])
    middle = (start + end) / 2
    base = along * (size / 2 + 1.6 * rim)
    tip = middle + aside * (size + 1.6 * rim)
    return _fixed(np.array([middle - base, middle + base, tip]))


def _fixed(corners: NDArray[np.float64]) -> Polygon:
    return np.rint(np.clip(corners, -1e5, 1e5) * 16).astype(np.int32)
