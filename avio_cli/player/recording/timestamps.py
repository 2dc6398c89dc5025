"""Timestamps of a recording: from 0 on, without gaps, in order."""

from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import VideoStream

_FAR_BACK = Fraction(1)
_USUAL_DURATION = Fraction(1, 25)


@dataclass(slots=True)
class TimestampMapper:
    """Maps the source's timestamps to the recording's.

    Args:
        video: gives the duration of a frame, if its frame rate is known.
    """

    video: VideoStream | None = None
    end: Fraction = Fraction(0)
    """Seconds of the recording up to the end of its last frame."""
    _origin: Fraction | None = None
    _offset: Fraction = Fraction(0)
    _last: Fraction | None = None
    _samples: int = 0

    @property
    def running(self) -> bool:
        """Whether a frame was mapped since the start or the last discontinuity."""
        return self._origin is not None

    def mark_discontinuity(self) -> None:
        """The player has jumped: what comes next follows what was recorded."""
        self._origin = None

    def map_frame(self, frame: Frame) -> Frame | None:
        """The frame with its time in the recording; None if it goes back in time."""
        if self._origin is None:
            self._origin, self._offset = frame.time, self.end
        time = frame.time - self._origin + self._offset
        pts = round(time / frame.time_base)
        last = -1 if self._last is None else round(self._last / frame.time_base)
        if pts <= last:
            return None
        self._last = pts * frame.time_base
        self.end = self._last + self._duration()
        return replace(frame, pts=pts)

    def map_audio(self, block: AudioBlock, *, last: bool = False) -> AudioBlock:
        """The block with its timestamp in the recording, to the sample; may be empty.

        What is before the first frame, or before the end of the audio already
        written, is cut off; with `last` also what is after the last frame. Only
        while `running`.
        """
        origin = self._origin if self._origin is not None else block.time
        rate = block.sample_rate
        first = round((block.time - origin + self._offset) * rate)
        # Free from the discontinuity on, or from where audio has ended.
        free = max(round(self._offset * rate), self._samples)
        end = first + len(block.samples)
        end = min(end, round(self.end * rate)) if last else end
        start = min(max(free, first), max(end, first))
        samples = block.samples[start - first : max(end, start) - first]
        if len(samples):
            self._samples = start + len(samples)
        return AudioBlock(samples, rate, start, Fraction(1, rate))

    def ends_before(self, block: AudioBlock) -> bool:
        """Whether no frame reaches the end of that block yet."""
        if self._origin is None:
            return True
        time = block.time - self._origin + self._offset
        return time + block.duration > self.end

    def goes_far_back(self, frame: Frame) -> bool:
        """Whether it is an unmarked jump: a camera that counts from 0 again."""
        if self._origin is None or self._last is None:
            return False
        return frame.time - self._origin + self._offset < self._last - _FAR_BACK

    def _duration(self) -> Fraction:
        rate = self.video.average_rate if self.video else None
        return 1 / rate if rate else _USUAL_DURATION
