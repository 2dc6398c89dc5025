"""The requested time range of a source: exact at both ends, for video and audio."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import MICROSECOND as MICROSECOND

PATIENCE = Fraction(10)
"""Seconds by which video and audio may be apart in a file that ffmpeg made."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Start and end, in seconds on the source's own clock."""

    start: Fraction | None
    """None: from the first packet."""
    end: Fraction | None
    """None: to the end."""

    @classmethod
    def after(
        cls, origin: Fraction, start: Fraction, end: Fraction | None
    ) -> "TimeRange":
        """Make a range from seconds after the source's start."""
        return cls(
            origin + start - MICROSECOND if start else None,
            None if end is None else origin + end - MICROSECOND,
        )

    @classmethod
    def lasting(cls, begin: Fraction, length: Fraction) -> "TimeRange":
        """Make the range of some seconds that begins with a frame or audio there."""
        return cls(begin, begin + length - MICROSECOND)

    def is_before(self, time: Fraction) -> bool:
        """Whether the range has not started at that time."""
        return self.start is not None and time < self.start

    def is_past(self, time: Fraction) -> bool:
        """Whether the range has ended at that time."""
        return self.end is not None and time >= self.end

    def is_well_past(self, time: Fraction) -> bool:
        """Whether nothing of the range can still arrive after that time."""
        return self.is_past(time - PATIENCE)

    def starts_at_or_before(self, landed: Frame | AudioBlock | None) -> bool:
        """Whether a decoder that started with this item misses nothing.

        Only a frame at or before the start proves it.
        """
        if self.start is None:
            return True
        return isinstance(landed, Frame) and landed.time <= self.start + 3 * MICROSECOND

    def cut(self, block: AudioBlock) -> AudioBlock:
        """The part of a block in the range, to the sample; may be empty."""
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
