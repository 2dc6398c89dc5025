"""What is shown from when to when: what does not change is said once."""

import heapq
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from math import floor
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")

_LEAD = Fraction(6, 1000)
"""Seconds before a frame at which its boxes begin, where frames are further apart than
twice that: players and containers round times, and no frame may miss its own."""
_LONGEST = 1
"""Seconds after which what stays is said again: after a seek players search subtitles
that began so long before (mpv's preroll), and writers need not wait for longer."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[Item]):
    """One item, and the ticks from and until which it is shown."""

    start: int
    end: int
    item: Item


class FrameClock:
    """From which tick on each frame's boxes are shown.

    Args:
        ticks: in a second.
    """

    def __init__(self, ticks: int) -> None:
        self.ticks = ticks
        self._last: Fraction | None = None
        self._tick = 0

    def tick(self, time: Fraction) -> int:
        """The tick between the frame before and the one at a time, in seconds.

        It never goes back. Of frames that follow each other within a tick, one may
        have none for itself.
        """
        lead = _LEAD
        if self._last is not None:
            lead = min(lead, (time - self._last) / 2)
        self._last = time
        half = Fraction(1, 2)
        self._tick = max(self._tick, floor((time - lead) * self.ticks + half))
        return self._tick

    def after(self, step: Fraction) -> int:
        """The tick at which the last frame has been shown for a step of seconds."""
        return self.tick((self._last or Fraction(0)) + step)


@dataclass(slots=True)
class _Open(Generic[Item]):
    start: int
    item: Item


@dataclass(slots=True)
class ShownItems(Generic[Key, Item]):
    """Joins what stays from frame to frame."""

    stays: Callable[[Item, Item], bool]
    """Whether what is shown will do for what should be."""
    ticks: int
    """In a second."""
    _open: dict[Key, _Open[Item]] = field(default_factory=dict)
    _done: list[tuple[int, int, Shown[Item]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def show(self, tick: int, items: Mapping[Key, Item]) -> dict[Key, Item]:
        """Show these, and nothing else, from a tick on.

        Returns:
            What is shown instead of each.
        """
        for key in self._open.keys() - items.keys():
            self._end(key, tick)
        for key, item in items.items():
            before = self._open.get(key)
            if before is None:
                self._open[key] = _Open(tick, item)
            elif not self.stays(before.item, item):
                self._end(key, tick)
                self._open[key] = _Open(tick, item)
            elif tick - before.start >= _LONGEST * self.ticks:
                self._end(key, tick)
                self._open[key] = _Open(tick, before.item)
        return {key: self._open[key].item for key in items}

    def finished(self) -> Iterator[Shown[Item]]:
        """What is complete, in the order of its start."""
        starts = (waiting.start for waiting in self._open.values())
        first = min(starts, default=None)
        while self._done and (first is None or self._done[0][0] <= first):
            yield heapq.heappop(self._done)[2]

    def _end(self, key: Key, tick: int) -> None:
        ended = self._open.pop(key)
        if tick > ended.start:
            shown = Shown(ended.start, tick, ended.item)
            heapq.heappush(self._done, (ended.start, next(self._numbers), shown))
