"""What was crossed, and who stayed in which zone for how long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.jobs.report.frames import TimedFrames
from avio_cli.records.entry import CountEvent
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.zones import LineOrZone


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """A line or zone that was crossed at a frame."""

    seconds: float
    event: CountEvent


@dataclass(frozen=True, slots=True)
class Visit:
    """A time that a track was in a zone: until it has left, or was last seen there."""

    zone: str
    id: int
    start: float
    """Seconds."""
    end: float


@dataclass(frozen=True, slots=True)
class Counts:
    """What the page lists."""

    events: tuple[TimedEvent, ...]
    visits: tuple[Visit, ...]


def count(
    frames: TimedFrames, zones: Sequence[LineOrZone], *, lenient: bool = False
) -> Counts:
    """Count by the lines and zones, or where there are none, by recorded events.

    Args:
        frames: of the records.
        zones: with the rules of what counts.
        lenient: whether a class that they count may be missing in the records: who
            recorded them knew it, and saw none.

    Raises:
        UsageError: two lines or zones have one name, or one counts an unknown class.
    """
    if not zones:
        events = tuple(_recorded(frames))
        visits = _recorded_stays(frames) or _between_events(frames, events)
        return Counts(events, tuple(visits))
    names = (*frames.class_names, *(_absent(frames, zones) if lenient else ()))
    counter = CrossingCounter(zones, class_names=names)
    crossed, stays = [], _Stays()
    for time, tracks in frames:
        now = float(time)
        events_now = [crossing.as_record() for crossing in counter.update(tracks, now)]
        crossed += [TimedEvent(now, event) for event in events_now]
        for zone, inside in counter.inside().items():
            stays.update(zone, inside, tracks, now)
    return Counts(tuple(crossed), tuple(stays.finished()))


def _absent(frames: TimedFrames, zones: Sequence[LineOrZone]) -> Iterator[str]:
    for name in dict.fromkeys(name for zone in zones for name in zone.rule.classes):
        if name not in frames.class_names:
            yield name


def _recorded(frames: TimedFrames) -> Iterator[TimedEvent]:
    for time, events in zip(frames.times, frames.events, strict=True):
        for event in events:
            if "name" in event and "direction" in event and "id" in event:
                yield TimedEvent(float(time), event)


def _recorded_stays(frames: TimedFrames) -> "list[Visit]":
    """By who was recorded to be in a zone; none where the records do not say that."""
    names = {str(zone["name"]) for zones in frames.zones for zone in zones}
    stays = _Stays()
    for (time, tracks), zones in zip(frames, frames.zones, strict=False):
        inside = {str(zone["name"]): frozenset(zone["ids"]) for zone in zones}
        for name in names:
            stays.update(name, inside.get(name, frozenset()), tracks, float(time))
    return stays.finished()


def _between_events(
    frames: TimedFrames, events: Sequence[TimedEvent]
) -> Iterator[Visit]:
    """From each way in to the way out; else from or to where the track is seen."""
    seen = _first_and_last(frames)
    entered: dict[tuple[str, int], float] = {}
    for item in events:
        event = item.event
        if event.get("kind") != "zone":
            continue
        key = (str(event["name"]), int(event["id"]))
        first, _ = seen.get(key[1], (item.seconds, item.seconds))
        if event["direction"] == "in":
            entered.setdefault(key, item.seconds)
        else:
            yield Visit(*key, entered.pop(key, first), item.seconds)
    for key, start in entered.items():
        yield Visit(*key, start, seen.get(key[1], (start, start))[1])


def _first_and_last(frames: TimedFrames) -> dict[int, tuple[float, float]]:
    """When each id is seen first and last."""
    seen: dict[int, tuple[float, float]] = {}
    for time, tracks in frames:
        for track_id in tracks.ids.tolist():
            first, _ = seen.get(track_id, (float(time), 0.0))
            seen[track_id] = (first, float(time))
    return seen


@dataclass(slots=True)
class _Stays:
    """Who is in which zone since when."""

    _starts: dict[tuple[str, int], float] = field(default_factory=dict)
    _seen: dict[tuple[str, int], float] = field(default_factory=dict)
    _visits: list[Visit] = field(default_factory=list)

    def update(
        self, zone: str, inside: frozenset[int], tracks: Tracks, now: float
    ) -> None:
        """Take who is in a zone at a frame."""
        there = frozenset(np.asarray(tracks.ids).tolist())
        left = [key for key in self._starts if key[0] == zone and key[1] not in inside]
        for key in left:
            self._end(key, now if key[1] in there else self._seen[key])
        for track_id in inside & there:
            self._starts.setdefault((zone, track_id), now)
            self._seen[zone, track_id] = now

    def finished(self) -> list[Visit]:
        """All visits by their start; those that go on end where they were seen."""
        for key in list(self._starts):
            self._end(key, self._seen[key])
        return sorted(self._visits, key=lambda visit: visit.start)

    def _end(self, key: tuple[str, int], end: float) -> None:
        self._visits.append(Visit(*key, self._starts.pop(key), end))
