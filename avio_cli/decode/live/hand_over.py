"""HandOver: items on their way from the thread that reads a source to its receiver."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from avio_cli.media.frame import AudioBlock, Frame

Item = Frame | AudioBlock

LIMIT = 32 << 20
"""Bytes that may wait; at least one item of each kind always does."""
OLD_SECONDS = 0.2
"""A frame that has waited longer is dropped for a newer one: decoders give a few
frames at once, and none of these is late."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """An item, and when it arrived on the monotonic clock."""

    item: Item
    time: float


class Ended(Exception):  # noqa: N818 - a signal between threads, not a failure
    """Nothing more comes; its cause is what the reading thread raised."""


class Refused(Exception):  # noqa: N818 - likewise
    """The receiver has left."""


class HandOver:
    """A bounded queue.

    Args:
        newest: whether it drops the oldest frames, then the oldest audio, instead of
            letting the reading thread wait.
        admit: called with each item and its arrival, before any is dropped; gives what
            is queued, or None for nothing.
        on_drop: called for each dropped frame, from any thread.
        numbers: numbers the frames as they arrive, also those that are dropped.
        limit: bytes that may wait.
        now: the monotonic clock, in seconds.
    """

    def __init__(
        self,
        *,
        newest: bool = False,
        admit: Callable[[Item, float], Item | None] = lambda item, arrival: item,
        on_drop: Callable[[], None] = lambda: None,
        numbers: Iterator[int] | None = None,
        limit: int = LIMIT,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._newest, self._admit, self._on_drop = newest, admit, on_drop
        self._numbers = itertools.count() if numbers is None else numbers
        self._limit, self._now = limit, now
        self._waiting: deque[Arrival] = deque()
        self._bytes = self._frames = 0
        self._ended = self._closed = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def put(self, item: Item) -> None:
        """Add an item that has just arrived.

        Raises:
            Refused: the receiver has left.
        """
        now = self._now()
        admitted = self._admit(item, now)
        if admitted is not None:
            self._queue(Arrival(admitted, now))

    def _queue(self, arrival: Arrival) -> None:
        item = arrival.item
        with self._changed:
            if not self._newest:
                self._changed.wait_for(self._has_room)
            if self._closed:
                raise Refused
            self._waiting.append(arrival)
            self._bytes += item.nbytes
            if isinstance(item, Frame):
                item.index = next(self._numbers)
                self._frames += 1
            if self._newest:
                self._drop_old()
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Nothing more comes."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def take(self, timeout: float) -> Arrival | None:
        """The oldest item that is not dropped; None if none arrives in time.

        Args:
            timeout: seconds to wait at most.

        Raises:
            Ended: nothing more comes.
        """
        with self._changed:
            self._changed.wait_for(self._is_ready, timeout)
            if self._newest:
                self._drop_old()
            if self._waiting:
                self._changed.notify_all()
                return self._remove(0)
            if self._ended or self._closed:
                raise Ended from self._error
            return None

    def close(self) -> None:
        """Take no more; both sides are woken."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _is_ready(self) -> bool:
        return bool(self._waiting) or self._ended or self._closed

    def _has_room(self) -> bool:
        return self._closed or not self._waiting or self._bytes < self._limit

    def _drop_old(self) -> None:
        """Drop what is late, or too much; the newest frame always stays."""
        oldest = self._now() - OLD_SECONDS
        while self._frames > 1:
            first = self._first(Frame)
            if self._bytes <= self._limit and self._waiting[first].time >= oldest:
                break
            self._remove(first)
            self._on_drop()
        while self._bytes > self._limit and self._frames < len(self._waiting) - 1:
            self._remove(self._first(AudioBlock))

    def _first(self, kind: type[Item]) -> int:
        waiting = enumerate(self._waiting)
        return next(n for n, arrival in waiting if isinstance(arrival.item, kind))

    def _remove(self, number: int) -> Arrival:
        arrival = self._waiting[number]
        del self._waiting[number]
        self._bytes -= arrival.item.nbytes
        self._frames -= isinstance(arrival.item, Frame)
        return arrival
