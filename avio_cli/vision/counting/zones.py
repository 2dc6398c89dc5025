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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import UsageError
from avio_cli.number_text import parse_pixels
from avio_cli.vision.counting.rule import EVERYTHING, Anchor, CountRule, parse_rule

Point = tuple[float, float]
Kind = Literal["line", "zone"]

ANCHORS: dict[Anchor, float] = {"top": 0.0, "center": 0.5, "bottom": 1.0}
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

    @property
    def rule(self) -> CountRule:
        """What counts at it."""
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
    rule: CountRule = EVERYTHING

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
    rule: CountRule = EVERYTHING

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
    """Read ``NAME=x1,y1,x2,y2``, and a rule behind a colon; see `parse_rule`.

    Raises:
        UsageError: it is not that, or both points are the same.
    """
    name, points, rule = _parse(text, "line", "NAME=x1,y1,x2,y2")
    if len(points) != 2:
        raise _usage("line", text, f"has {len(points)} points, not 2", "")
    start, end = points
    if start == end:
        raise _usage("line", text, "starts where it ends", "")
    if rule.dwell is not None:
        raise _usage("line", text, "has a dwell, and nothing stays in a line", "")
    return CountLine(name, (start, end), rule)


def parse_zone(text: str) -> Zone:
    """Read ``NAME=x1,y1,x2,y2,x3,y3,…``: the corners of a polygon, in either order.

    A rule may stand behind a colon; see `parse_rule`.

    Raises:
        UsageError: it is not that, has fewer than three corners, or no area, or
            crosses itself.
    """
    name, points, rule = _parse(text, "zone", "NAME=x1,y1,x2,y2,x3,y3")
    if len(points) < 3:
        raise _usage("zone", text, f"has {len(points)} corners, fewer than 3", "")
    for (a, b), (c, d) in _crossing_edges(points):
        what = f"crosses itself: {_edge(a, b)} and {_edge(c, d)} meet"
        raise _usage("zone", text, what, "give its corners in order around it")
    if _double_area(points) == 0:
        raise _usage("zone", text, "has no area", "")
    return Zone(name, points, rule)


Edge = tuple[Point, Point]


def _crossing_edges(points: tuple[Point, ...]) -> Iterator[tuple[Edge, Edge]]:
    """Pairs of edges that go through each other; touching is none."""
    edges = zip(points, (*points[1:], points[0]), strict=True)
    for one, other in combinations(edges, 2):
        if _separates(one, other) and _separates(other, one):
            yield one, other


def _separates(edge: Edge, other: Edge) -> bool:
    """Whether the other's ends are on both sides of the infinite line of an edge."""
    (x, y), (x2, y2) = edge
    first, last = ((x2 - x) * (v - y) - (y2 - y) * (u - x) for u, v in other)
    return first * last < 0


def _edge(start: Point, end: Point) -> str:
    return "{:g},{:g} to {:g},{:g}".format(*start, *end)


def _parse(
    text: str, kind: Kind, form: str
) -> tuple[str, tuple[Point, ...], CountRule]:
    hint = f"for example --{kind} {form.replace('NAME', 'door')}"
    name, equals, rest = text.partition("=")
    name = name.strip()
    if not equals or not name or not name.isprintable():
        raise _usage(kind, text, "does not start with a name and '='", hint)
    if set(name) & set(";:"):
        raise _usage(kind, text, "has a name with ':' or ';' in it", hint)
    numbers, colon, rule = rest.partition(":")
    if colon and not rule.strip():
        raise _usage(kind, text, "has no rule behind its colon", "omit the colon")
    try:
        values = [parse_pixels(number) for number in numbers.split(",")]
    except ValueError as error:
        raise _usage(kind, text, f"is wrong: {error}", hint) from None
    if len(values) % 2:
        raise _usage(kind, text, "has an x without a y", hint)
    if all(0 <= value <= 1 for value in values):
        hint = "write pixels: 0.5 of a width of 640 is 320 (avio info shows the size)"
        raise _usage(kind, text, "has parts of the frame as coordinates", hint)
    try:
        counted = parse_rule(rule)
    except ValueError as error:
        hint = f"{hint}:margin=8:anchor=center:class=person"
        raise _usage(kind, text, str(error), hint) from None
    return name, tuple(zip(values[::2], values[1::2], strict=True)), counted


def _usage(kind: Kind, text: str, problem: str, hint: str) -> UsageError:
    return UsageError(f"{kind} {text!r} {problem}", hint=hint)
