"""What viewers read beside images: the run, its figures, and events as they come."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from avio_cli.live_page.newest import NewestFrame
from avio_cli.monitoring.events.event import Event
from avio_cli.monitoring.figures import RunFigures

_KEPT = 1000
"""Events; a viewer that is later than that misses some."""
_SHOWN_FIRST = 50
"""Events of before it came that a viewer gets."""


class Feed:
    """Gathers it; the run's thread adds events, the server's reads.

    Args:
        newest: has what is to be known of frames.
        figures: gives those of the moment, from any thread.
        source: the name of what is read, without credentials.
    """

    def __init__(
        self, newest: NewestFrame, figures: Callable[[], RunFigures], source: str
    ) -> None:
        self._newest, self._figures, self._source = newest, figures, source
        self._events: deque[Event] = deque(maxlen=_KEPT)
        self._added = 0
        self._lock = threading.Lock()

    def add(self, events: Sequence[Event]) -> None:
        """Take the events of a frame."""
        if events:
            with self._lock:
                self._events.extend(events)
                self._added += len(events)

    @property
    def first(self) -> int:
        """The number of the event that a new viewer gets first."""
        return max(0, self._added - _SHOWN_FIRST)

    @property
    def added(self) -> int:
        """Events so far: the number of the next one."""
        return self._added

    def events_from(self, number: int) -> tuple[list[dict[str, Any]], int]:
        """Events from a number on that are still there, and the number of the next."""
        with self._lock:
            count = min(max(0, self._added - number), len(self._events))
            events = list(self._events)[len(self._events) - count :]
            return [event.as_record(self._source) for event in events], self._added

    def about(self) -> Mapping[str, Any]:
        """What is shown."""
        look = self._newest.look
        return {"source": self._source, "drawn": look.drawn, **look.about}

    def figures(self) -> dict[str, Any]:
        """Figures of the run as JSON types."""
        figures = self._figures()
        source = figures.source
        return {
            "seconds": round(figures.seconds, 1),
            "frames": figures.frames,
            "fps": round(figures.fps, 1),
            "tracks": figures.tracks,
            "ids": figures.track_ids,
            "crossings": list(_crossings(figures)),
            "state": None if source is None else source.state,
            "lag": None if source is None else round(source.lag, 3),
            "dropped": None if source is None else source.dropped,
        }


def _crossings(figures: RunFigures) -> Iterator[dict[str, Any]]:
    counts = figures.crossings
    for name in dict.fromkeys(name for name, _ in counts):
        yield {
            "name": name,
            "in": counts.get((name, "in"), 0),
            "out": counts.get((name, "out"), 0),
        }
