"""Figures of a run, counted frame by frame and read by other threads."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from avio_cli.media.frame import Frame
from avio_cli.monitoring.events.target import EventCounts
from avio_cli.seen_ids import SeenIds

_WINDOW = 10.0
"""Seconds over which the current rate is measured."""


class SourceSnapshot(Protocol):
    """What is known of a live source at one moment; see `decode/live/health`."""

    @property
    def state(self) -> str:
        """``connecting``, ``live``, ``stalled``, ``lost`` or ``ended``."""

    @property
    def dropped(self) -> int:
        """Frames that were not handed on, because newer ones were there."""

    @property
    def reconnects(self) -> int:
        """Times it came back after an interruption."""

    @property
    def stalls(self) -> int:
        """Interruptions in which nothing arrived although the connection stood."""

    @property
    def gap_seconds(self) -> float:
        """Length of all interruptions."""

    @property
    def lag(self) -> float:
        """Seconds from the arrival of the latest frame to its processing."""

    @property
    def frame_age(self) -> float | None:
        """Seconds since the last frame arrived; None before the first one."""


class SourceHealth(Protocol):
    """A live source that counts what becomes of it."""

    def snapshot(self) -> SourceSnapshot:
        """All of it at this moment; from any thread."""


class PartCounts(Protocol):
    """A result in parts; see `output/parts`."""

    @property
    def finished(self) -> int:
        """Parts that this run has completed."""

    @property
    def removed(self) -> int:
        """Parts that this run has removed, as they were old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """All figures at one moment."""

    seconds: float
    """Since the run started."""
    frames: int
    """That were processed."""
    fps: float
    """Frames a second, over the last seconds."""
    tracks: int
    """In the last frame."""
    track_ids: int
    """Different ones so far."""
    crossings: Mapping[tuple[str, str], int]
    """By the name of the line or zone, and direction."""
    events: EventCounts = field(default_factory=EventCounts)
    queues: Mapping[str, int] = field(default_factory=dict)
    """Length by name."""
    source: SourceSnapshot | None = None
    """None: the source is not live."""
    parts: PartCounts | None = None
    """None: the result is not in parts."""


class FigureCounter:
    """Counts; one thread adds, any reads.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._started = clock, clock()
        self._lock = threading.Lock()
        self._ids, self._crossings = SeenIds(), Counter[tuple[str, str]]()
        self._frames = self._tracks = 0
        self._recent: deque[tuple[float, int]] = deque([(self._started, 0)])
        self.events: Callable[[], EventCounts] = EventCounts
        self.health: SourceHealth | None = None
        self.parts: PartCounts | None = None
        self.queues: dict[str, Callable[[], int]] = {}

    def add(self, frame: Frame, crossings: Sequence[Mapping[str, Any]] = ()) -> None:
        """Count a frame that has been processed, and its crossings as in records."""
        ids = frame.tracks.ids.tolist()
        with self._lock:
            self._frames, self._tracks = self._frames + 1, len(ids)
            self._ids.update(ids)
            for crossing in crossings:
                self._crossings[crossing["name"], crossing["direction"]] += 1
            self._note(self._clock())

    def copied(self, frames: int) -> None:
        """Count frames that nobody has looked at."""
        with self._lock:
            self._frames += frames
            self._note(self._clock())

    def snapshot(self) -> RunFigures:
        """All figures at this moment."""
        health = self.health
        with self._lock:
            now = self._clock()
            return RunFigures(
                seconds=now - self._started,
                frames=self._frames,
                fps=self._rate(now),
                tracks=self._tracks,
                track_ids=len(self._ids),
                crossings=dict(self._crossings),
                events=self.events(),
                queues={name: length() for name, length in self.queues.items()},
                source=None if health is None else health.snapshot(),
                parts=self.parts,
            )

    def _note(self, now: float) -> None:
        """Keep one count a second, of the last seconds."""
        if now - self._recent[-1][0] >= 1:
            self._recent.append((now, self._frames))
        while len(self._recent) > 1 and now - self._recent[0][0] > _WINDOW:
            self._recent.popleft()

    def _rate(self, now: float) -> float:
        since, frames = self._recent[0]
        return (self._frames - frames) / (now - since) if now > since else 0.0
