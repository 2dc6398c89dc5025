"""The frames of records: when each is shown, and what is in it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from avio_cli.decode.settings import select_video
from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.report.frame_times import FrameTimes, read_times
from avio_cli.records.entry import CountEvent, FrameRecord, VideoInfo, ZoneRecord
from avio_cli.records.files import display_name
from avio_cli.records.reader import read_tracks

Timed = tuple[Fraction, FrameRecord]
"""When a frame is shown, and what was recorded of it."""
_NO_TRACKS = Tracks()
_DEFAULT_STEP = Fraction(1, 25)
"""Seconds that a frame is shown where nothing says how long."""
_SAME = Fraction(1, 500)
"""Seconds by which two times of one frame may differ: some programs round them."""


@dataclass(frozen=True, slots=True)
class TimedFrames:
    """Frames in the order in which they are shown."""

    times: tuple[Fraction, ...]
    """Seconds after the start of the video; without one, those of the records."""
    tracks: tuple[Tracks, ...]
    class_names: tuple[str, ...]
    step: Fraction
    """Seconds that the last one is shown."""
    events: tuple[Sequence[CountEvent], ...] = ()
    """Of each, as recorded."""
    zones: tuple[Sequence[ZoneRecord], ...] = ()
    """Likewise: who was in which zone."""
    video_times: tuple[Fraction, ...] = ()
    """Of all frames of the video, those without records too; empty without one. Where
    records have every frame that was tracked: from the first of them to the last."""
    video_start: Fraction = Fraction(0)
    """When the video has its first frame."""
    video_end: Fraction | None = None
    """When it has the first one after those; None: there is none."""

    def __iter__(self) -> Iterator[tuple[Fraction, Tracks]]:
        return iter(zip(self.times, self.tracks, strict=True))

    def from_zero(self) -> "TimedFrames":
        """The same, the first frame at zero: records may have the times of a clock."""
        first = self.times[0] if self.times else Fraction(0)
        return replace(self, times=tuple(time - first for time in self.times))


def read_frames(records: Path, source: MediaSource | None) -> TimedFrames:
    """Read records, and when their frames are shown.

    Args:
        records: in any format.
        source: the video; None where the records' own times have to do.

    Raises:
        InputError: the records have no times, an id twice in a frame, or are not of
            that video.
    """
    recorded, name = read_tracks(records), display_name(records)
    entries = recorded.entries
    _refuse_doubled(entries, name)
    shown, origin = None, Fraction(0)
    if source is not None:
        _refuse_other_size(recorded.video, source, name)
        shown, origin = read_times(source), source.origin
        _refuse_other(entries, shown, name, source.name)
    timed = [(_time(entry, shown, name), entry) for entry in entries]
    _refuse_disordered(timed, name)
    frames = {time - origin: tracks for time, tracks in _with_ends(timed, shown)}
    entry_at = {time - origin: entry for time, entry in timed}
    times = sorted(frames)
    video = () if shown is None else tuple(time - origin for time in shown.seconds)
    until = bisect_right(video, times[-1]) if recorded.each_frame and times else None
    return TimedFrames(
        tuple(times),
        tuple(frames[time] for time in times),
        recorded.class_names,
        _last_step(timed, shown),
        tuple(entry_at[time].events if time in entry_at else () for time in times),
        tuple(entry_at[time].zones if time in entry_at else () for time in times),
        video if until is None else video[bisect_left(video, times[0]) : until],
        video[0] if video else Fraction(0),
        None if until is None else next(iter(video[until:]), None),
    )


def _with_ends(
    timed: Sequence[Timed], shown: FrameTimes | None
) -> Iterator[tuple[Fraction, Tracks]]:
    """The frames; where the next is not recorded, one without tracks follows."""
    for (time, entry), (later, following) in pairwise(timed):
        yield time, entry.tracks
        missing = following.number - entry.number
        if missing > 1 or following.gap is not None:
            yield _end(time, later, missing, shown), _NO_TRACKS
    for time, entry in timed[-1:]:
        yield time, entry.tracks


def _end(
    time: Fraction, later: Fraction, missing: int, shown: FrameTimes | None
) -> Fraction:
    """When a frame has been shown whose next one is not recorded, or was lost."""
    end = None if shown is None else shown.following(time)
    if end is not None:
        return end
    if missing > 1:
        return time + (later - time) / missing
    return time + min((later - time) / 2, _DEFAULT_STEP)


def _last_step(timed: Sequence[Timed], shown: FrameTimes | None) -> Fraction:
    end = shown.following(timed[-1][0]) if shown is not None and timed else None
    if end is not None:
        return end - timed[-1][0]
    for (time, entry), (later, following) in pairwise(reversed(timed)):
        if entry.number == following.number + 1 and time > later:
            return time - later
    return _DEFAULT_STEP


def _time(entry: FrameRecord, shown: FrameTimes | None, name: str) -> Fraction:
    """When a recorded frame is shown, in seconds on the clock of its source."""
    if entry.seconds is None:
        if shown is not None:
            return shown.seconds[entry.number - 1]
        hint = "name the video too, whose frames have them"
        raise InputError(f"{name} has no times", hint=hint)
    time = Fraction(round(entry.seconds * 10**6), 10**6)
    if shown is None:
        return time
    exact = time if entry.pts is None else entry.pts * shown.time_base
    return shown.nearest(exact if abs(exact - time) < _SAME else time)


def _refuse_other(
    entries: Sequence[FrameRecord], shown: FrameTimes, name: str, video: str
) -> None:
    """Refuse records with a frame that the video does not have.

    Raises:
        InputError: names the first such frame.
    """
    for entry in entries:
        if not _is_in(entry, shown):
            when = "" if entry.seconds is None else f" at {entry.seconds:g} s"
            raise InputError(
                f"{name} is not of {video}: that has no frame {entry.number}{when}",
                hint="name the video that was tracked",
            )


def _refuse_other_size(said: VideoInfo | None, source: MediaSource, name: str) -> None:
    """Refuse records that are of a video of another size, where they say that.

    Raises:
        InputError: names both.
    """
    video = select_video(source.info, 0)
    size = video.width, video.height
    if said is None or (said.width, said.height) in (size, (0, 0)):
        return
    raise InputError(
        f"{name} is of a video of {said.width}x{said.height}, and {source.name} has "
        f"{video.width}x{video.height}",
        hint="name the video that was tracked",
    )


def _is_in(entry: FrameRecord, shown: FrameTimes) -> bool:
    if entry.seconds is None:
        return 1 <= entry.number <= len(shown)
    time = Fraction(entry.seconds)
    return abs(shown.nearest(time) - time) <= _SAME


def _refuse_disordered(timed: Sequence[Timed], name: str) -> None:
    for (time, entry), (later, following) in pairwise(timed):
        if later <= time:
            order = "at the same time as" if later == time else "before"
            raise InputError(
                f"{name}: frame {following.number}, at {float(later):g} s, is {order} "
                f"frame {entry.number}",
                hint="frames are numbered in the order in which they are shown",
            )


def _refuse_doubled(entries: Sequence[FrameRecord], name: str) -> None:
    for entry in entries:
        ids = entry.tracks.ids.tolist()
        if len(ids) > len(set(ids)):
            doubled = next(i for i in ids if ids.count(i) > 1)
            raise InputError(
                f"{name} has id {doubled} twice in frame {entry.number}",
                hint="detections have no ids: avio track --detections gives them some",
            )
