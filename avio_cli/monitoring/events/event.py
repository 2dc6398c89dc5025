"""Event: something that an object did, as JSON has it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Kind = Literal[
    "track_first_seen",
    "track_lost",
    "line_crossed",
    "zone_entered",
    "zone_left",
    "zone_dwell",
]


@dataclass(frozen=True, slots=True)
class SeenTrack:
    """One track in the frame that had it last."""

    id: int
    class_name: str
    score: float
    box: tuple[float, float, float, float]
    """x1 y1 x2 y2 in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event."""

    kind: Kind
    time: datetime
    """When it was noticed, by the system's clock; with a time zone."""
    seconds: float
    """Time of its frame, as in records."""
    frame: int
    """Counts from 1, as in records."""
    track: SeenTrack
    name: str = ""
    """Of the line or zone; empty: it is of none."""
    direction: str = ""
    """``in`` or ``out``; empty: there is none."""
    more: dict[str, Any] = field(default_factory=dict)
    """What only this kind has."""

    def as_record(self, source: str) -> dict[str, Any]:
        """The event as JSON types.

        Args:
            source: what was tracked, without credentials.
        """
        time = self.time.astimezone(UTC).isoformat(timespec="milliseconds")
        where = {"name": self.name, "direction": self.direction}
        return {
            "event": self.kind,
            "time": time.replace("+00:00", "Z"),
            "pts": round(self.seconds, 6),
            "frame": self.frame,
            "id": self.track.id,
            "class": self.track.class_name,
            "score": round(self.track.score, 4),
            "box": [round(value, 2) for value in self.track.box],
            **{key: value for key, value in where.items() if value},
            **self.more,
            "source": source,
        }

    def as_line(self, source: str) -> bytes:
        """The same as a line of JSON, without its end."""
        return json.dumps(self.as_record(source), ensure_ascii=False).encode()
