"""When the frames of a video are shown."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import DetectorView, ReaderSettings, select_video
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.snapshot.frame_numbers import list_frames

_SMALL = DetectorView(width=16, height=16)
"""Frames are only counted."""


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """The times of all frames, in their order."""

    seconds: Sequence[Fraction]
    """On the clock of the source."""
    time_base: Fraction

    def __len__(self) -> int:
        return len(self.seconds)

    def following(self, time: Fraction) -> Fraction | None:
        """The first one after a time; None where there is none."""
        number = bisect_right(self.seconds, time)
        return self.seconds[number] if number < len(self.seconds) else None

    def nearest(self, time: Fraction) -> Fraction:
        """The one next to a time, before it or after it."""
        return self.seconds[self.number(time) - 1]

    def number(self, time: Fraction) -> int:
        """The number of the frame next to a time, 1 for the first."""
        found = bisect_left(self.seconds, time)
        around = range(max(found - 1, 0), min(found + 1, len(self.seconds)))
        return 1 + min(around, key=lambda place: abs(self.seconds[place] - time))


def read_times(source: MediaSource) -> FrameTimes:
    """List the frames; they are decoded where packets do not say when they are shown.

    Raises:
        InputError: the source is live, or cannot be read.
    """
    if source.is_live:
        raise InputError(
            f"{source.name} is live: its frames cannot be listed",
            hint="name a recording of it",
        )
    source = with_known_jumps(source)
    video = select_video(source.info, 0)
    listed = list_frames(source, video, ReaderSettings())
    times = listed.times if listed.known else _decoded(source)
    if not times:
        raise InputError(f"{source.name} has no frames")
    return FrameTimes(times, video.time_base)


def _decoded(source: MediaSource) -> list[Fraction]:
    settings = ReaderSettings(view=_SMALL, view_only=True)
    with MediaReader(source, settings) as reader, closing(reader.items()) as frames:
        return [frame.time for frame in frames]
