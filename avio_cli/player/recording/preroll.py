"""The last seconds of frames and audio, for a recording that starts earlier."""

from collections import deque
from collections.abc import Callable
from fractions import Fraction

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import AudioStream

Item = Frame | AudioBlock
LIMIT = 512 << 20
"""Bytes: about 6 s of 1080p30 in yuv420p."""


def pcm_stream(sample_rate: int, channels: int) -> AudioStream:
    """Describe the audio that a recorder will get."""
    return AudioStream(
        index=1,
        codec="pcm_s16le",
        time_base=Fraction(1, sample_rate),
        sample_rate=sample_rate,
        channels=channels,
    )


class PrerollBuffer:
    """Keeps what was played in the last seconds; drops what is older.

    Args:
        seconds: how much is kept.
        limit: bytes to keep at most, even if that is less than `seconds`.
    """

    def __init__(self, seconds: Fraction, limit: int = LIMIT) -> None:
        self._seconds, self._limit = seconds, limit
        self._frames: deque[Frame] = deque()
        self._blocks: deque[AudioBlock] = deque()
        self._bytes = 0

    def add(self, item: Item) -> None:
        """Add a frame or a block of audio; it must not be changed any more."""
        if self._seconds <= 0:
            return
        if isinstance(item, AudioBlock):
            self._blocks.append(item)
        else:
            self._frames.append(item)
        self._bytes += item.nbytes
        self._drop_old()

    def clear(self) -> None:
        """Drop all: the player has jumped."""
        self._frames.clear()
        self._blocks.clear()
        self._bytes = 0

    def items(self) -> tuple[Item, ...]:
        """What is kept, in order of time, starting with a frame."""
        if not self._frames:
            return ()
        start = self._frames[0].time
        audio = [block for block in self._blocks if _end(block) > start]
        return tuple(sorted((*self._frames, *audio), key=_start_of(start)))

    def _drop_old(self) -> None:
        # Audio is added before its frame is shown: age is measured from the frames.
        while self._frames and self._is_old(self._frames[0].time):
            self._bytes -= self._frames.popleft().nbytes
        while self._blocks and self._is_old(_end(self._blocks[0])):
            self._bytes -= self._blocks.popleft().nbytes

    def _is_old(self, time: Fraction) -> bool:
        if self._bytes > self._limit:
            return True
        return bool(self._frames) and self._frames[-1].time - time > self._seconds


def _end(block: AudioBlock) -> Fraction:
    return block.time + block.duration


def _start_of(first: Fraction) -> Callable[[Item], Fraction]:
    """Sort audio that overlaps the first frame after it."""
    return lambda item: max(item.time, first)
