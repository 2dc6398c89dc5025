"""Audio of parts: each sample goes to the part that its time is in."""

from collections import deque
from dataclasses import replace
from fractions import Fraction
from math import ceil

from avio_cli.media.frame import AudioBlock

HELD_BLOCKS = 500
"""Blocks that wait for the frame at their time."""


class HeldAudio:
    """Audio that is ahead of the frames: which part it is in is not known yet."""

    def __init__(self) -> None:
        self._blocks: deque[AudioBlock] = deque()

    def put(self, block: AudioBlock) -> None:
        """Add a block."""
        self._blocks.append(block)

    def take(self, reached: Fraction, *, last: bool = False) -> AudioBlock | None:
        """The next block, if all of it is before a time that frames have reached.

        Args:
            reached: seconds.
            last: whether no frame will follow: all audio is taken.
        """
        if not self._blocks:
            return None
        first = self._blocks[0]
        ready = last or first.time + first.duration <= reached
        if ready or len(self._blocks) > HELD_BLOCKS:
            return self._blocks.popleft()
        return None


def within(block: AudioBlock, start: Fraction, end: Fraction | None) -> AudioBlock:
    """The samples whose times are in a range; may be none.

    A sample at the end is in what follows, so that ranges share none.

    Args:
        block: the audio.
        start: seconds.
        end: seconds; None: without end.
    """
    rate, length = block.sample_rate, len(block.samples)
    first = min(max(ceil((start - block.time) * rate), 0), length)
    until = length
    if end is not None:
        until = min(max(ceil((end - block.time) * rate), first), length)
    if not first and until == length:
        return block
    ticks = round(Fraction(first, rate) / block.time_base)
    return replace(block, samples=block.samples[first:until], pts=block.pts + ticks)
