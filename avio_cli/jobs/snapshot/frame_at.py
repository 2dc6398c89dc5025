"""Find the frame that is on screen at a time: one meaning for all that ask for one."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.demux.packet_list import furthest_end
from avio_cli.errors import DamagedInputError, InputError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.media.time_range import MICROSECOND

LOG = logging.getLogger("avio.snapshot")

_BACK = (Fraction(1), Fraction(8), Fraction(64))
"""Seconds before the time at which to look for a frame that is still shown then."""

_SLACK = Fraction(1)
"""Seconds by which frames may go on after what the container declares: of VOB it is an
estimate, and ffmpeg may move frames behind others."""


def find_frame(
    source: MediaSource, video: VideoStream, at: Fraction, reading: ReaderSettings
) -> Frame:
    """Read the last frame that starts at or before a time.

    Before the first frame of a video that starts late, it is the first one.

    Args:
        source: what to read.
        video: which of its videos; that of `reading`, too.
        at: seconds after the source's start.
        reading: how frames are wanted; its range is not used.

    Raises:
        UsageError: the time is after the end.
        InputError: the frame cannot be read.
    """
    search = _Search(source, video, at)
    duration = source.info.duration
    if duration is not None and at >= duration + _SLACK and duration > 0:
        raise search.past_end(duration)
    time = source.origin + at + MICROSECOND
    for start in search.starts():
        settings = replace(reading, start=start, end=None)
        with MediaReader(source, settings) as reader:
            shown, following = _around(iter(reader), time)
            found = shown is not None and (shown.time <= time or not start)
            if shown is not None and found and following is None:
                search.check_end(shown, reader)
        if shown is not None and found:
            # Only now all of the log is read.
            if damage := reader.damage_on_the_way():
                LOG.warning("the frame may not be what was shown: %s", damage)
            return shown
    raise InputError(f"{source.name}: no frame could be decoded")


def _around(
    frames: Iterator[Frame], time: Fraction
) -> tuple[Frame | None, Frame | None]:
    """The frame shown at a time, and the one after it."""
    shown: Frame | None = None
    for frame in frames:
        if frame.time > time:
            return (shown, frame) if shown else (frame, frame)
        shown = frame
    return shown, None


@dataclass(frozen=True, slots=True)
class _Search:
    """Where to look, and whether what was found lasts long enough."""

    source: MediaSource
    video: VideoStream
    at: Fraction

    def starts(self) -> Iterator[Fraction]:
        """Where reading starts, ever earlier."""
        rate = self.video.average_rate
        for back in (2 / rate if rate else _BACK[0], *_BACK):
            if self.at > back:
                yield self.at - back
        yield Fraction(0)

    def check_end(self, last: Frame, reader: MediaReader) -> None:
        """Fail where even the last frame has ended, or what followed it is lost."""
        origin, video, at = self.source.origin, self.video, self.at
        start = (video.start_pts or 0) * video.time_base
        declared_end = start + video.duration if video.duration else Fraction(0)
        lasts = 1 / video.average_rate if video.average_rate else Fraction(0)
        damage = self._damage(reader)
        if damage and at >= last.time + lasts - origin:
            raise DamagedInputError(damage)
        end = max(last.time + lasts, declared_end) - origin
        if lasts and at >= end:
            raise self.past_end(end, last.time - origin)

    def past_end(self, end: Fraction, last: Fraction | None = None) -> UsageError:
        """The error for a time at which nothing is shown any more."""
        starts = "the last frame starts at"
        return UsageError(
            f"--at ({float(self.at):g} s) is after the end of {self.source.name} "
            f"({float(end):.3f} s)",
            hint=f"{starts} {float(last):.3f} s" if last is not None else "",
        )

    def _damage(self, reader: MediaReader) -> str:
        if reader.may_lack_the_end() and self.source.can_reopen:
            return reader.damage(furthest_end(self.source))
        return reader.damage()
