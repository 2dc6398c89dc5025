"""Completes records by what the video says: its size, its rate, and times of frames."""

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from avio_cli.decode.settings import select_video
from avio_cli.detections import Tracks
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.report.frame_times import FrameTimes, read_times
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.facts import Fact
from avio_cli.records.recorded import RecordedTracks

_SAME = Fraction(1, 500)
"""Seconds by which two times of one frame may differ: some programs round them."""


def with_video(
    recorded: RecordedTracks, source: MediaSource, name: str, kept: Collection[Fact]
) -> RecordedTracks:
    """Add what is missing: frames without tracks, and the time of each frame.

    Records of a part of the video (``--start``) count its first frame as 1. Where
    their times get lost, frames are counted from the start of the video instead, as
    whoever opens it will.

    Args:
        recorded: the tracks.
        source: the video that was tracked.
        name: of the records in messages.
        kept: what the other format keeps.

    Raises:
        InputError: the records are of another video, or the video cannot be read.
    """
    info, times = video_info(source), read_times(source)
    known = _by_number(recorded, times, name, source.name)
    timed = any(entry.seconds is not None for entry in recorded.entries)
    complete = recorded.each_frame or Fact.EMPTY not in kept
    if timed and complete and Fact.TIMES in kept:
        return replace(recorded, video=info)
    entries = tuple(
        _timed(known.get(number), number, times) for number in range(1, len(times) + 1)
    )
    names = recorded.class_names
    return RecordedTracks(entries, names, each_frame=True, video=info)


def video_info(source: MediaSource) -> VideoInfo:
    """What the file says of its video."""
    video, title = select_video(source.info, 0), Path(source.name).name
    return VideoInfo(title, video.width, video.height, nominal_rate(video))


def _by_number(
    recorded: RecordedTracks, times: FrameTimes, name: str, video: str
) -> dict[int, FrameRecord]:
    """The recorded frames by their numbers in the whole video.

    Raises:
        InputError: the video does not have one of them, or two are the same.
    """
    known: dict[int, FrameRecord] = {}
    for entry in recorded.entries:
        when = "" if entry.seconds is None else f" at {entry.seconds:g} s"
        number = _number(entry, times)
        if number is None:
            raise InputError(
                f"{name} is not of {video}: that has no frame {entry.number}{when}",
                hint="name the video that was tracked",
            )
        if number in known:
            raise InputError(
                f"{name} is not of {video}: its frames {known[number].number} and "
                f"{entry.number} would both be frame {number} of it",
                hint="name the video that was tracked",
            )
        known[number] = entry
    return known


def _number(entry: FrameRecord, times: FrameTimes) -> int | None:
    """The number of a recorded frame in the whole video; None where it has none.

    Ticks are exact where they are of this video; a copy may have another time base.
    """
    wanted = None if entry.seconds is None else Fraction(entry.seconds)
    if entry.pts is not None:
        exact = entry.pts * times.time_base
        if wanted is None or abs(exact - wanted) <= _SAME:
            number = times.number(exact)
            if times.seconds[number - 1] == exact:
                return number
    if wanted is None:
        return entry.number if 1 <= entry.number <= len(times) else None
    number = times.number(wanted)
    return number if abs(times.seconds[number - 1] - wanted) <= _SAME else None


def _timed(entry: FrameRecord | None, number: int, times: FrameTimes) -> FrameRecord:
    time = times.seconds[number - 1]
    pts, seconds = round(time / times.time_base), round(float(time), 6)
    if entry is None:
        return FrameRecord(number, pts, seconds, Tracks())
    return replace(entry, number=number, pts=pts, seconds=seconds)
