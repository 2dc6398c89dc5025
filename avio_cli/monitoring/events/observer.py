"""EventObserver: finds the events in tracked frames, one after the other."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

from avio_cli.media.frame import Frame
from avio_cli.monitoring.events.event import Event, Kind, SeenTrack
from avio_cli.seen_ids import SeenIds

LOST_SECONDS = 2.0
"""Of the source, without a track after which it is lost: longer than trackers wait for
an object to come back (30 frames at 30 a second, by default)."""

_KINDS: Mapping[tuple[Any, Any], Kind] = {
    ("line", "in"): "line_crossed",
    ("line", "out"): "line_crossed",
    ("zone", "in"): "zone_entered",
    ("zone", "out"): "zone_left",
}


class EventObserver:
    """Compares each frame with what was before it; its memory is bounded.

    Args:
        class_names: names of the classes; one beyond them is called by its number.
        dwell: for names of zones, the seconds in them after which there is an event.
        clock: gives the seconds since 1970.
    """

    def __init__(
        self,
        class_names: Sequence[str] = (),
        dwell: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._names, self._dwell, self._clock = class_names, dwell or {}, clock
        self._ids = SeenIds()
        self._last: dict[int, tuple[float, SeenTrack]] = {}
        """The tracks that are not lost, with the time at which each was seen."""
        self._since: dict[tuple[str, int], float] = {}
        """When each track came into a zone; infinity once that was reported."""

    def observe(
        self,
        frame: Frame,
        crossings: Sequence[Mapping[str, Any]] = (),
        inside: Mapping[str, Set[int]] | None = None,
    ) -> list[Event]:
        """The events of a frame.

        Args:
            frame: with its tracks.
            crossings: completed at this frame, as in records.
            inside: for names of zones, the ids of the tracks in them.
        """
        now, seconds = datetime.fromtimestamp(self._clock(), UTC), frame.seconds
        found: list[tuple[Kind, int, dict[str, Any]]] = [
            *self._appearing(frame, seconds),
            *self._crossing(crossings),
            *self._dwelling(inside or {}, seconds),
            *self._disappearing(seconds),
        ]
        events = [
            Event(
                kind=kind,
                time=now,
                seconds=seconds,
                frame=frame.index + 1,
                track=self._last[track_id][1],
                name=facts.pop("name", ""),
                direction=facts.pop("direction", ""),
                more=facts,
            )
            for kind, track_id, facts in found
            if track_id in self._last
        ]
        for kind, track_id, _ in found:
            if kind == "track_lost":
                self._forget(track_id)
        return events

    def _appearing(
        self, frame: Frame, seconds: float
    ) -> Iterator[tuple[Kind, int, dict[str, Any]]]:
        tracks = frame.tracks
        rows = zip(
            tracks.ids.tolist(),
            tracks.classes.tolist(),
            tracks.scores.tolist(),
            tracks.boxes.tolist(),
            strict=True,
        )
        for track_id, class_, score, box in rows:
            seen = SeenTrack(track_id, self._class(class_), score, tuple(box))
            self._last[track_id] = seconds, seen
            if self._ids.add(track_id):
                yield "track_first_seen", track_id, {}

    def _crossing(
        self, crossings: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[Kind, int, dict[str, Any]]]:
        for crossing in crossings:
            where = {"name": crossing["name"], "direction": crossing["direction"]}
            kind = _KINDS[crossing["kind"], crossing["direction"]]
            yield kind, crossing["id"], where

    def _dwelling(
        self, inside: Mapping[str, Set[int]], seconds: float
    ) -> Iterator[tuple[Kind, int, dict[str, Any]]]:
        for key in list(self._since):
            if key[1] not in inside.get(key[0], ()):
                del self._since[key]
        for name, limit in self._dwell.items():
            for track_id in sorted(inside.get(name, ())):
                since = self._since.setdefault((name, track_id), seconds)
                if seconds - since >= limit:
                    self._since[name, track_id] = float("inf")
                    passed = {"seconds": round(seconds - since, 3)}
                    yield "zone_dwell", track_id, {"name": name, **passed}

    def _disappearing(
        self, seconds: float
    ) -> Iterator[tuple[Kind, int, dict[str, Any]]]:
        for track_id, (seen, _) in self._last.items():
            if seconds - seen > LOST_SECONDS:
                yield "track_lost", track_id, {"last_seen": round(seen, 6)}

    def _forget(self, track_id: int) -> None:
        del self._last[track_id]

    def _class(self, number: int) -> str:
        return self._names[number] if 0 <= number < len(self._names) else str(number)
