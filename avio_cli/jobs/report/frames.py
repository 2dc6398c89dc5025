"""The frames of records: when each is shown, and what is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from avio_cli.decode.settings import select_video
from avio_cli.demux.frame_index import FrameIndex, read_index
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.records.entry import FrameRecord
from avio_cli.records.files import display_name
from avio_cli.records.reader import read_tracks

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

    @property
    def step(self) -> Fraction:
        """Seconds that the last one is shown: as long as the one before it."""
        if len(self.times) < 2:
            return _DEFAULT_STEP
        return self.times[-1] - self.times[-2]

    def __iter__(self) -> Iterator[tuple[Fraction, Tracks]]:
        return iter(zip(self.times, self.tracks, strict=True))


def read_frames(records: Path, source: MediaSource | None) -> TimedFrames:
    """Read records, and the times of all frames, also of those without tracks.

    Args:
        records: in any format.
        source: the video; None where the records' own times have to do.

    Raises:
        InputError: the records have no times, or are not of that video.
    """
    recorded = read_tracks(records)
    entries = recorded.entries
    if source is None:
        timed = dict(_own_times(entries, display_name(records)))
    else:
        timed = _times_in(entries, with_known_jumps(source), display_name(records))
    times = sorted(timed)
    return TimedFrames(
        tuple(times), tuple(timed[time] for time in times), recorded.class_names
    )


def _own_times(
    entries: Sequence[FrameRecord], name: str
) -> Iterator[tuple[Fraction, Tracks]]:
    """Times of records; a frame that is missing ends what the one before it shows."""
    timed = [(_seconds(entry, name), entry) for entry in entries]
    for (time, entry), (later, following) in pairwise(timed):
        yield time, entry.tracks
        missing = following.number - entry.number
        if missing > 1:
            yield time + (later - time) / missing, _NO_TRACKS
    if timed:
        yield timed[-1][0], timed[-1][1].tracks


def _seconds(entry: FrameRecord, name: str) -> Fraction:
    if entry.seconds is None:
        raise InputError(
            f"{name} has no times", hint="name the video too, whose frames have them"
        )
    return Fraction(round(entry.seconds * 10**6), 10**6)


def _times_in(
    entries: Sequence[FrameRecord], source: MediaSource, name: str
) -> dict[Fraction, Tracks]:
    video = select_video(source.info, 0)
    index = read_index(source, video)
    if index is None:
        raise InputError(f"{source.name} has no frames")
    shown = {time * video.time_base: _NO_TRACKS for time in index.times}
    for entry in entries:
        time = _time_of(entry, index)
        if time is None:
            raise InputError(
                f"{name} is not of {source.name}: that has no frame {entry.number}"
                + ("" if entry.seconds is None else f" at {entry.seconds:g} s"),
                hint="name the video that was tracked",
            )
        shown[time] = entry.tracks
    return {time - source.origin: tracks for time, tracks in shown.items()}


def _time_of(entry: FrameRecord, index: FrameIndex) -> Fraction | None:
    """When a recorded frame is shown; None where the video has no such frame."""
    if entry.seconds is None:
        known = 1 <= entry.number <= len(index)
        return index.time(entry.number - 1) if known else None
    time = Fraction(entry.seconds)
    if entry.pts is not None:
        exact = entry.pts * index.time_base
        time = exact if abs(exact - time) < _SAME else time
    near = index.number(time - _SAME)
    found = index.time(near)
    return found if abs(found - time) <= _SAME else None
