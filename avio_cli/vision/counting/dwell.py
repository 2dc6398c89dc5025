"""How long tracks stay in a zone, and how many are in it at once, by media time.

A visit lasts from the frame at which a track is first in the zone (it came in, or first
appeared there) to the one at which it has gone out, or was last seen. A track that is
hidden stays for as long as the counter's patience; one that returns later has another
visit. Nothing is added up but differences of times of frames, which are exact.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Dwell:
    """One track in one zone."""

    id: int
    seconds: Fraction
    """Of all visits; exact until the track is forgotten, then to the microsecond."""
    visits: int

    def as_record(self) -> dict[str, int | float]:
        """Return it as in the summary."""
        seconds = round(float(self.seconds), 6)
        return {"id": self.id, "seconds": seconds, "visits": self.visits}


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How many tracks were in a zone."""

    most: int = 0
    """At once."""
    mean: float = 0.0
    """Over the time that was seen."""

    def as_record(self) -> dict[str, int | float]:
        """Return it as in the summary."""
        return {"most": self.most, "mean": round(self.mean, 4)}


@dataclass(slots=True)
class _Stay:
    """A track that is remembered."""

    total: Fraction = _NOTHING
    """Of the visits that have ended."""
    visits: int = 0
    since: Fraction = _NOTHING
    """When the last visit began."""
    last: Fraction = _NOTHING
    """The last time at which it was in the zone."""

    @property
    def seconds(self) -> Fraction:
        return self.total + self.last - self.since


class _Forgotten:
    """Tracks that do not come back: 24 bytes for each, as a run may last for months."""

    def __init__(self) -> None:
        self.ids, self.visits, self.microseconds = array("q"), array("q"), array("q")

    def add(self, track_id: int, visits: int, microseconds: int) -> None:
        self.ids.append(track_id)
        self.visits.append(visits)
        self.microseconds.append(microseconds)

    def rows(self) -> Iterable[tuple[int, int, int]]:
        return zip(self.ids, self.visits, self.microseconds, strict=True)


@dataclass(slots=True)
class ZoneDwell:
    """The visits to one zone.

    Frames come in order: first `see` for each track of a frame, then `end_frame`.
    """

    _stays: dict[int, _Stay] = field(default_factory=dict)
    _inside: set[int] = field(default_factory=set)
    """Whose visit goes on."""
    _gone: _Forgotten = field(default_factory=_Forgotten)
    most: int = 0
    """Tracks at once, so far."""
    total: Fraction = _NOTHING
    """Seconds of all visits that have ended."""

    def see(
        self,
        track_id: int,
        inside: bool,
        now: Fraction,
        before: Fraction | None,
        patience: Fraction,
    ) -> None:
        """Take a track that is seen in a frame.

        Args:
            track_id: its id.
            inside: whether it is in the zone.
            now: the time of the frame.
            before: of the frame before; None where some are missing between.
            patience: seconds that a track which is not seen stays.
        """
        stay = self._stays.get(track_id)
        if stay is not None and track_id in self._inside:
            if stay.last != before and now - stay.last > patience:
                self._end(track_id)
            else:
                stay.last = now
                if not inside:
                    self._end(track_id)
                return
        if inside:
            stay = self._stays.setdefault(track_id, _Stay())
            stay.visits += 1
            stay.since = stay.last = now
            self._inside.add(track_id)

    def end_frame(self, oldest: Fraction) -> None:
        """End the visits of tracks that were last seen before a time."""
        for track_id in [i for i in self._inside if self._stays[i].last < oldest]:
            self._end(track_id)
        self.most = max(self.most, len(self._inside))

    def forget(self, track_ids: Iterable[int]) -> None:
        """Take tracks that do not come back."""
        for track_id in track_ids:
            if track_id in self._inside:
                self._end(track_id)
            stay = self._stays.pop(track_id, None)
            if stay is not None:
                microseconds = round(stay.total * 10**6)
                self._gone.add(track_id, stay.visits, microseconds)

    def _end(self, track_id: int) -> None:
        stay = self._stays[track_id]
        visit = stay.last - stay.since
        stay.total += visit
        self.total += visit
        stay.since = stay.last
        self._inside.discard(track_id)

    def now(self) -> dict[int, Fraction]:
        """The tracks in the zone, and the seconds of each so far, by id."""
        return {i: self._stays[i].seconds for i in sorted(self._inside)}

    def occupancy(self, observed: Fraction) -> Occupancy:
        """Sum up.

        Args:
            observed: seconds that were seen at all.
        """
        going_on = (self._stays[i] for i in self._inside)
        seconds = sum((stay.last - stay.since for stay in going_on), self.total)
        return Occupancy(self.most, float(seconds / observed) if observed else 0.0)

    def tracks(self) -> tuple[Dwell, ...]:
        """Every track that was ever in the zone, by id."""
        found: dict[int, Dwell] = {}
        kept = ((i, s.visits, s.seconds) for i, s in self._stays.items())
        gone = ((i, v, Fraction(us, 10**6)) for i, v, us in self._gone.rows())
        for track_id, visits, seconds in (*gone, *kept):
            before = found.get(track_id, Dwell(track_id, _NOTHING, 0))
            found[track_id] = Dwell(
                track_id, before.seconds + seconds, before.visits + visits
            )
        return tuple(found[track_id] for track_id in sorted(found))

    def state(self) -> dict[str, Any]:
        """Return everything, as JSON types."""
        return {
            "most": self.most,
            "total": str(self.total),
            "inside": sorted(self._inside),
            "stays": [
                [i, str(s.total), s.visits, str(s.since), str(s.last)]
                for i, s in self._stays.items()
            ],
            "gone": [list(row) for row in self._gone.rows()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a result of `state`."""
        self.most, self.total = int(state["most"]), Fraction(str(state["total"]))
        self._stays = {
            int(i): _Stay(Fraction(str(t)), int(v), Fraction(str(a)), Fraction(str(b)))
            for i, t, v, a, b in state["stays"]
        }
        self._inside = {int(i) for i in state["inside"]} & self._stays.keys()
        self._gone = _Forgotten()
        for track_id, visits, microseconds in state["gone"]:
            self._gone.add(int(track_id), int(visits), int(microseconds))
