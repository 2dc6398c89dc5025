"""The clock that pictures follow: the sound device's where there is sound."""

import threading
import time
from collections.abc import Callable

NO_SYNC_SECONDS = 0.1
"""A measured time farther away than this is taken over at once."""
SMOOTHING = 0.05
"""Share of a measured difference that is put right at a time: devices take sound in
pieces of some 20 ms, so what is measured goes by steps."""


class Clock:
    """The time of the source that is heard now; used from several threads.

    Between two measurements, and where no sound is played, it runs by the system's
    monotonic clock.

    Args:
        now: the system's clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._system = now
        self._lock = threading.Lock()
        self._media, self._since = 0.0, now()
        self._running = False
        self._speed = 1.0

    @property
    def running(self) -> bool:
        """Whether time passes."""
        return self._running

    def now(self) -> float:
        """Seconds on the source's own clock."""
        with self._lock:
            return self._read()

    def set(self, seconds: float, *, running: bool) -> None:
        """Jump to a time, and run or stand there."""
        with self._lock:
            self._media, self._since = seconds, self._system()
            self._running = running

    def run(self, running: bool) -> None:
        """Go on, or stand still."""
        with self._lock:
            self._media, self._since = self._read(), self._system()
            self._running = running

    def set_speed(self, speed: float) -> None:
        """Seconds of the source that pass in one of the system."""
        with self._lock:
            self._media, self._since = self._read(), self._system()
            self._speed = speed

    def sync(self, measured: float) -> None:
        """Follow what the sound device tells.

        Args:
            measured: the time of the source that is heard now.
        """
        with self._lock:
            difference = measured - self._read()
            if abs(difference) < NO_SYNC_SECONDS:
                difference *= SMOOTHING
            self._media += difference

    def _read(self) -> float:
        if not self._running:
            return self._media
        return self._media + (self._system() - self._since) * self._speed
