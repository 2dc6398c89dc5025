"""The stretch of a source that is wanted: exact at both ends, in picture and sound."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.media.frame import AudioBlock, Frame

MICROSECOND = Fraction(1, 1_000_000)
"""Containers' start times are told to this precision: a time may be off by half."""
PATIENCE = Fraction(10)
"""Seconds by which picture and sound may lie apart in a file that ffmpeg made."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From when to when, in seconds on the source's own clock."""

    start: Fraction | None
    """None: from whatever comes first."""
    end: Fraction | None
    """None: to the end."""

    @classmethod
    def after(
        cls, origin: Fraction, start: Fraction, end: Fraction | None
    ) -> "TimeRange":
        """A stretch told in seconds after the source's start."""
        return cls(
            origin + start - MICROSECOND if start else None,
            None if end is None else origin + end - MICROSECOND,
        )

    def is_before(self, time: Fraction) -> bool:
        """Whether the stretch has not begun at that time."""
        return self.start is not None and time < self.start

    def is_over(self, time: Fraction) -> bool:
        """Whether the stretch has ended at that time."""
        return self.end is not None and time >= self.end

    def is_well_past(self, time: Fraction) -> bool:
        """Whether nothing of the stretch can still arrive after that time."""
        return self.is_over(time - PATIENCE)

    def starts_at_or_before(self, landed: Frame | AudioBlock | None) -> bool:
        """Whether a decoder that began with this item passes over nothing.

        Only a frame at or before the start proves it.
        """
        if self.start is None:
            return True
        return isinstance(landed, Frame) and landed.time <= self.start + 3 * MICROSECOND

    def cut(self, block: AudioBlock) -> AudioBlock:
        """What of a block lies in the stretch, to the sample; may be nothing."""
        count = len(block.samples)
        first = 0 if self.start is None else self._samples(block, self.start)
        last = count if self.end is None else self._samples(block, self.end)
        if first == 0 and last == count:
            return block
        passed = Fraction(first, block.sample_rate) / block.time_base
        samples = block.samples[first:last]
        return replace(block, samples=samples, pts=block.pts + round(passed))

    def _samples(self, block: AudioBlock, time: Fraction) -> int:
        """How many of its samples come before a time."""
        before = math.ceil((time - block.time) * block.sample_rate)
        return min(max(before, 0), len(block.samples))
