"""How far a source was read, and where frames are missing."""

from collections.abc import Iterable
from fractions import Fraction

from avio_cli.decode.settings import ReaderSettings, time_base_of
from avio_cli.ffmpeg.gaps import FrameSteps, Gap
from avio_cli.media.filters import keeps_times
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream


class ReadTimes:
    """Notes the times of frames as they come.

    Where filters may change them, frames do not say how far the source was read: its
    packets do.

    Args:
        video: what is read.
        settings: how.
        start: when the first frame is due, in seconds; None: at any time.
    """

    def __init__(
        self, video: VideoStream, settings: ReaderSettings, start: Fraction | None
    ) -> None:
        self._time_base = time_base_of(video, settings)
        self._usual = 1 / video.average_rate if video.average_rate else Fraction(0)
        self._start = start
        self._steps = FrameSteps(start)
        self.is_filtered = not keeps_times(settings.video_filter)
        """Whether filters may have changed times, and no packet was taken instead."""
        self.end: Fraction | None = None
        """When the last frame has been shown, in seconds; None without any."""

    def take(self, frame: Frame) -> None:
        """Take the next frame."""
        self._steps.add(frame.pts)
        self.end = frame.time + (frame.duration or self._usual)

    def take_packets(
        self, ticks: Iterable[int], time_base: Fraction, end: Fraction | None
    ) -> None:
        """Take the packets that were read instead of the frames.

        Args:
            ticks: when they are shown, in that order.
            time_base: of the ticks.
            end: when the last one has been shown, in seconds; None without any.
        """
        self.is_filtered, self.end = False, end
        self._time_base, self._steps = time_base, FrameSteps(self._start)
        for tick in ticks:
            self._steps.add(tick)

    @property
    def read_to(self) -> Fraction | None:
        """Seconds up to which the source was read; None: not known."""
        return None if self.is_filtered else self.end

    @property
    def gap(self) -> Gap | None:
        """The longest one between frames, or before the first one; None: not known."""
        return None if self.is_filtered else self._steps.gap(self._time_base)
