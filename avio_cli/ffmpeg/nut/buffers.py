"""Memory for large packets, used again as soon as nobody holds what is in it.

A player that keeps and drops hundreds of megabytes of frames, each from another thread,
leaves holes in the heap of malloc: after five seeks it had twice the memory that its
frames need. To return each frame to the system instead takes 2 ms of CPU time for one
of 1080p, most of it for clearing pages; to use it again, a fifth of a millisecond.
"""

import ctypes
import mmap
import sys
from collections import deque
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST = 1 << 18
"""Bytes of a packet for which it is worth it."""
MOST_FREE = 128 << 20
"""Bytes that wait to be used again; more is returned to the system."""


class BufferPool:
    """Buffers of one size at a time; may be used from any thread, without a lock.

    Args:
        most_free: bytes of buffers that nobody holds.
    """

    def __init__(self, most_free: int = MOST_FREE) -> None:
        self._most_free = most_free
        self._free: deque[mmap.mmap] = deque()

    @property
    def free_count(self) -> int:
        """How many buffers wait to be used again."""
        return len(self._free)

    def take(self, size: int) -> NDArray[np.uint8]:
        """Bytes of undefined content; they are free again with their last view."""
        memory = self._free_one(size) or _allocate(size)
        lease = _lease_type(size).from_buffer(memory)
        lease.owner, lease.memory = self, memory
        return np.frombuffer(lease, np.uint8)

    def give(self, memory: mmap.mmap) -> None:
        """Take back what nobody holds any more."""
        if (len(self._free) + 1) * len(memory) <= self._most_free:
            self._free.append(memory)

    def give_back(self) -> None:
        """Return what waits to the system."""
        self._free.clear()

    def _free_one(self, size: int) -> mmap.mmap | None:
        while self._free:
            try:
                memory = self._free.pop()
            except IndexError:  # another thread was faster
                return None
            if len(memory) == size:
                return memory
        return None  # of a video in another size: they are returned to the system


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


def give_buffers_back() -> None:
    """Return the memory that no packet is in to the system."""
    _POOL.give_back()


def bytes_for(size: int) -> NDArray[np.uint8]:
    """Bytes for a packet; from a pool of the process where it is large."""
    return _POOL.take(size) if size >= SMALLEST else np.empty(size, np.uint8)
