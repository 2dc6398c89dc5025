"""Interruption: a source that is away, from its loss until it is back."""

import logging
import random
import time
from collections.abc import Callable

from avio_cli.decode.live.health import Health
from avio_cli.errors import InputError

LOG = logging.getLogger("avio.live")

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
"""Seconds before the first and the later attempts."""
JITTER = 0.2
"""Share by which a delay varies: many cameras behind one switch come back at once."""
STEADY_SECONDS = 2.0
"""A connection that lasted that long is followed by a quick attempt again."""


class Backoff:
    """Delays that double with each attempt that fails.

    Args:
        first: seconds before the first attempt.
        uniform: gives a random number between two; for the jitter.
    """

    def __init__(
        self,
        first: float = FIRST_DELAY,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._first, self._uniform = first, uniform
        self._delay = first

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        delay, self._delay = self._delay, min(2 * self._delay, LONGEST_DELAY)
        return min(delay * self._uniform(1 - JITTER, 1 + JITTER), LONGEST_DELAY)

    def succeeded(self, seconds: float) -> None:
        """A connection gave frames for so many seconds."""
        if seconds >= STEADY_SECONDS:
            self._delay = self._first


class SourceLostError(InputError):
    """A live source did not come back within the time that it was given."""


class Interruption:
    """Says once that a source is lost, and once that it is back.

    Args:
        name: of the source, credentials masked.
        health: gets the states.
        backoff: says when it is tried again.
        timeout: seconds after which it is given up; None: never.
        now: the monotonic clock, in seconds.
    """

    def __init__(
        self,
        name: str,
        health: Health,
        backoff: Backoff,
        timeout: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._health, self._backoff = name, health, backoff
        self._timeout, self._now = timeout, now
        self._since: float | None = None
        self.happened = False
        """Whether there was one at all."""
        self.gave_up = False
        """Whether the source was away for too long."""

    @property
    def lasts(self) -> bool:
        """Whether the source is away now."""
        return self._since is not None

    def lost(self, problem: str) -> float:
        """A connection ended; returns the seconds until the next attempt.

        Args:
            problem: why, as one clause.

        Raises:
            SourceLostError: it has been away for too long.
        """
        self._health.enter("lost", problem)
        if self._since is None:
            self._since, self.happened = self._now(), True
            LOG.warning("%s: lost (%s); opening it again", self._name, problem)
        else:
            LOG.debug("%s: still lost (%s)", self._name, problem)
        delay = self._backoff.next()
        return min(delay, max(self.left(problem), 0.0))

    def left(self, problem: str = "") -> float:
        """Seconds until it is given up.

        Raises:
            SourceLostError: there are none.
        """
        if self._timeout is None or self._since is None:
            return float("inf")
        left = self._since + self._timeout - self._now()
        if left <= 0:
            self.gave_up = True
            cause = f" ({problem})" if problem else ""
            raise SourceLostError(
                f"{self._name}: lost, and not back within {self._timeout:g} s{cause}",
                hint="--timeout sets how long a live source may be away",
            )
        return left

    def over(self) -> None:
        """A frame has arrived."""
        since, self._since = self._since, None
        self._health.enter("live")
        if since is not None:
            away = self._now() - since
            LOG.warning("%s: back after %.1f s", self._name, away)
