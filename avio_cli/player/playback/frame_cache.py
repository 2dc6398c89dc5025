"""FrameCache: decoded frames around the current one, limited in bytes."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

from avio_cli.media.frame import Frame


class FrameCache:
    """Consecutive frames without a gap, in presentation order.

    Args:
        limit: bytes for all frames; two frames are always kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.reaches_start = False
        """Whether the first frame here is the first one of the source."""
        self._frames: list[Frame] = []
        self._times: list[Fraction] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def bytes(self) -> int:
        """Memory of all frames."""
        return self._bytes

    @property
    def first(self) -> Frame | None:
        """The earliest frame."""
        return self._frames[0] if self._frames else None

    @property
    def last(self) -> Frame | None:
        """The latest frame."""
        return self._frames[-1] if self._frames else None

    def clear(self) -> None:
        """Drop all frames."""
        self._frames, self._times, self._bytes = [], [], 0
        self.reaches_start = False

    def add(self, frame: Frame) -> None:
        """Append the frame that follows the last one; ignore one that is cached."""
        time = frame.time
        if self._times and time <= self._times[-1]:
            return
        self._frames.append(frame)
        self._times.append(time)
        self._bytes += frame.nbytes
        surplus = 0
        while self._bytes > self.limit and len(self._frames) - surplus > 2:
            self._bytes -= self._frames[surplus].nbytes
            surplus += 1
        if surplus:
            del self._frames[:surplus], self._times[:surplus]
            self.reaches_start = False

    def add_first(self, frame: Frame, *, of_source: bool) -> None:
        """Add the first frame of a new session; clear the cache if it leaves a gap.

        Args:
            frame: the session's first frame.
            of_source: whether it is the first one of the source, too.
        """
        first, last = self.first, self.last
        if not (first and last and first.time <= frame.time <= last.time):
            self.clear()
        self.reaches_start |= of_source
        self.add(frame)

    def prepend(self, frames: Sequence[Frame], keep: int = 1) -> bool:
        """Insert frames before the first one; returns whether the last were dropped.

        Args:
            frames: in presentation order.
            keep: how many of those that are here stay at least.
        """
        earlier = [f for f in frames if not self._times or f.time < self._times[0]]
        self._frames[:0] = earlier
        self._times[:0] = [frame.time for frame in earlier]
        self._bytes += sum(frame.nbytes for frame in earlier)
        return self.make_room(0, len(earlier) + max(keep, 1))

    def make_room(self, wanted: int, keep: int) -> bool:
        """Drop the last frames so that others have room besides; returns whether any.

        Args:
            wanted: bytes of frames that will be inserted before the first one.
            keep: how many are kept at least.
        """
        cut = False
        while self._bytes + wanted > self.limit and len(self._frames) > max(keep, 2):
            self._bytes -= self._frames.pop().nbytes
            self._times.pop()
            cut = True
        return cut

    def before(self, time: Fraction) -> Frame | None:
        """The latest frame before a time."""
        index = bisect_left(self._times, time)
        return self._frames[index - 1] if index else None

    def after(self, time: Fraction) -> Frame | None:
        """The earliest frame after a time."""
        index = bisect_right(self._times, time)
        return self._frames[index] if index < len(self._frames) else None

    def at(self, time: Fraction) -> Frame | None:
        """The first frame at or after a time, if the cache can be sure of it."""
        index = bisect_left(self._times, time)
        certain = index > 0 or self.reaches_start
        if index < len(self._times) and (certain or self._times[index] == time):
            return self._frames[index]
        return None

    def earlier_than(self, time: Fraction) -> int:
        """How many frames there are before a time."""
        return bisect_left(self._times, time)
