"""PacketStore: the newest fragments and boxes, once for all viewers, and bounded."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import orjson

from avio_cli.live_page.copied.codec import codec_string
from avio_cli.live_page.copied.fragments import Fragment, Header

MOST_BYTES = 32 << 20
"""Of fragments and boxes: at 20 Mbit/s 13 seconds."""
_MOST_ITEMS = 20_000
_KEPT_SECONDS = 10.0
"""A viewer that is behind by more, and by a keyframe, is moved to the newest one."""
_AT_ONCE = 1 << 20
"""Bytes that are handed to a viewer in one piece, and a fragment."""


@dataclass(frozen=True, slots=True)
class _Item:
    number: int
    data: bytes
    fragment: Fragment | None = None
    """None: boxes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a viewer gets next."""

    cursor: tuple[int, int]
    """Where it is then: the stream, and the item in it."""
    start: bytes = b""
    """JSON, where a new stream begins with `header`."""
    header: bytes = b""
    fragments: bytes = b""
    boxes: bytes = b""
    """A list, as JSON; empty: none."""


class PacketStore:
    """Holds what is new; one thread adds fragments, one boxes, the server reads.

    A viewer is a position in it. One that falls behind what is held is moved to a
    keyframe, as a new one is; so nobody waits for it, and nothing is kept for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: deque[_Item] = deque()
        self._keys: deque[_Item] = deque()  # those of them that are keyframes
        self._bytes, self._numbers, self._stream = 0, 0, 0
        self._start, self._header = b"", b""
        self._viewers, self._shown = 0, float("-inf")
        self.failure = ""
        """Why there are no more fragments; empty: there may be."""

    def begin(self, header: Header, *, new_clock: bool) -> None:
        """A stream begins: what was there is of no use any more.

        Args:
            header: of the stream.
            new_clock: whether its times have nothing to do with those before.
        """
        codec = codec_string(header.data)
        with self._lock:
            self._clear()
            self._stream += 1
            self._shown = float("-inf") if new_clock else self._shown
            self._start = orjson.dumps({"type": f'video/mp4; codecs="{codec}"'})
            self._header = header.data
            self.failure = ""

    def add(self, fragment: Fragment) -> None:
        """Add a packet of the stream."""
        with self._lock:
            self._append(fragment.data, fragment)
            if fragment.is_key:
                self._forget_old()

    def show(self, time: float, boxes: bytes) -> None:
        """Note that a frame was tracked.

        Args:
            time: its seconds on the clock of the fragments.
            boxes: JSON; empty where nobody looks.
        """
        with self._lock:
            self._shown = time
            if boxes:
                self._append(boxes, None)

    @property
    def shown(self) -> float:
        """The time of the last frame that was tracked; -inf before the first one."""
        return self._shown

    def fail(self, why: str) -> None:
        """Say to viewers that no more fragments will come."""
        with self._lock:
            self.failure = why

    @property
    def is_watched(self) -> bool:
        """Whether anybody looks."""
        return self._viewers > 0

    def enter(self) -> None:
        """A viewer comes."""
        with self._lock:
            self._viewers += 1

    def leave(self) -> None:
        """A viewer goes."""
        with self._lock:
            self._viewers -= 1

    def clear(self) -> None:
        """Keep nothing: the next stream begins with a header."""
        with self._lock:
            self._clear()
            self._header = b""

    def after(self, cursor: tuple[int, int]) -> Batch | None:
        """What follows a position; None: nothing yet.

        Args:
            cursor: of the last batch; of a new viewer (0, 0).
        """
        with self._lock:
            stream, number = cursor
            if not self._header:
                return None
            is_new = stream != self._stream
            behind = not self._items or number < self._items[0].number
            if is_new or behind:
                first = self._entry()
                if first is None:
                    return None
                number = first
            return self._batch(number, with_header=is_new)

    def _batch(self, number: int, *, with_header: bool) -> Batch | None:
        taken, size = [], 0
        for item in self._from(number):
            taken.append(item)
            size += len(item.data)
            if size > _AT_ONCE:
                break
        if not taken and not with_header:
            return None
        boxes = [item.data for item in taken if item.fragment is None]
        return Batch(
            (self._stream, taken[-1].number + 1 if taken else number),
            self._start if with_header else b"",
            self._header if with_header else b"",
            b"".join(item.data for item in taken if item.fragment is not None),
            b"[" + b",".join(boxes) + b"]" if boxes else b"",
        )

    def _from(self, number: int) -> Iterator[_Item]:
        first = self._items[0].number if self._items else number
        return islice(self._items, number - first, None)

    def _entry(self) -> int | None:
        """The number of the keyframe from which on what is shown last can be shown."""
        if not self._keys:
            return None
        first = self._keys[0]
        if _time(first) > self._shown:
            return first.number
        return next(k.number for k in reversed(self._keys) if _time(k) <= self._shown)

    def _append(self, data: bytes, fragment: Fragment | None) -> None:
        item = _Item(self._numbers, data, fragment)
        self._items.append(item)
        if fragment is not None and fragment.is_key:
            self._keys.append(item)
        self._numbers += 1
        self._bytes += len(data)
        while self._bytes > MOST_BYTES or len(self._items) > _MOST_ITEMS:
            self._forget_first()

    def _forget_old(self) -> None:
        """Forget what is before the keyframe of what was shown a while ago."""
        keys, until = self._keys, self._shown - _KEPT_SECONDS
        while len(keys) > 1 and _time(keys[1]) <= until:
            keys.popleft()
        while keys and self._items[0] is not keys[0]:
            self._forget_first()

    def _clear(self) -> None:
        self._items.clear()
        self._keys.clear()
        self._bytes = 0

    def _forget_first(self) -> None:
        item = self._items.popleft()
        self._bytes -= len(item.data)
        if self._keys and self._keys[0] is item:
            self._keys.popleft()


def _time(item: _Item) -> float:
    return float(item.fragment.time) if item.fragment is not None else 0.0
