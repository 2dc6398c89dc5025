"""What one line or zone has counted, and on which side of it each track is."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from fractions import Fraction
from typing import Any, Literal

from avio_cli.seen_ids import SeenIds
from avio_cli.vision.counting.dwell import Dwell, Occupancy, ZoneDwell
from avio_cli.vision.counting.zones import Kind, LineOrZone

Direction = Literal["in", "out"]


def class_name(names: Sequence[str], number: int) -> str:
    """Name a class; one beyond the known names is called by its number."""
    return names[number] if 0 <= number < len(names) else str(number)


@dataclass(frozen=True, slots=True)
class Crossing:
    """One track that crossed one line or zone, at one frame."""

    name: str
    """Of the line or zone."""
    kind: Kind
    direction: Direction
    id: int
    class_name: str

    def as_record(self) -> dict[str, str | int]:
        """Return it as in the records."""
        return {
            "name": self.name,
            "kind": self.kind,
            "direction": self.direction,
            "id": self.id,
            "class": self.class_name,
        }


@dataclass(frozen=True, slots=True)
class Count:
    """What one line or zone counted so far."""

    name: str
    kind: Kind
    entered: int
    """Crossings in; one track that goes in twice counts twice."""
    left: int
    """Crossings out."""
    inside: int
    """Zone: tracks in it now. Line: in minus out; negative where more went out."""
    classes: Mapping[str, tuple[int, int]]
    """In and out by class name, in order of first crossing."""
    ids_in: tuple[int, ...] = ()
    """Track ids that went in, in order of first crossing, each once."""
    ids_out: tuple[int, ...] = ()
    """Track ids that went out, likewise."""
    occupancy: Occupancy = field(default_factory=Occupancy)
    """Of a zone: how many tracks were in it."""
    dwell: tuple[Dwell, ...] = ()
    """Of a zone: how long each track was in it, by id."""

    def as_record(self) -> dict[str, Any]:
        """Return it as in the summary."""
        dwell = {
            "occupancy": self.occupancy.as_record(),
            "dwell": [track.as_record() for track in self.dwell],
        }
        return {
            "name": self.name,
            "kind": self.kind,
            "in": self.entered,
            "out": self.left,
            "inside": self.inside,
            "classes": {
                name: {"in": entered, "out": left}
                for name, (entered, left) in self.classes.items()
            },
            "ids": {"in": list(self.ids_in), "out": list(self.ids_out)},
            **(dwell if self.kind == "zone" else {}),
        }


def shape_of(state: Mapping[str, Any]) -> dict[str, Any]:
    """The line or zone of a result of `ZoneCounter.state`."""
    keys = ("name", "kind", "points", "rule")
    return {key: state[key] for key in keys if key in state or key != "rule"}


@dataclass(slots=True)
class TrackSide:
    """Where one track was last seen, and which side it belongs to."""

    side: int
    """-1 out, 1 in, 0 not yet clear; kept while the track is within the margin."""
    x: float
    y: float
    distance: float
    """From the line or edge; positive on the in side."""
    went_through: bool = False
    """Whether the last change of sign crossed the segment, not beyond its end."""
    seen: float = 0.0
    """Seconds: the time of the last frame that had the track."""


class CrossedIds:
    """Ids in the order in which they first came, each once: eight bytes for each."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._seen, self._order = SeenIds(), array("q")
        for track_id in ids:
            self.add(track_id)

    def add(self, track_id: int) -> None:
        """Take an id that crossed, now or again."""
        if self._seen.add(track_id):
            self._order.append(track_id)

    def __iter__(self) -> Iterator[int]:
        return iter(self._order)


