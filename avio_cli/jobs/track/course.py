"""The course of a run: how many tracks were alive when, and of which classes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from avio_cli.errors import InputError

_PARTS = 64
"""Of equal length, at least half of which are used: a run may last for months."""


class RunCourse:
    """Counted frame by frame, in a memory that does not grow."""

    def __init__(self) -> None:
        self.classes: Counter[int] = Counter()
        """Track ids by the number of their class, when they are first seen."""
        self._sums: list[int] = []
        self._length = 1
        """Frames of a part."""
        self._frames = 0
        self.most = 0
        """Tracks in a frame at most."""

    def add(self, alive: int, new: Iterable[int]) -> None:
        """Count a frame.

        Args:
            alive: tracks in it.
            new: class numbers of those that are first seen there.
        """
        self.classes.update(new)
        self.most = max(self.most, alive)
        if self._frames % self._length == 0:
            if len(self._sums) == _PARTS:
                pairs = zip(self._sums[::2], self._sums[1::2], strict=True)
                self._sums = [sum(pair) for pair in pairs]
                self._length *= 2
            self._sums.append(0)
        self._sums[-1] += alive
        self._frames += 1

    @property
    def alive(self) -> tuple[float, ...]:
        """Tracks in a frame, on average over each part of the run."""
        last = self._frames - self._length * (len(self._sums) - 1)
        lengths = [self._length] * len(self._sums)
        lengths[-1:] = [last] if lengths else []
        return tuple(n / length for n, length in zip(self._sums, lengths, strict=True))

    def state(self) -> dict[str, Any]:
        """Return everything, as JSON types."""
        return {
            "classes": [[number, count] for number, count in self.classes.items()],
            "sums": list(self._sums),
            "numbers": [self._length, self._frames, self.most],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a result of `state`.

        Raises:
            InputError: it is damaged.
        """
        try:
            self._restore(state)
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise InputError(
                f"the stored course of the run is damaged ({error!r})"
            ) from error

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.classes = Counter({int(n): int(count) for n, count in state["classes"]})
        self._sums = [int(number) for number in state["sums"]]
        numbers = [int(number) for number in state["numbers"]]
        self._length, self._frames, self.most = numbers
        parts = -(-self._frames // max(self._length, 1))
        if self._length < 1 or not len(self._sums) == parts <= _PARTS:
            raise ValueError("parts are missing")
