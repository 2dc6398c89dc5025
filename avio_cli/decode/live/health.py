"""Health of a live source: counted by its reader, shown by who asks for a snapshot."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

State = Literal["connecting", "live", "stalled", "lost", "ended"]

GAPS_KEPT = 1000
"""The latest gaps that a snapshot lists: a run may last for months."""
_UNDER_WAY = 1000
"""Frames whose arrival is known until they are done: more than any run holds."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An interruption that is over."""

    start: Fraction
    """The time of the last frame before it, on the clock of the run."""
    seconds: Fraction
    """From there to the first frame after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSnapshot:
    """The health at one moment."""

    state: State = "connecting"
    state_seconds: float = 0.0
    """For how long it has been in that state."""
    problem: str = ""
    """Why it is stalled or lost; credentials masked."""
    frames: int = 0
    """That arrived, also those dropped."""
    dropped: int = 0
    """Not handed on, because newer ones were there."""
    decoded_bytes: int = 0
    """Of frames and audio."""
    reconnects: int = 0
    """Times it came back after an interruption."""
    stalls: int = 0
    """Interruptions in which nothing arrived although the connection stood."""
    jumps: int = 0
    """Times at which its clock went back, or ahead of the wall clock."""
    gaps: tuple[Gap, ...] = ()
    """The latest `GAPS_KEPT` ones."""
    gap_seconds: float = 0.0
    """Length of all gaps together."""
    lag: float = 0.0
    """Seconds from the arrival of a frame until all was done with it; of the latest
    one."""
    worst_lag: float = 0.0
    frame_age: float | None = None
    """Seconds since the last frame arrived; None before the first one."""

    def as_record(self) -> dict[str, Any]:
        """The counters as they are written to JSON: times in seconds."""
        return {
            "state": self.state,
            "frames": self.frames,
            "dropped": self.dropped,
            "decoded_bytes": self.decoded_bytes,
            "reconnects": self.reconnects,
            "stalls": self.stalls,
            "clock_jumps": self.jumps,
            "gap_s": round(self.gap_seconds, 3),
            "worst_lag_s": round(self.worst_lag, 3),
            "gaps": [
                {
                    "start_s": round(float(gap.start), 3),
                    "seconds": round(float(gap.seconds), 3),
                }
                for gap in self.gaps
            ],
        }

    def summary(self) -> str:
        """What was lost, as one clause; empty where nothing was."""
        counted = (
            (self.reconnects, "interruption"),
            (self.jumps, "jump of its clock", "jumps of its clock"),
            (self.dropped, "dropped frame"),
        )
        parts = [_counted(number, *words) for number, *words in counted if number]
        if self.gap_seconds and parts:
            parts[0] += f" ({self.gap_seconds:.1f} s without a frame)"
        return ", ".join(parts)


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


@dataclass(slots=True)
class Health:
    """Counts what becomes of a live source; from several threads.

    Args:
        now: the monotonic clock, in seconds.
    """

    now: Callable[[], float] = time.monotonic
    _counts: dict[str, int] = field(default_factory=dict)
    _state: State = "connecting"
    _problem: str = ""
    _since: float | None = None
    _arrived: float | None = None
    _lag: float = 0.0
    _worst_lag: float = 0.0
    _gap_seconds: Fraction = Fraction(0)
    _gaps: deque[Gap] = field(default_factory=lambda: deque(maxlen=GAPS_KEPT))
    _under_way: deque[tuple[int, float]] = field(
        default_factory=lambda: deque(maxlen=_UNDER_WAY)
    )
    """Index and arrival of frames that were handed on."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._since = self.now()

    def enter(self, state: State, problem: str = "") -> None:
        """It is in this state from now on.

        Args:
            state: the same one again only changes the problem.
            problem: why; for people, without credentials.
        """
        with self._lock:
            if state != self._state:
                self._state, self._since = state, self.now()
            self._problem = problem

    def count(self, name: str, number: int = 1) -> None:
        """Add to one of the counters that `HealthSnapshot` has."""
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + number

    def frame_arrived(self) -> None:
        """A frame has arrived."""
        with self._lock:
            self._counts["frames"] = self._counts.get("frames", 0) + 1
            self._arrived = self.now()

    def came_back(self, gap: Gap) -> None:
        """The first frame after an interruption has arrived."""
        with self._lock:
            self._gaps.append(gap)
            self._gap_seconds += gap.seconds
            self._counts["reconnects"] = self._counts.get("reconnects", 0) + 1

    def was_interrupted(self, after: Fraction, until: Fraction) -> bool:
        """Whether an interruption ended after one frame and not after the other.

        Args:
            after: seconds of a frame.
            until: seconds of a later one, that has arrived.
        """
        with self._lock:
            return any(after < gap.start + gap.seconds <= until for gap in self._gaps)

    def handed_on(self, index: int, arrival: float) -> None:
        """A frame is handed on that arrived at that time of the clock."""
        with self._lock:
            self._under_way.append((index, arrival))

    def processed(self, index: int) -> None:
        """All is done with a frame, and with those before it."""
        with self._lock:
            arrival = None
            while self._under_way and self._under_way[0][0] <= index:
                arrival = self._under_way.popleft()[1]
            if arrival is not None:
                self._lag = max(self.now() - arrival, 0.0)
                self._worst_lag = max(self._worst_lag, self._lag)

    def snapshot(self) -> HealthSnapshot:
        """All of it at this moment."""
        with self._lock:
            now = self.now()
            return HealthSnapshot(
                state=self._state,
                state_seconds=now - (now if self._since is None else self._since),
                problem=self._problem,
                gaps=tuple(self._gaps),
                gap_seconds=float(self._gap_seconds),
                lag=self._lag,
                worst_lag=self._worst_lag,
                frame_age=None if self._arrived is None else now - self._arrived,
                **self._counts,
            )
