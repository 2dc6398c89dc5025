"""Lines and areas of a frame that objects cross.

Frame coordinates: x to the right, y down, pixels of the full frame. A line has a
direction, from its first point to its second; stand on the first, look at the second,
and what goes from your left hand to your right hand goes *in*::

        x1,y1 ────────────► x2,y2          ▲ x2,y2
     left hand: above the line             │
           │                      left ─ in ─► right
           ▼ in                            │
     right hand: below it                  │ x1,y1

So a line drawn from left to right counts what moves down as in, one drawn from the
bottom up counts what moves right as in; swap its points to swap in and out. A zone is
a polygon, closed by itself; in is into it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import UsageError

Point = tuple[float, float]
Kind = Literal["line", "zone"]
Anchor = Literal["bottom", "center", "top"]

ANCHORS: dict[str, float] = {"top": 0.0, "center": 0.5, "bottom": 1.0}
"""Which point of a box counts: always its middle across, and this far down."""


class LineOrZone(Protocol):
    """Something to cross: it has an out side (negative) and an in side (positive)."""

    @property
    def name(self) -> str:
        """Its name, chosen by the user."""
        ...

    @property
    def points(self) -> tuple[Point, ...]:
        """Its corners in pixels."""
        ...

    kind: ClassVar[Kind]

    @property
    def reach(self) -> float:
        """A distance in pixels that some point on the in side certainly has."""
        ...

    def distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Measure points (n, 2); returns (n,) pixels, positive on the in side."""
        ...

    def is_crossed(self, before: Point, after: Point) -> bool:
        """Whether the segment from one point to the other crosses it."""
        ...


@dataclass(frozen=True, slots=True)
class CountLine:
    """A directed line segment; see the module for what is in and what out."""

    kind: ClassVar[Kind] = "line"
    name: str
    points: tuple[Point, Point]

    @property
    def reach(self) -> float:
        """Infinite."""
        return math.inf

    def distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Measure from the infinite line through both points; right is positive."""
        (x1, y1), (x2, y2) = self.points
        across, down = x2 - x1, y2 - y1
        area = across * (points[:, 1] - y1) - down * (points[:, 0] - x1)
        distances: NDArray[np.float64] = area / math.hypot(across, down)
        return distances

    def is_crossed(self, before: Point, after: Point) -> bool:
        """Whether it crosses the segment, not only the infinite line."""
        first, last = self.distances(np.array([before, after])).tolist()
        share = first / (first - last)
        (x1, y1), (x2, y2) = self.points
        x = before[0] + share * (after[0] - before[0])
        y = before[1] + share * (after[1] - before[1])
        along = (x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)
        return bool(0 <= along <= (x2 - x1) ** 2 + (y2 - y1) ** 2)


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon; inside is decided by the even-odd rule where it crosses itself."""

    kind: ClassVar[Kind] = "zone"
    name: str
    points: tuple[Point, ...]

    @property
    def reach(self) -> float:
        """Area over perimeter: no polygon's inscribed circle is smaller."""
        corners = np.array(self.points)
        following = np.roll(corners, -1, axis=0)
        edges = np.hypot(*(following - corners).T)
        return abs(_double_area(self.points)) / 2 / float(edges.sum())

    def distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Measure from the nearest edge; inside is positive."""
        start = np.array(self.points)[None]
        edge = np.roll(start, -1, axis=1) - start
        offset = points[:, None] - start
        share = (offset * edge).sum(2) / np.maximum((edge**2).sum(2), 1e-12)
        nearest = offset - np.clip(share, 0, 1)[..., None] * edge
        distance: NDArray[np.float64] = np.hypot(*nearest.T).T.min(axis=1)
        return np.where(_odd_crossings(offset, edge), distance, -distance)

    def is_crossed(self, before: Point, after: Point) -> bool:
        """Always: no movement in or out avoids the edge."""
        return True


def _odd_crossings(
    offset: NDArray[np.float64], edge: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether a ray to the right from each point crosses an odd number of edges."""
    straddles = (offset[..., 1] < 0) != (offset[..., 1] < edge[..., 1])
    rise = np.where(edge[..., 1] == 0, 1, edge[..., 1])
    to_the_right = offset[..., 0] < offset[..., 1] / rise * edge[..., 0]
    odd: NDArray[np.bool_] = (straddles & to_the_right).sum(axis=1) % 2 == 1
    return odd


def _double_area(points: Iterable[Point]) -> float:
    x, y = np.array(list(points)).T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())


def anchor_points(
    boxes: NDArray[np.float32], anchor: Anchor = "bottom"
) -> NDArray[np.float32]:
    """Return the point of each box that stands for the object, float32 (n, 2).

    The default is the middle of the lower edge: where a person or a vehicle touches
    the ground, and so the only point whose position in the scene is known.
    """
    share = np.float32(ANCHORS[anchor])
    across = (boxes[:, 0] + boxes[:, 2]) / 2
    down = boxes[:, 1] + share * (boxes[:, 3] - boxes[:, 1])
    return np.stack([across, down], axis=1).astype(np.float32)


def parse_line(text: str) -> CountLine:
    """Read ``NAME=x1,y1,x2,y2``.

    Raises:
        UsageError: it is not that, or both points are the same.
    """
    name, points = _parse(text, "line", "NAME=x1,y1,x2,y2")
    if len(points) != 2:
        raise _usage("line", text, f"has {len(points)} points, not 2", "")
    start, end = points
    if start == end:
        raise _usage("line", text, "starts where it ends", "")
    return CountLine(name, (start, end))


def parse_zone(text: str) -> Zone:
    """Read ``NAME=x1,y1,x2,y2,x3,y3,…``: the corners of a polygon, in either order.

    Raises:
        UsageError: it is not that, has fewer than three corners, or no area.
    """
    name, points = _parse(text, "zone", "NAME=x1,y1,x2,y2,x3,y3")
    if len(points) < 3:
        raise _usage("zone", text, f"has {len(points)} corners, fewer than 3", "")
    if _double_area(points) == 0:
        raise _usage("zone", text, "has no area", "")
    return Zone(name, points)


def _parse(text: str, kind: Kind, form: str) -> tuple[str, tuple[Point, ...]]:
    hint = f"for example --{kind} {form.replace('NAME', 'door')}"
    name, equals, numbers = text.partition("=")
    name = name.strip()
    if not equals or not name or not name.isprintable() or ";" in name:
        raise _usage(kind, text, "does not start with a name and '='", hint)
    try:
        values = [float(number) for number in numbers.split(",")]
    except ValueError:
        raise _usage(
            kind, text, "contains something that is not a number", hint
        ) from None
    if not all(map(math.isfinite, values)):
        raise _usage(kind, text, "contains something that is not a number", hint)
    if len(values) % 2:
        raise _usage(kind, text, "has an x without a y", hint)
    return name, tuple(zip(values[::2], values[1::2], strict=True))


def _usage(kind: Kind, text: str, problem: str, hint: str) -> UsageError:
    return UsageError(f"{kind} {text!r} {problem}", hint=hint)
