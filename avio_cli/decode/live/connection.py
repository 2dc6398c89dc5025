"""Connection: one opening of a live source, read by a thread of its own."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from typing import Protocol

from avio_cli.decode.live.hand_over import Arrival, HandOver, Item, Refused

JOIN_SECONDS = 5.0
"""A thread whose ffmpeg was killed ends within this."""
QUIET_SECONDS, FIRST_SECONDS = 5.0, 30.0
"""Without a frame for so long, later and at first: the source is opened again."""
USUAL_ITEMS = 5
"""At a low frame rate, so many may be missing before."""


class ItemReader(Protocol):
    """Reads one connection: `MediaReader`, `AudioReader`, or one like them."""

    @property
    def disconnected(self) -> bool:
        """Whether the network broke it off."""
        ...

    def items(self) -> Generator[Item, None, None]:
        """Yield frames and audio, once."""
        ...

    def damage(self) -> str:
        """What the source failed to give, as one clause."""
        ...

    def abandon(self) -> None:
        """End the iteration at once; from any thread."""
        ...

    def close(self) -> None:
        """Release everything; called by the iterating thread."""
        ...


class Silence:
    """Decides how long a source may be silent.

    Args:
        interval: seconds between two frames, where the source declares them.
        least: seconds that are always allowed, after the first frame.
        first: the same until the first frame of a connection.
    """

    def __init__(
        self,
        interval: float = 0.0,
        least: float = QUIET_SECONDS,
        first: float = FIRST_SECONDS,
    ) -> None:
        self._interval, self._least, self._first = interval, least, first
        self._latest: float | None = None
        self._arrival: float | None = None
        self._items = 0

    def connect(self) -> None:
        """A connection begins; one that gave a frame or two was cut too early."""
        if 0 < self._items <= 2:
            self._least = min(2 * self._least, 60.0)
        self._latest = self._arrival = None
        self._items = 0

    def item(self, arrival: float, now: float) -> None:
        """One arrived, and is taken now; both on the monotonic clock."""
        if self._arrival is not None:
            # The longest interval counts, and is forgotten slowly.
            self._interval = max(arrival - self._arrival, 0.98 * self._interval)
        self._latest, self._arrival = now, arrival
        self._items += 1

    def seconds(self, begun: float, now: float) -> tuple[float, float]:
        """For how long it has been silent, and how long it may be.

        Args:
            begun: when the connection began, on the monotonic clock.
            now: the same clock.
        """
        if self._latest is None:
            return now - begun, max(self._first, self._least)
        return now - self._latest, max(self._least, USUAL_ITEMS * self._interval)


class Connection:
    """Reads ahead in a thread, until it is closed or the source has ended.

    Args:
        open_reader: opens the source; called in the thread.
        hand_over: gets the items.
    """

    def __init__(
        self, open_reader: Callable[[], ItemReader], hand_over: HandOver
    ) -> None:
        self._open, self._hand_over = open_reader, hand_over
        self._abandoned = False
        self.reader: ItemReader | None = None
        """What reads it, once it is open; stays after `close`."""
        self.begun = time.monotonic()
        """When it was opened, on the monotonic clock."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self, timeout: float) -> Arrival | None:
        """The next item; None where none arrives within so many seconds.

        Raises:
            Ended: there is none any more; its cause is what went wrong.
        """
        return self._hand_over.take(timeout)

    def abandon(self) -> None:
        """End it at once; from any thread, nothing is waited for."""
        self._abandoned = True
        self._hand_over.close()
        reader = self.reader
        if reader is not None:
            reader.abandon()

    def close(self) -> None:
        """End it, and wait until its ffmpeg has ended; safe to call twice."""
        self.abandon()
        self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        try:
            self.reader = reader = self._open()
            try:
                self._read(reader)
            finally:
                reader.close()
        except BaseException as error:  # raised in the receiver
            self._hand_over.end(error)
        else:
            self._hand_over.end()

    def _read(self, reader: ItemReader) -> None:
        if self._abandoned:  # while it was opened
            return
        with suppress(Refused), closing(reader.items()) as items:
            for item in items:
                self._hand_over.put(item)
