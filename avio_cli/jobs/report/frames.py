"""The frames of records: when each is shown, and what is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.report.frame_times import FrameTimes, read_times
from avio_cli.records.entry import FrameRecord
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

    def __iter__(self) -> Iterator[tuple[Fraction, Tracks]]:
        return iter(zip(self.times, self.tracks, strict=True))


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
        shown, origin = read_times(source), source.origin
        _refuse_other(entries, shown, name, source.name)
    timed = [(_time(entry, shown, name), entry) for entry in entries]
    frames = {time - origin: tracks for time, tracks in _with_ends(timed, shown)}
    times = sorted(frames)
    tracks = tuple(frames[time] for time in times)
    step = _last_step(timed, shown)
    return TimedFrames(tuple(times), tracks, recorded.class_names, step)


def _with_ends(
    timed: Sequence[Timed], shown: FrameTimes | None
) -> Iterator[tuple[Fraction, Tracks]]:
    """The frames; where the next is not recorded, one without tracks follows."""
    for (time, entry), (later, following) in pairwise(timed):
        yield time, entry.tracks
        missing = following.number - entry.number
        if missing > 1:
            end = None if shown is None else shown.after(time + _SAME)
            if end is None:
                end = time + (later - time) / missing
            yield end, _NO_TRACKS
    for time, entry in timed[-1:]:
        yield time, entry.tracks


def _last_step(timed: Sequence[Timed], shown: FrameTimes | None) -> Fraction:
    end = shown.after(timed[-1][0] + _SAME) if shown is not None and timed else None
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
    if shown is None or entry.pts is None:
        return time
    exact = entry.pts * shown.time_base
    return exact if abs(exact - time) < _SAME else time


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


def _is_in(entry: FrameRecord, shown: FrameTimes) -> bool:
    if entry.seconds is None:
        return 1 <= entry.number <= len(shown)
    time = Fraction(entry.seconds)
    found = shown.after(time - _SAME)
    return found is not None and found - time <= _SAME


def _refuse_doubled(entries: Sequence[FrameRecord], name: str) -> None:
    for entry in entries:
        ids = entry.tracks.ids.tolist()
        if len(ids) > len(set(ids)):
            doubled = next(i for i in ids if ids.count(i) > 1)
            raise InputError(
                f"{name} has id {doubled} twice in frame {entry.number}",
                hint="detections have no ids: avio track --detections gives them some",
            )
