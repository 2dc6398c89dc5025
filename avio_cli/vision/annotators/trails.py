"""Trails: recent positions of each track, drawn thinner with age."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.annotators.canvas import Canvas
from avio_cli.vision.annotators.palette import PlaneValues
from avio_cli.vision.annotators.polylines import Points, ribbons

_POINTS = 64
"""A trail never has more points; with the spacing of `Trails` it rarely reaches it."""


@dataclass(slots=True)
class _Trail:
    points: Points = field(default_factory=lambda: np.empty((_POINTS, 2), np.float32))
    times: NDArray[np.float64] = field(default_factory=lambda: np.empty(_POINTS))
    start: int = 0
    stop: int = 0
    """Points from start to stop are alive, oldest first; the last is the track now."""

    def add(self, x: float, y: float, seconds: float, spacing: float) -> None:
        """Append a point; replace the last one if it is nearer than `spacing`."""
        if self.stop == _POINTS:
            self._grow()
        last = self.stop - 1
        if last > self.start:
            before_x, before_y = self.points[last - 1].tolist()
            last_x, last_y = self.points[last].tolist()
            if abs(last_x - before_x) + abs(last_y - before_y) < spacing:
                self.stop = last
        self.points[self.stop] = (x, y)
        self.times[self.stop] = seconds
        self.stop += 1

    def expire(self, before: float) -> None:
        while self.start < self.stop and self.times[self.start] < before:
            self.start += 1

    def _grow(self) -> None:
        self.start = max(self.start, _POINTS // 4)
        kept = slice(self.start, self.stop)
        count = self.stop - self.start
        self.points[:count] = self.points[kept].copy()
        self.times[:count] = self.times[kept].copy()
        self.start, self.stop = 0, count

    @property
    def alive_points(self) -> Points:
        return self.points[self.start : self.stop]

    @property
    def alive_times(self) -> NDArray[np.float64]:
        return self.times[self.start : self.stop]


class Trails:
    """Remember where tracks were, and draw it.

    A point is dropped when it is older than `seconds`; a track whose points are all
    that old is forgotten, so memory is bounded by what was seen lately. When time
    jumps back (a seek, a loop) everything is forgotten.

    Args:
        seconds: how long a point lives.
        spacing: pixels between points: nearer ones are not kept, which also hides
            the jitter of a standing object's box.
        width: pixels at the newest point.
    """

    def __init__(self, seconds: float, spacing: float, width: int) -> None:
        self._seconds = seconds
        self._spacing = spacing
        self._width = width
        self._trails: dict[int, _Trail] = {}
        self._now = float("-inf")

    def __len__(self) -> int:
        return len(self._trails)

    def add(
        self, ids: NDArray[np.int64], points: NDArray[np.float32], seconds: float
    ) -> None:
        """Take one frame's positions.

        Args:
            ids: int64 (n,): track ids.
            points: float32 (n, 2): x and y of each in pixels.
            seconds: the frame's time.
        """
        if seconds < self._now:
            self._trails.clear()
        self._now = seconds
        for track_id, (x, y) in zip(ids.tolist(), points.tolist(), strict=True):
            trail = self._trails.setdefault(track_id, _Trail())
            trail.add(x, y, seconds, self._spacing)
        for track_id in list(self._trails):
            trail = self._trails[track_id]
            trail.expire(seconds - self._seconds)
            if trail.start == trail.stop:
                del self._trails[track_id]

    def draw(self, canvas: Canvas, colors: Mapping[int, PlaneValues]) -> None:
        """Draw the trails of tracks in their colours: thinner where they are older."""
        drawn = [(self._trails[i], c) for i, c in colors.items() if i in self._trails]
        if not drawn:
            return
        points = np.concatenate([trail.alive_points for trail, _ in drawn])
        times = np.concatenate([trail.alive_times for trail, _ in drawn])
        lengths = [trail.stop - trail.start for trail, _ in drawn]
        for number, polygon in ribbons(points, self._halves(times), lengths):
            canvas.polygon(polygon, drawn[number][1])

    def _halves(self, times: NDArray[np.float64]) -> NDArray[np.float32]:
        """Taper to nothing; OpenCV (5.0) adds half a pixel all around by itself."""
        newness = np.clip(1 - (self._now - times) / self._seconds, 0, 1)
        return ((self._width - 1) / 2 * newness).astype(np.float32)
