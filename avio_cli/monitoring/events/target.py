"""EventTarget: where events go; each has a thread and a bounded queue of its own."""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

LOG = logging.getLogger("avio.events")

QUEUED = 10_000
"""Events that wait in memory; when there are more, the oldest is dropped."""
GRACE = 5.0
"""Seconds at the end of a run for what still waits."""
FIRST_DELAY, LONGEST_DELAY = 0.5, 60.0
"""Seconds before a failed attempt is repeated; each one in a row waits twice as
long."""


@dataclass(frozen=True, slots=True)
class EventCounts:
    """What became of events."""

    sent: int = 0
    failed: int = 0
    """Refused by who should have got them."""
    dropped: int = 0
    """Given up because too many waited."""
    waiting: int = 0
    restarts: int = 0
    """Of commands."""
    unread: int = 0
    """Of those sent, what a command got that failed or was killed: it may not have
    read them."""

    def __add__(self, other: "EventCounts") -> "EventCounts":
        return EventCounts(
            self.sent + other.sent,
            self.failed + other.failed,
            self.dropped + other.dropped,
            self.waiting + other.waiting,
            self.restarts + other.restarts,
            self.unread + other.unread,
        )


class EventQueue:
    """A bounded queue between the run, which never waits, and a target's thread."""

    def __init__(self, most: int = QUEUED) -> None:
        self._lines: deque[bytes] = deque()
        self._most = most
        self._changed = threading.Condition()
        self.dropped = 0
        self.closing = False

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, line: bytes) -> None:
        """Add an event."""
        with self._changed:
            self._lines.append(line)
            if len(self._lines) > self._most:
                self._lines.popleft()
                self.dropped += 1
            self._changed.notify()

    def put_back(self, line: bytes) -> None:
        """Return an event to the front: it could not be sent."""
        with self._changed:
            self._lines.appendleft(line)

    def take(self, most: int = 1) -> list[bytes]:
        """What waits, at once; may be nothing."""
        with self._changed:
            count = min(most, len(self._lines))
            return [self._lines.popleft() for _ in range(count)]

    def wait(self, seconds: float | None = None, *, for_event: bool = True) -> None:
        """Wait for an event, or the end.

        Args:
            seconds: how long at most; None: for ever.
            for_event: whether an event ends the wait; else only the end does.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self.closing or (for_event and bool(self._lines)), seconds
            )

    def close(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self.closing = True
            self._changed.notify()


class EventTarget(ABC):
    """A thread that sends what is in its queue.

    Args:
        title: its name for messages, without credentials.
        clock: monotonic seconds.
    """

    def __init__(self, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.title, self.queue = title, EventQueue()
        self._clock, self._end = clock, float("inf")
        self._sent = self._failed = self._restarts = self._unread = 0
        self._delay = FIRST_DELAY
        self._is_failing = False
        self._thread = threading.Thread(
            target=self._run, name="avio-events", daemon=True
        )

    @abstractmethod
    def _run(self) -> None:
        """Send until the queue is closed, and what is left then."""

    @abstractmethod
    def _abandon(self) -> None:
        """Let the thread end now, whatever it waits for; from another thread."""

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def counts(self) -> EventCounts:
        """What became of the events so far."""
        dropped, waiting = self.queue.dropped, len(self.queue)
        return EventCounts(
            *(self._sent, self._failed, dropped, waiting, self._restarts, self._unread)
        )

    def close(self) -> None:
        """Send what still waits for a while, and end. Safe to call twice."""
        self._end = min(self._end, self._clock() + GRACE)
        self.queue.close()
        if not self._thread.is_alive():
            return
        self._thread.join(GRACE)
        if self._thread.is_alive():
            self._abandon()
            self._thread.join(GRACE)

    @property
    def _is_over(self) -> bool:
        """Whether the time for what still waits is over."""
        return self.queue.closing and self._clock() >= self._end

    def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        self.queue.wait(seconds, for_event=False)

    def _has_worked(self) -> None:
        if self._is_failing:
            LOG.warning("%s takes events again", self.title)
        self._is_failing, self._delay = False, FIRST_DELAY

    def _has_failed(self, problem: str) -> None:
        """Say so once, and wait before the next attempt."""
        if not self._is_failing:
            LOG.warning("%s takes no events (%s); they wait", self.title, problem)
        self._is_failing = True
        if self.queue.closing:
            time.sleep(min(self._delay, max(0.0, self._end - self._clock())))
        else:
            self._pause(self._delay)
        self._delay = min(2 * self._delay, LONGEST_DELAY)
