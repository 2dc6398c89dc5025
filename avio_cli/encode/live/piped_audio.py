"""PipedAudio: the audio of one reading on its way into the encoder, without gaps.

The reader's thread puts blocks in, at their times on the source's clock. The thread
that encodes takes them out up to each frame, as one run of samples: silence stands
for what was lost, or has not come in time. So no frame ever waits for audio.

In time is meant by the clock of whoever reads: what comes faster than it is shown, as
after a start, has its video before its audio for seconds, and nothing of it is late.
"""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.frame import AudioBlock

IN_STEP = Fraction(1, 50)
"""Seconds by which a block may seem to come early or late: clocks drift, and containers
round times. Beyond them silence is put in, or samples are cut off."""
LATE_LIVE, LATE_FILE = Fraction(1), Fraction(30)
"""Seconds after which silence stands for audio that has not come. A live source must
not fill the muxer's memory, and what is killed should hold all but the last seconds; a
file may be interleaved as badly as it likes."""
LATE_UNREAD = Fraction(10)
"""Seconds of a live source by which frames may be ahead while its reader never had to
wait: the audio may still be unread. More than that must not fill the muxer's memory."""
MOST_WAITING = 120
"""Seconds of audio that wait for frames; the oldest are dropped."""
_CHUNK = 1
"""Seconds of silence in a block."""

Samples = NDArray[np.int16] | NDArray[np.float32]


class PipedAudio:
    """One audio track, from the reader to the encoder.

    Args:
        sample_rate: of all blocks.
        channels: likewise.
        late: seconds after which audio that has not come is silence; of the source,
            and of waiting for it.
    """

    def __init__(self, sample_rate: int, channels: int, late: Fraction) -> None:
        self._rate, self._channels, self._late = sample_rate, channels, late
        self._most_late = max(late, LATE_UNREAD)
        self._waited = 0.0
        self._frames: deque[tuple[float, Fraction]] = deque()
        """How long was waited when a frame was encoded, and its time."""
        self._due = Fraction(0)
        """Audio before this time has been waited for long enough."""
        self._waiting: deque[AudioBlock] = deque()
        self._waiting_samples = 0
        self._lock = threading.Lock()
        self._written = 0
        self._origin: Fraction | None = None
        self.silent = Fraction(0)
        """Seconds of silence that stand for what was lost, without that before the
        first block."""
        self.dropped = Fraction(0)
        """Seconds of audio that came too late, or had no frame to go with."""
        self._heard = False

    def put(self, block: AudioBlock) -> None:
        """Take a block, in the reader's thread."""
        with self._lock:
            self._waiting.append(block)
            self._waiting_samples += len(block.samples)
            while self._waiting_samples > MOST_WAITING * self._rate:
                oldest = self._waiting.popleft()
                self._waiting_samples -= len(oldest.samples)
                self.dropped += oldest.duration

    def waited(self, seconds: float) -> None:
        """Note for how long the reader had nothing to read, in the reader's thread.

        Only then does audio become late: while an encoder starts, nothing is read.
        """
        self._waited += seconds

    def begin(self, origin: Fraction) -> None:
        """Say which time of the source is 0 in the result; what is before is cut."""
        self._origin = origin

    def until(self, time: Fraction) -> Iterator[AudioBlock]:
        """Take what belongs before a frame; silence for what is late.

        Args:
            time: of the frame, in seconds of the result.
        """
        yield from self._taken(time)
        yield from self._silence(self._samples(self._late_before(time)))

    def rest(self, end: Fraction | None) -> Iterator[AudioBlock]:
        """Take what is left.

        Args:
            end: seconds of the result after which it is cut; None: all of it.
        """
        for block in self._taken(end):
            cut = len(block.samples) if end is None else self._samples(end) - block.pts
            if cut > 0:
                yield replace(block, samples=block.samples[:cut])

    def _late_before(self, time: Fraction) -> Fraction:
        """The time before which audio that is not there now is late."""
        waited = self._waited
        self._frames.append((waited, time))
        while self._frames and self._frames[0][0] <= waited - self._late:
            self._due = self._frames.popleft()[1]
        while self._frames and self._frames[0][1] < time - self._most_late:
            self._frames.popleft()
        return max(time - self._most_late, min(time - self._late, self._due))

    def _taken(self, time: Fraction | None) -> Iterator[AudioBlock]:
        """What waits and begins before a time."""
        while (block := self._pop(time)) is not None:
            start = self._samples(block.time - (self._origin or 0))
            yield from self._placed(block, start)

    def _pop(self, time: Fraction | None) -> AudioBlock | None:
        """The oldest block that begins before a time; None: there is none."""
        with self._lock:
            if self._origin is None or not self._waiting:
                return None
            if time is not None and self._waiting[0].time - self._origin >= time:
                return None
            block = self._waiting.popleft()
            self._waiting_samples -= len(block.samples)
            return block

    def _placed(self, block: AudioBlock, first: int) -> Iterator[AudioBlock]:
        """A block at its place: after silence, or without what comes too late."""
        ahead = first - self._written
        samples: Samples = block.samples
        if ahead > 0 and (not self._heard or ahead > IN_STEP * self._rate):
            yield from self._silence(first)
        elif ahead < 0 and (not self._heard or -ahead > IN_STEP * self._rate):
            cut = min(-ahead, len(samples))
            self.dropped += Fraction(cut, self._rate) if self._heard else 0
            samples = samples[cut:]
        if len(samples):
            self._heard = True
            yield self._next(samples)

    def _silence(self, until: int) -> Iterator[AudioBlock]:
        if self._heard and until > self._written:
            self.silent += Fraction(until - self._written, self._rate)
        while until > self._written:
            count = min(until - self._written, _CHUNK * self._rate)
            yield self._next(np.zeros((count, self._channels), np.int16))

    def _next(self, samples: Samples) -> AudioBlock:
        start = self._written
        self._written += len(samples)
        return AudioBlock(samples, self._rate, start, Fraction(1, self._rate))

    def _samples(self, time: Fraction) -> int:
        return round(time * self._rate)
