"""Gaps between frames: they confirm what a log says of damage, and prove none."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

SHORTFALL_FRAMES = 3
"""More missing than so many is a loss."""
_FEW, _MANY = 3, 20
"""A gap stands alone if no more steps than these few, of these many, are odd."""
_KINDS = 1000
"""Steps of more lengths than this are those of a variable rate: no more are counted."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A step between two frames that is longer than the others."""

    start: Fraction
    """When the frame before it is shown, in seconds on the source's clock."""
    seconds: Fraction
    """To the next frame."""
    usual: Fraction
    """Seconds of most steps."""
    alone: bool = False
    """Whether nearly all other steps are alike: the rate is constant."""
    others: Fraction = Fraction(0)
    """Seconds that are missing in the other long steps, where the rate is constant."""

    @property
    def missing(self) -> Fraction:
        """Seconds in which frames may be lost; 0 where the step is no gap."""
        missing = self.seconds - self.usual
        return missing if missing > SHORTFALL_FRAMES * self.usual else Fraction(0)

    @property
    def confirms_loss(self) -> bool:
        """Whether frames are gone, where packets are known to be damaged."""
        missing = self.seconds - self.usual + self.others
        return missing > SHORTFALL_FRAMES * self.usual

    def moved(self, seconds: Fraction) -> "Gap":
        """The same gap on another clock."""
        return replace(self, start=self.start + seconds)


class FrameSteps:
    """Counts the steps between frames as they come, and knows the longest.

    Args:
        start: when the range begins that they are read from, in seconds: a first frame
            that is much later is a gap, too. None: the first one may come at any time.
    """

    def __init__(self, start: Fraction | None = None) -> None:
        self._start = start
        self._first: int | None = None
        self._last: int | None = None
        self._longest = 0, 0
        self._counts = Counter[int]()

    def add(self, time: int) -> None:
        """Take the time of the next frame, in ticks."""
        last, self._last = self._last, time
        if last is None:
            self._first = time
            return
        step = time - last
        if step > self._longest[0]:
            self._longest = step, last
        if step in self._counts or len(self._counts) < _KINDS:
            self._counts[step] += 1

    def gap(self, time_base: Fraction) -> Gap | None:
        """The longest step; None with fewer than two.

        Args:
            time_base: of the times.
        """
        total = sum(self._counts.values())
        if total < 2:
            return None
        (usual, _), *_ = self._counts.most_common(1)
        counts = self._counts.items()
        odd = sum(count for s, count in counts if 2 * abs(s - usual) > usual)
        step, start = self._longest
        alone = odd <= _FEW and total >= _MANY
        long = sum((s - usual) * n for s, n in counts if 2 * (s - usual) > usual)
        others = (long - step + usual) * time_base if alone and long else Fraction(0)
        gap = Gap(start * time_base, step * time_base, usual * time_base, alone, others)
        if self._start is None or self._first is None:
            return gap
        late = gap_before(self._first * time_base, self._start, gap.usual)
        return longest([gap, replace(late, alone=alone)])


def gap_before(first: Fraction, start: Fraction, usual: Fraction) -> Gap:
    """What lies between the start of a range, and the first frame in it.

    Args:
        first: when that frame is shown, in seconds.
        start: of the range, in seconds.
        usual: seconds of most steps between frames.
    """
    return Gap(start, first - start, usual)


def longest(gaps: Iterable[Gap]) -> Gap | None:
    """The one of which most is missing; None without any."""
    return max(gaps, key=lambda gap: gap.missing, default=None)


def longest_gap(
    times: Iterable[int], time_base: Fraction, start: Fraction | None = None
) -> Gap | None:
    """The longest step between frames; None with fewer than two steps.

    Args:
        times: of the frames, in ticks and in order.
        time_base: of the times.
        start: as `FrameSteps` takes it.
    """
    steps = FrameSteps(start)
    for time in times:
        steps.add(time)
    return steps.gap(time_base)
