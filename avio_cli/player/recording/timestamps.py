"""When what is shown happens in the recording: from 0 on, without gaps, in order."""

from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import VideoStream

_FAR_BACK = Fraction(1)
_USUAL_DURATION = Fraction(1, 25)


@dataclass(slots=True)
class TimestampMapper:
    """Turns the source's times into the recording's.

    Args:
        video: tells how long a frame lasts, where it is known.
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
        """Whether a frame has been placed since the beginning or the last splice."""
        return self._origin is not None

    def mark_discontinuity(self) -> None:
        """The player has jumped: what comes next follows what was there."""
        self._origin = None

    def map_frame(self, frame: Frame) -> Frame | None:
        """The frame at its time in the recording; None where it goes back in time."""
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
        """The block at its time in the recording, to the sample; may be empty.

        What lies before the first frame, or before the end of sound that is already
        there, is cut off; with `last` also what lies behind the last frame. Only
        while `running`.
        """
        origin = self._origin if self._origin is not None else block.time
        rate = block.sample_rate
        first = round((block.time - origin + self._offset) * rate)
        # What is not yet filled begins with the stretch, or where sound has ended.
        free = max(round(self._offset * rate), self._samples)
        end = first + len(block.samples)
        end = min(end, round(self.end * rate)) if last else end
        begin = min(max(free, first), max(end, first))
        samples = block.samples[begin - first : max(end, begin) - first]
        if len(samples):
            self._samples = begin + len(samples)
        return AudioBlock(samples, rate, begin, Fraction(1, rate))

    def ends_before(self, block: AudioBlock) -> bool:
        """Whether no frame has been shown yet at the end of that block."""
        if self._origin is None:
            return True
        time = block.time - self._origin + self._offset
        return time + block.duration > self.end

    def goes_far_back(self, frame: Frame) -> bool:
        """Whether it is a jump that nobody told: a camera that counts from 0 again."""
        if self._origin is None or self._last is None:
            return False
        return frame.time - self._origin + self._offset < self._last - _FAR_BACK

    def _duration(self) -> Fraction:
        rate = self.video.average_rate if self.video else None
        return 1 / rate if rate else _USUAL_DURATION
