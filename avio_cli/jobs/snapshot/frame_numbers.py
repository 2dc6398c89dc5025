"""Which frames a video has: their times by number, without decoding them."""

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.demux.frame_index import read_index
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.media.time_range import TimeRange


@dataclass(frozen=True, slots=True)
class FrameNumbers:
    """The times of all frames in the range that is read, in their order."""

    times: Sequence[Fraction] = ()
    known: bool = False
    """Whether they could be listed."""

    def __len__(self) -> int:
        return len(self.times)

    def number_of(self, frame: Frame) -> int:
        """The number of a frame; -1 where it is not one of these."""
        place = bisect_left(self.times, frame.time)
        found = place < len(self.times) and self.times[place] == frame.time
        return place if found else -1


def list_frames(
    source: MediaSource, video: VideoStream, settings: ReaderSettings
) -> FrameNumbers:
    """List the frames of a file that a reader with these settings gives.

    Lists are only believed where the first and the last frame are decoded at their
    times. In AVI and raw H.264 packets have other times than frames, without a keyframe
    at the start or with a cut end there are more packets than frames.

    Raises:
        InputError: the file cannot be read.
    """
    if settings.video_filter or source.url.kind != "file":
        return FrameNumbers()
    if not source.can_reopen:
        return FrameNumbers()
    try:
        index = read_index(source, video)
    except InputError:  # damaged: only decoding shows how far it goes
        return FrameNumbers()
    if index is None:
        return FrameNumbers()
    part = TimeRange.after(source.origin, settings.start, settings.end)
    times = [ticks * index.time_base for ticks in index.times]
    times = [t for t in times if not (part.is_before(t) or part.is_past(t))]
    if times:
        first = _first_time(source, settings)
        last_part = replace(settings, start=max(times[-1] - source.origin, Fraction(0)))
        if first != times[0] or _first_time(source, last_part) != times[-1]:
            return FrameNumbers()
    return FrameNumbers(times, known=True)


def _first_time(source: MediaSource, settings: ReaderSettings) -> Fraction | None:
    """When the first frame is shown that is decoded of a range."""
    with MediaReader(source, settings) as reader, closing(reader.items()) as frames:
        first = next(frames, None)
    return None if first is None else first.time
