"""Timeline: decoded frames around the current one, bounded by bytes."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

from avio_cli.media.frame import Frame


def bytes_of(frame: Frame) -> int:
    """What a frame takes in memory, its detector's view included."""
    return sum(plane.nbytes for plane in frame.planes) + frame.view.nbytes


class FrameCache:
    """A run of frames without a gap, in the order in which they are shown.

    Args:
        limit: bytes that they may take together; two frames are always kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.begins_at_start = False
        """Whether there is no frame of the source before the first one here."""
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
        """Forget all frames."""
        self._frames, self._times, self._bytes = [], [], 0
        self.begins_at_start = False

    def add(self, frame: Frame) -> None:
        """Put the frame that follows the last one; one that is there already is not."""
        time = frame.time
        if self._times and time <= self._times[-1]:
            return
        self._frames.append(frame)
        self._times.append(time)
        self._bytes += bytes_of(frame)
        surplus = 0
        while self._bytes > self.limit and len(self._frames) - surplus > 2:
            self._bytes -= bytes_of(self._frames[surplus])
            surplus += 1
        if surplus:
            del self._frames[:surplus], self._times[:surplus]
            self.begins_at_start = False

    def prepend(self, frames: Sequence[Frame]) -> bool:
        """Put frames before the first one; returns whether the last ones had to go."""
        earlier = [f for f in frames if not self._times or f.time < self._times[0]]
        self._frames[:0] = earlier
        self._times[:0] = [frame.time for frame in earlier]
        self._bytes += sum(map(bytes_of, earlier))
        cut = False
        while self._bytes > self.limit and len(self._frames) > max(2, len(earlier) + 1):
            self._bytes -= bytes_of(self._frames.pop())
            self._times.pop()
            cut = True
        return cut

    def before(self, time: Fraction) -> Frame | None:
        """The latest frame before a time."""
        place = bisect_left(self._times, time)
        return self._frames[place - 1] if place else None

    def after(self, time: Fraction) -> Frame | None:
        """The earliest frame after a time."""
        place = bisect_right(self._times, time)
        return self._frames[place] if place < len(self._frames) else None

    def at(self, time: Fraction) -> Frame | None:
        """The first frame at or after a time, if that is certain from what is here."""
        place = bisect_left(self._times, time)
        certain = place > 0 or self.begins_at_start
        if place < len(self._times) and (certain or self._times[place] == time):
            return self._frames[place]
        return None

    def earlier_than(self, time: Fraction) -> int:
        """How many frames lie before a time."""
        return bisect_left(self._times, time)
