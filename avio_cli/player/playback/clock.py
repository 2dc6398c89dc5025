"""The clock that frames are shown by: synced to the audio device if there is audio."""

import threading
import time
from collections.abc import Callable

NO_SYNC_SECONDS = 0.1
"""From this difference on, the measured time is taken at once."""
SMOOTHING = 0.05
"""Share of a measured difference corrected at a time: devices take audio in chunks of
some 20 ms, so the measured time moves in steps."""


class Clock:
    """The media time that is played now; used from several threads.

    Between two measurements, and where no audio is played, it runs by the system's
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
        """Whether it is running."""
        return self._running

    def now(self) -> float:
        """The media time in seconds."""
        with self._lock:
            return self._read()

    def set(self, seconds: float, *, running: bool) -> None:
        """Jump to a time, running or stopped."""
        with self._lock:
            self._media, self._since = seconds, self._system()
            self._running = running

    def run(self, running: bool) -> None:
        """Run, or stop."""
        with self._lock:
            self._media, self._since = self._read(), self._system()
            self._running = running

    def set_speed(self, speed: float) -> None:
        """Set the seconds of media time that pass in one second of real time."""
        with self._lock:
            self._media, self._since = self._read(), self._system()
            self._speed = speed

    def sync(self, measured: float) -> None:
        """Follow the audio device.

        Args:
            measured: the media time that the device plays now.
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