@dataclass(slots=True)
class ZoneCounter:
    """The state of one line or zone."""

    zone: LineOrZone
    sides: dict[int, TrackSide] = field(default_factory=dict)
    classes: dict[Direction, Counter[str]] = field(
        default_factory=lambda: {"in": Counter(), "out": Counter()}
    )
    ids: dict[Direction, CrossedIds] = field(
        default_factory=lambda: {"in": CrossedIds(), "out": CrossedIds()}
    )

    dwell: ZoneDwell = field(default_factory=ZoneDwell)

    def move(
        self, track_id: int, x: float, y: float, distance: float, margin: float
    ) -> Direction | None:
        """Take a track's new position; return the direction of a completed crossing."""
        # On the line itself it is on neither side, whatever the sign of that 0.
        side = 0 if abs(distance) < margin else (distance > 0) - (distance < 0)
        last = self.sides.get(track_id)
        if last is None:
            self.sides[track_id] = TrackSide(side, x, y, distance)
            return None
        if (last.distance < 0) != (distance < 0):
            last.went_through = self.zone.is_crossed((last.x, last.y), (x, y))
        last.x, last.y, last.distance = x, y, distance
        before, last.side = last.side, side or last.side
        if before * side >= 0 or not last.went_through:
            return None
        return "in" if side > 0 else "out"

    def add(self, direction: Direction, track_id: int, name: str) -> Crossing:
        """Count a crossing by a track whose class has that name."""
        self.classes[direction][name] += 1
        self.ids[direction].add(track_id)
        return Crossing(self.zone.name, self.zone.kind, direction, track_id, name)

    def count(
        self, seen_since: float, observed: Fraction, *, ids: bool = True
    ) -> Count:
        """Sum up; tracks not seen since that time are in no zone.

        Args:
            seen_since: seconds.
            observed: seconds that were seen in all.
            ids: whether to list tracks.
        """
        entered, left = self.classes["in"].total(), self.classes["out"].total()
        inside = entered - left
        if self.zone.kind == "zone":
            inside = len(self.inside(seen_since))
        names = dict.fromkeys([*self.classes["in"], *self.classes["out"]])
        return Count(
            self.zone.name,
            self.zone.kind,
            entered,
            left,
            inside,
            {n: (self.classes["in"][n], self.classes["out"][n]) for n in names},
            tuple(self.ids["in"]) if ids else (),
            tuple(self.ids["out"]) if ids else (),
            self.dwell.occupancy(observed),
            self.dwell.tracks() if ids else (),
        )

    def inside(self, seen_since: float) -> frozenset[int]:
        """The ids on the in side, without tracks not seen since that time."""
        sides = self.sides.items()
        return frozenset(
            key for key, at in sides if at.side > 0 and at.seen >= seen_since
        )

    @property
    def shape(self) -> dict[str, Any]:
        """The line or zone itself, as JSON types."""
        zone = self.zone
        points = [list(point) for point in zone.points]
        shape = {"name": zone.name, "kind": zone.kind, "points": points}
        return shape | ({"rule": zone.rule.text} if zone.rule.text else {})

    def state(self) -> dict[str, Any]:
        """Return everything, as JSON types."""
        return {
            **self.shape,
            "classes": {key: dict(names) for key, names in self.classes.items()},
            "ids": {key: list(ids) for key, ids in self.ids.items()},
            "places": [[key, *astuple(side)] for key, side in self.sides.items()],
            "dwell": self.dwell.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a result of `state` for the same line or zone."""
        for direction in self.classes:
            names = state["classes"][direction].items()
            self.classes[direction] = Counter({str(n): int(k) for n, k in names})
            self.ids[direction] = CrossedIds(map(int, state["ids"][direction]))
        self.sides = {int(row[0]): _side(*row[1:]) for row in state["places"]}
        self.dwell.restore(state["dwell"])


def _side(
    side: Any, x: Any, y: Any, distance: Any, went_through: Any, seen: Any
) -> TrackSide:
    """What was stored, of the types that it has."""
    places = float(x), float(y), float(distance)
    return TrackSide(int(side), *places, bool(went_through), float(seen))
