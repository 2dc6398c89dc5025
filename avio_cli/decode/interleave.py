"""Two pipes of one child: each is read by a thread, into one bounded queue.

One queue for both kinds cannot deadlock: whatever ffmpeg sends next has room as soon
as the receiver takes anything, even if audio is late, short or badly interleaved.
"""

import threading
from collections import deque
from collections.abc import Iterator

from avio_cli.media.frame import AudioBlock, Frame

Item = Frame | AudioBlock

JOIN_SECONDS = 2.0
"""A thread whose child has ended reaches the pipe's end within this."""


class _Closed(Exception):  # noqa: N818 - a signal between threads, not a failure
    """The receiver has closed the queue."""


class _BoundedQueue:
    """Items of two producers, limited in bytes (at least one item fits)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._open_producers = 2
        self._error: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: Item, size: int) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._items or self._bytes < self._limit
            )
            if self._closed:
                raise _Closed
            self._items.append((item, size))
            self._bytes += size
            self._changed.notify_all()

    def producer_ended(self, error: BaseException | None) -> None:
        with self._changed:
            self._open_producers -= 1
            if not self._closed:
                self._error = self._error or error
            self._changed.notify_all()

    def take(self) -> Item | None:
        """The oldest item; None at the end; raises what a producer raised."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._items or self._error or not self._open_producers
            )
            if self._items:
                item, size = self._items.popleft()
                self._bytes -= size
                self._changed.notify_all()
                return item
            if self._error is not None:
                raise self._error
            return None

    def close(self) -> None:
        """Take nothing more; what waits is given up.

        At once, with the error: its traceback holds a frame, and both of them this
        queue, until cycles are searched for.
        """
        with self._changed:
            self._closed, self._error = True, None
            self._items.clear()
            self._changed.notify_all()


class InterleavedQueue:
    """Frames and audio of two producers, each read ahead by its own thread.

    Args:
        frames: read in its own thread.
        audio: likewise.
        limit: bytes that may wait for the receiver.
    """

    def __init__(
        self, frames: Iterator[Frame], audio: Iterator[AudioBlock], limit: int
    ) -> None:
        self._queue = queue = _BoundedQueue(limit)
        producers: tuple[Iterator[Item], ...] = (frames, audio)
        self._threads = [
            threading.Thread(target=_feed, args=(producer, queue), daemon=True)
            for producer in producers
        ]
        for thread in self._threads:
            thread.start()

    def __iter__(self) -> Iterator[Item]:
        """Yield from both as they arrive."""
        while (item := self._queue.take()) is not None:
            yield item

    def close(self) -> None:
        """Take no more; wait a while for threads that are about to end.

        A pipe must not be closed under a thread that reads it: the next pipe would get
        its number, and lose its first bytes to that thread.
        """
        self._queue.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(JOIN_SECONDS)


def _feed(items: Iterator[Item], queue: _BoundedQueue) -> None:
    try:
        for item in items:
            queue.put(item, item.nbytes)
    except _Closed:
        return
    except BaseException as error:  # raised in the receiver
        queue.producer_ended(error)
    else:
        queue.producer_ended(None)
