"""Count tracks that cross lines and zones, each once a crossing.

A track counts when it has moved from one side of a line clearly to the other. Clearly
means by a margin that grows with its box, so a box that jitters on the line counts
nothing (hysteresis). Where a track was is kept by its id: one that is hidden for a
while and returns counts if it returns on the other side, and does not count again if
it returns on the same. A track that first appears inside a zone is inside, but has not
come in.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks, expect
from avio_cli.errors import InputError, UsageError
from avio_cli.media.frame import Frame
from avio_cli.vision.counting.rule import Anchor
from avio_cli.vision.counting.tally import (
    Count,
    Crossing,
    ZoneCounter,
    class_name,
    shape_of,
)
from avio_cli.vision.counting.zones import LineOrZone, anchor_points

_REMEMBERED_FRAMES = 1024
"""Frames whose crossings are kept: far more than any queue holds."""

_MARGIN = 0.05
_LEAST_MARGIN = 1.0
"""Height shares and pixels that a track must be beyond a line to have crossed it."""


class CrossingCounter:
    """Count tracks over lines and zones; a Step that leaves the frame as it is.

    Frames come in order, from one thread; `counts` and `crossings` may be called from
    another for frames that have been counted.

    Args:
        zones: lines and zones, each name once. Their rules count before what follows.
        class_names: names of the classes; a class beyond them is named by its number.
        anchor: the point of the box that crosses; see `anchor_points`.
        margin: how far beyond a line a track must be to have crossed it, in
            heights of its box (at least one pixel; at most what fits into a zone).
        patience: seconds that a track which is not seen stays inside a zone.
        memory: seconds after which a track that is not seen is forgotten. Longer than
            any tracker keeps an id.

    Raises:
        UsageError: two lines or zones have the same name, or one counts a class that
            there is not.
    """

    def __init__(
        self,
        zones: Sequence[LineOrZone],
        *,
        class_names: Sequence[str] = (),
        anchor: Anchor = "bottom",
        margin: float = _MARGIN,
        patience: float = 1.0,
        memory: float = 60.0,
    ) -> None:
        _check_names(zones)
        self._counters = [ZoneCounter(zone) for zone in zones]
        self._counted = [zone.rule.numbers(class_names) for zone in zones]
        self._class_names = tuple(class_names)
        self._anchor: Anchor = anchor
        self._margin = margin
        self._patience = patience
        self._memory = memory
        self._now = -math.inf
        self._swept = -math.inf
        self._time: Fraction | None = None
        """The exact time of the last frame."""
        self._gap = False
        """Whether frames are missing after it."""
        self._observed = Fraction(0)
        self._crossings: dict[int, tuple[Crossing, ...]] = {}

    @property
    def zones(self) -> tuple[LineOrZone, ...]:
        """The lines and zones, in the order given."""
        return tuple(tally.zone for tally in self._counters)

    def __call__(self, frame: Frame) -> Frame:
        """Count the tracks of a frame; `crossings` then knows them by its index."""
        if not self._counters:
            return frame
        completed = self.update(frame.tracks, frame.time)
        if completed:
            self._crossings[frame.index] = completed
            if len(self._crossings) > _REMEMBERED_FRAMES:
                del self._crossings[next(iter(self._crossings))]
        return frame

    def crossings(self, index: int) -> tuple[Crossing, ...]:
        """Return the crossings completed at a recently counted frame."""
        return self._crossings.get(index, ())

    def events(self, index: int) -> list[dict[str, str | int]]:
        """Return the same as in the records."""
        return [crossing.as_record() for crossing in self.crossings(index)]

    def gap(self) -> None:
        """Say that frames are missing before the next one.

        Nobody knows who was where meanwhile: that time is not observed, and no visit
        goes on over it, unless it is shorter than the patience.
        """
        self._gap = True

    def zones_now(self) -> list[dict[str, Any]]:
        """Who is in each zone, as in the records; zones without tracks are left out."""
        inside = {tally.zone.name: tally.dwell.now() for tally in self._counters}
        return [
            {
                "name": name,
                "ids": [*seconds],
                "dwell": [round(float(value), 6) for value in seconds.values()],
            }
            for name, seconds in inside.items()
            if seconds
        ]

    def update(self, tracks: Tracks, seconds: float | Fraction) -> tuple[Crossing, ...]:
        """Count one frame's tracks.

        Args:
            tracks: what is seen; boxes that are not finite are ignored.
            seconds: the frame's time; a fraction is exact.

        Returns:
            The crossings completed at this frame.

        Raises:
            TypeError: the tracks are something else, such as an array.
        """
        expect(tracks, Tracks, "tracks")
        tracks = tracks[np.flatnonzero(np.isfinite(tracks.boxes).all(axis=1))]
        time, self._now = Fraction(seconds), float(seconds)
        completed = [
            crossing
            for tally, classes in zip(self._counters, self._counted, strict=True)
            for crossing in self._update(tally, _of_classes(tracks, classes), time)
        ]
        self._observe(time)
        self._sweep()
        return tuple(completed)

    def _observe(self, time: Fraction) -> None:
        """Add the time since the frame before, as far as visits go on over it."""
        if self._time is not None:
            passed = time - self._time
            if not self._gap or passed <= Fraction(self._patience):
                self._observed += max(passed, Fraction(0))
        self._time, self._gap = time, False

    def _update(
        self, tally: ZoneCounter, tracks: Tracks, time: Fraction
    ) -> list[Crossing]:
        anchor = tally.zone.rule.anchor or self._anchor
        points = anchor_points(tracks.boxes, anchor).astype(np.float64)
        margins = self._margins(tally.zone, tracks).tolist()
        distances = tally.zone.distances(points).tolist()
        completed, patience = [], Fraction(self._patience)
        before = None if self._gap else self._time
        for row, track_id in enumerate(tracks.ids.tolist()):
            x, y = points[row].tolist()
            direction = tally.move(track_id, x, y, distances[row], margins[row])
            side = tally.sides[track_id]
            side.seen = self._now
            if tally.zone.kind == "zone":
                inside = side.side > 0
                tally.dwell.see(track_id, inside, time, before, patience)
            if direction is not None:
                name = class_name(self._class_names, int(tracks.classes[row]))
                completed.append(tally.add(direction, track_id, name))
        tally.dwell.end_frame(time - patience)
        return completed

    def _margins(self, zone: LineOrZone, tracks: Tracks) -> NDArray[np.float64]:
        """Pixels that each track must be beyond the line, as far as a zone has them."""
        heights = (tracks.boxes[:, 3] - tracks.boxes[:, 1]).astype(np.float64)
        margins = np.maximum(heights * self._margin, _LEAST_MARGIN)
        if zone.rule.margin is not None:
            margins[:] = zone.rule.margin
        return np.minimum(margins, zone.reach / 2)

    def _sweep(self) -> None:
        """Forget tracks that are long gone; now and then, as it checks them all."""
        if abs(self._now - self._swept) < self._memory / 4:
            return
        self._swept = self._now
        oldest = self._now - self._memory
        for tally in self._counters:
            gone = [key for key, at in tally.sides.items() if at.seen < oldest]
            tally.dwell.forget(gone)
            for track_id in gone:
                del tally.sides[track_id]

    def counts(self, *, ids: bool = True) -> tuple[Count, ...]:
        """Return what each line or zone counted so far, in the order given.

        Args:
            ids: whether to list which tracks crossed: after days these are many.
        """
        seen_since = self._now - self._patience
        return tuple(
            tally.count(seen_since, self._observed, ids=ids) for tally in self._counters
        )

    def inside(self) -> dict[str, frozenset[int]]:
        """Return the ids of the tracks in each zone now, by its name."""
        seen_since = self._now - self._patience
        zones = (tally for tally in self._counters if tally.zone.kind == "zone")
        return {tally.zone.name: tally.inside(seen_since) for tally in zones}

    def state(self) -> dict[str, Any]:
        """Return everything counted and remembered, as JSON can hold it."""
        return {
            "seconds": self._now if math.isfinite(self._now) else None,
            "time": None if self._time is None else str(self._time),
            "gap": self._gap,
            "observed": str(self._observed),
            "borders": [tally.state() for tally in self._counters],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a result of `state`, also one that was written as JSON.

        Raises:
            UsageError: it was made with other lines or zones.
            InputError: it is damaged.
        """
        try:
            self._restore(state)
        except (
            *(KeyError, TypeError, ValueError, AttributeError, IndexError),
            *(OverflowError, ZeroDivisionError),
        ) as error:
            raise InputError(f"the stored counts are damaged ({error!r})") from error

    def _restore(self, state: Mapping[str, Any]) -> None:
        stored = state["borders"]
        expected = [tally.shape for tally in self._counters]
        if [shape_of(content) for content in stored] != expected:
            raise UsageError(
                "the saved counts were made with other lines or zones",
                hint="give the same --line and --zone options as before",
            )
        for tally, content in zip(self._counters, stored, strict=True):
            tally.restore(content)
        seconds, time = state["seconds"], state["time"]
        self._time = None if time is None else Fraction(str(time))
        self._gap = bool(state.get("gap"))
        self._observed = Fraction(str(state["observed"]))
        self._now = self._swept = -math.inf if seconds is None else float(seconds)


def _of_classes(tracks: Tracks, classes: Collection[int]) -> Tracks:
    """Those of some classes; of all if there are none."""
    return tracks[np.isin(tracks.classes, list(classes))] if classes else tracks


def _check_names(zones: Sequence[LineOrZone]) -> None:
    for name, times in Counter(zone.name for zone in zones).items():
        if times > 1:
            raise UsageError(
                f"{times} lines or zones are named {name!r}",
                hint="give each a different name",
            )
