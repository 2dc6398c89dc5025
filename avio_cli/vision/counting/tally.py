"""What one line or zone has counted, and where each track stands to it."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, Literal

from avio_cli.vision.counting.zones import Kind, LineOrZone

Direction = Literal["in", "out"]


def class_name(names: Sequence[str], number: int) -> str:
    """Name a class; one beyond the known names is called by its number."""
    return names[number] if 0 <= number < len(names) else str(number)


@dataclass(frozen=True, slots=True)
class Crossing:
    """One identity that crossed one border, at one frame."""

    name: str
    """Of the line or zone."""
    kind: Kind
    direction: Direction
    id: int
    class_name: str

    def as_record(self) -> dict[str, str | int]:
        """Return it as records hold it."""
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
    """Crossings in; one identity that goes in twice counts twice."""
    left: int
    """Crossings out."""
    inside: int
    """Zone: tracks in it now. Line: in less out; negative where more went out."""
    classes: Mapping[str, tuple[int, int]]
    """In and out by class name, in order of first crossing."""
    ids_in: tuple[int, ...]
    """Identities that went in, in order of first crossing, each once."""
    ids_out: tuple[int, ...]
    """Identities that went out, likewise."""

    def as_record(self) -> dict[str, Any]:
        """Return it as the summary holds it."""
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
        }


@dataclass(slots=True)
class TrackSide:
    """Where one track was last seen, and which side it belongs to."""

    side: int
    """-1 out, 1 in, 0 not yet clear; kept while the track is within the margin."""
    x: float
    y: float
    distance: float
    """From the border; positive on the in side."""
    went_through: bool = False
    """Whether the last change of sign was through the border, not past its end."""
    seen: float = 0.0
    """Seconds: the time of the last frame that had the track."""


@dataclass(slots=True)
class ZoneCounter:
    """The state of one border."""

    zone: LineOrZone
    sides: dict[int, TrackSide] = field(default_factory=dict)
    classes: dict[Direction, Counter[str]] = field(
        default_factory=lambda: {"in": Counter(), "out": Counter()}
    )
    ids: dict[Direction, dict[int, None]] = field(
        default_factory=lambda: {"in": {}, "out": {}}
    )

    def move(
        self, identity: int, x: float, y: float, distance: float, margin: float
    ) -> Direction | None:
        """Take a track's new position; say whether that completes a crossing."""
        side = 0 if abs(distance) < margin else int(math.copysign(1, distance))
        place = self.sides.get(identity)
        if place is None:
            self.sides[identity] = TrackSide(side, x, y, distance)
            return None
        if (place.distance < 0) != (distance < 0):
            place.went_through = self.zone.is_crossed((place.x, place.y), (x, y))
        place.x, place.y, place.distance = x, y, distance
        before, place.side = place.side, side or place.side
        if before * side >= 0 or not place.went_through:
            return None
        return "in" if side > 0 else "out"

    def add(self, direction: Direction, identity: int, name: str) -> Crossing:
        """Count a crossing by a track whose class has that name."""
        self.classes[direction][name] += 1
        self.ids[direction][identity] = None
        border = self.zone
        return Crossing(border.name, border.kind, direction, identity, name)

    def count(self, seen_since: float) -> Count:
        """Sum up; tracks not seen since that time are in no zone."""
        entered, left = self.classes["in"].total(), self.classes["out"].total()
        inside = entered - left
        if self.zone.kind == "zone":
            places = self.sides.values()
            inside = sum(p.side > 0 and p.seen >= seen_since for p in places)
        names = dict.fromkeys([*self.classes["in"], *self.classes["out"]])
        return Count(
            self.zone.name,
            self.zone.kind,
            entered,
            left,
            inside,
            {n: (self.classes["in"][n], self.classes["out"][n]) for n in names},
            tuple(self.ids["in"]),
            tuple(self.ids["out"]),
        )

    @property
    def shape(self) -> dict[str, Any]:
        """What the border is, as JSON has it."""
        border = self.zone
        points = [list(point) for point in border.points]
        return {"name": border.name, "kind": border.kind, "points": points}

    def state(self) -> dict[str, Any]:
        """Return everything, as JSON can hold it."""
        return {
            **self.shape,
            "classes": {way: dict(names) for way, names in self.classes.items()},
            "ids": {way: list(ids) for way, ids in self.ids.items()},
            "places": [[identity, *astuple(at)] for identity, at in self.sides.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a result of `state` for the same border."""
        for way in self.classes:
            self.classes[way] = Counter(state["classes"][way])
            self.ids[way] = dict.fromkeys(state["ids"][way])
        self.sides = {row[0]: TrackSide(*row[1:]) for row in state["places"]}
