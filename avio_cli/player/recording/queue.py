"""A queue for the encoder, limited in bytes; the player never waits for it."""

import threading
from collections import deque

from avio_cli.player.recording.preroll import Item

END = object()
"""Comes after the last item."""


class RecordingQueue:
    """Frames and audio from the player to the encoder's thread.

    Args:
        limit: bytes from which on frames are refused.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._bytes = limit, 0
        self._items: deque[Item | None] = deque()
        self._ended = False
        self._changed = threading.Condition()

    def put(self, item: Item | None, *, urgent: bool = False) -> bool:
        """Append, without `urgent` only if there is room; returns whether it did."""
        with self._changed:
            if self._ended or (not urgent and self._bytes > self._limit):
                return False
            self._items.append(item)
            self._bytes += 0 if item is None else item.nbytes
            self._changed.notify()
            return True

    def take(self) -> object:
        """Wait for the oldest item and take it; `END` after the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._ended)
            if not self._items:
                return END
            item = self._items.popleft()
            self._bytes -= 0 if item is None else item.nbytes
            return item

    def end(self) -> None:
        """Accept nothing more; `take` returns `END` when the queue is empty."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def abandon(self) -> None:
        """Drop all that is queued, and accept nothing more."""
        with self._changed:
            self._ended, self._bytes = True, 0
            self._items.clear()
