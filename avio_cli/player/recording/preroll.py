"""The last seconds of picture and sound, kept for a recording that begins earlier."""

from collections import deque
from collections.abc import Callable
from fractions import Fraction

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import AudioStream

Item = Frame | AudioBlock
LIMIT = 512 << 20
"""Bytes: about 6 s of 1080p30 in yuv420p."""


def pcm_stream(sample_rate: int, channels: int) -> AudioStream:
    """Describe the sound that a recorder will get."""
    return AudioStream(
        index=1,
        codec="pcm_s16le",
        time_base=Fraction(1, sample_rate),
        sample_rate=sample_rate,
        channels=channels,
    )


def bytes_of(item: Item) -> int:
    """Memory that a frame's planes, or a block's samples, take."""
    if isinstance(item, AudioBlock):
        return item.samples.nbytes
    return sum(plane.nbytes for plane in item.planes)


class PrerollBuffer:
    """Keeps what was shown in the last seconds; older things are forgotten.

    Args:
        seconds: how much is kept.
        limit: bytes that are kept at most; then it is less than `seconds`.
    """

    def __init__(self, seconds: Fraction, limit: int = LIMIT) -> None:
        self._seconds, self._limit = seconds, limit
        self._frames: deque[Frame] = deque()
        self._blocks: deque[AudioBlock] = deque()
        self._bytes = 0

    def add(self, item: Item) -> None:
        """Keep a frame or a block of sound; it must not be changed any more."""
        if self._seconds <= 0:
            return
        if isinstance(item, AudioBlock):
            self._blocks.append(item)
        else:
            self._frames.append(item)
        self._bytes += bytes_of(item)
        self._drop_old()

    def clear(self) -> None:
        """Forget all: the player has jumped."""
        self._frames.clear()
        self._blocks.clear()
        self._bytes = 0

    def items(self) -> tuple[Item, ...]:
        """What is kept, in the order of time, beginning with a frame."""
        if not self._frames:
            return ()
        begin = self._frames[0].time
        heard = [block for block in self._blocks if _end(block) > begin]
        return tuple(sorted((*self._frames, *heard), key=_start_of(begin)))

    def _drop_old(self) -> None:
        # Sound is known before its picture is shown: the picture tells what is old.
        while self._frames and self._is_old(self._frames[0].time):
            self._bytes -= bytes_of(self._frames.popleft())
        while self._blocks and self._is_old(_end(self._blocks[0])):
            self._bytes -= bytes_of(self._blocks.popleft())

    def _is_old(self, time: Fraction) -> bool:
        if self._bytes > self._limit:
            return True
        return bool(self._frames) and self._frames[-1].time - time > self._seconds


def _end(block: AudioBlock) -> Fraction:
    return block.time + block.duration


def _start_of(first: Fraction) -> Callable[[Item], Fraction]:
    """Sound that is cut by the first frame comes behind it."""
    return lambda item: max(item.time, first)
