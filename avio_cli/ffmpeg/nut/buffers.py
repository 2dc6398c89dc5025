"""Memory for large packets and frames, used again as soon as nobody holds its content.

A player that keeps and drops hundreds of megabytes of frames, each from another thread,
leaves holes in the heap of malloc: after five seeks it had twice the memory that its
frames need. To return each frame to the system instead takes 2 ms of CPU time for one
of 1080p, most of it for clearing pages; to use it again, a fifth of a millisecond.
"""

import ctypes
import mmap
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST = 1 << 18
"""Bytes of a packet for which it is worth it."""
MOST_FREE = 128 << 20
"""Bytes that wait to be used again; more is returned to the system."""
MOST = 192 << 20
"""Bytes of all: while so many are held, none wait. A player's cache of frames and those
that are decoded ahead fit in, so that what waits is never added to them."""


class BufferPool:
    """Buffers of any sizes, for any thread; they wait only `while_in_use`.

    No call that may come from a finalizer waits for the lock: a finalizer can run
    anywhere, also in a thread that holds it.

    Args:
        most_free: bytes of buffers that nobody holds.
        most: bytes of these, and of those that somebody holds.
    """

    def __init__(self, most_free: int = MOST_FREE, most: int = MOST) -> None:
        self._most_free, self._most = most_free, most
        self._users: set[object] = set()
        self._held: dict[int, int] = {}
        """Sizes by address: an entry is added and removed without the lock."""
        self._returned: deque[mmap.mmap] = deque()
        """Held by nobody, and not yet among the free ones."""
        self._free: list[mmap.mmap] = []
        """The one that waits for the longest time first; only touched with the lock."""
        self._lock = threading.Lock()

    @property
    def free_count(self) -> int:
        """How many buffers wait to be used again."""
        return len(self._free)

    @contextmanager
    def while_in_use(self) -> Iterator[None]:
        """Let buffers wait to be used again until the last such block ends."""
        user = object()
        self._users.add(user)
        try:
            yield
        finally:
            self._users.discard(user)
            self._settle()

    def take(self, size: int) -> NDArray[np.uint8]:
        """Bytes of undefined content; they are free again with their last view."""
        room = _rounded(size)
        memory = self._free_one(room) or _allocate(room)
        lease = _lease_type(room).from_buffer(memory)
        lease.owner, lease.memory = self, memory
        self._held[id(memory)] = room
        return np.frombuffer(lease, np.uint8, size)

    def give(self, memory: mmap.mmap) -> None:
        """Take back what nobody holds any more."""
        self._held.pop(id(memory), None)
        self._returned.append(memory)
        self._settle()

    def give_back(self) -> None:
        """Return what waits to the system."""
        with self._lock:
            self._free.clear()

    def _free_one(self, room: int) -> mmap.mmap | None:
        if not self._lock.acquire(blocking=False):
            return None
        try:
            for index in reversed(range(len(self._free))):
                if len(self._free[index]) == room:
                    return self._free.pop(index)
            return None
        finally:
            self._lock.release()

    def _settle(self) -> None:
        """Add what was returned to the free buffers; whoever has the lock does it."""
        while self._returned or (self._free and not self._users):
            if not self._lock.acquire(blocking=False):
                return
            try:
                self._add_returned()
            finally:
                self._lock.release()

    def _add_returned(self) -> None:
        while self._returned:
            self._free.append(self._returned.popleft())
        most = min(self._most_free, self._most - sum(self._held.values()))
        free = sum(map(len, self._free))
        while self._free and (free > most or not self._users):
            free -= len(self._free.pop(0))


def _rounded(size: int) -> int:
    """A size with room for at most a sixteenth more.

    Compressed packets all have other sizes: few rooms suit them all, and each needs a
    type that lasts as long as the process. Pages that stay unused take no memory.
    """
    step = 1 << max(size.bit_length() - 5, 0)
    return -(-size // step) * step


def _allocate(size: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


@cache
def _lease_type(size: int) -> Any:
    """A buffer of a size that notices when its last view is gone."""

    class Lease(ctypes.c_ubyte * size):  # type: ignore[misc]
        owner: BufferPool
        memory: mmap.mmap

        def __del__(self) -> None:
            self.owner.give(self.memory)

    return Lease


_POOL = BufferPool()
"""Of the process: packets, and the pixels made of them."""


def buffers_in_use() -> AbstractContextManager[None]:
    """Keep memory for further packets; the last such block returns it to the system."""
    return _POOL.while_in_use()


def give_buffers_back() -> None:
    """Return the memory that no packet and no frame is in to the system."""
    _POOL.give_back()


def bytes_for(size: int) -> NDArray[np.uint8]:
    """Bytes for a packet; from a pool of the process where it is large."""
    return _POOL.take(size) if size >= SMALLEST else np.empty(size, np.uint8)


def pixels_for(height: int, width: int) -> NDArray[np.uint8]:
    """(H, W, 3) for a frame that is made of a packet; likewise."""
    return bytes_for(height * width * 3).reshape(height, width, 3)
