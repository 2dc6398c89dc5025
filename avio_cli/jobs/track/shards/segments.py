"""Where a video is divided: at keyframes where there are any, else between frames.

And the files by which a run and its children know of each other.
"""

import pickle
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.decode.settings import select_video
from avio_cli.demux.packet_list import list_copied_packets
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.kept_detections import KeptDetections

WARNING = "avio: warning: "
"""Before what a child's detector warned of."""
_TASK = "task"
_NEAR = 4
"""A keyframe is near if it is within this part of a segment's length."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames that one child detects in, and no other."""

    number: int
    """From 0 on."""
    first: int
    """Index of its first frame in the run, by the packets."""
    start: Fraction
    """Seconds after the source's start; half a tick before its first frame."""
    end: Fraction | None
    """Likewise of the next segment; None: the end of the source."""


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What all children of a run are given."""

    job: TrackJob
    hardware: str
    """The hardware decoder; empty: software."""
    segments: tuple[Segment, ...]
    through: bool
    """Whether each child reads from the first segment on, and leaves out the others."""

    def write(self, folder: Path) -> None:
        """Leave it for the children, in a folder that only this user can write to."""
        (folder / _TASK).write_bytes(pickle.dumps(self))

    @staticmethod
    def read(folder: Path) -> "ShardTask":
        """Read what `write` has left."""
        task = pickle.loads((folder / _TASK).read_bytes())
        assert isinstance(task, ShardTask)
        return task


def segment_path(folder: Path, segment: Segment) -> Path:
    """The file of a segment's detections."""
    return folder / str(segment.number)


def open_segment(path: Path | None, segment: Segment) -> KeptDetections:
    """Open the file of a segment's detections, whether it is there already or not.

    Args:
        path: the file; None for a nameless one.
        segment: of which they are.
    """
    return KeptDetections(path, {"--shards": str(segment.number)}, resume=True)


_SEARCHABLE = frozenset({"mov", "mp4", "matroska", "webm"})
"""Demuxers whose files say when each frame is shown, and so are the same wherever
reading begins. In AVI it is not stored, and MPEG streams have no index: there a frame
after a seek may have another time, or be missing (5.1 and 9.0)."""


def is_searchable(source: MediaSource) -> bool:
    """Whether a file gives the same frames after a seek as when it is read through."""
    return not _SEARCHABLE.isdisjoint(source.info.container.split(","))


def plan_segments(
    source: MediaSource,
    start: Fraction,
    end: Fraction | None,
    *,
    first: int,
    count: int,
) -> tuple[Segment, ...]:
    """Divide a range of a video into segments of about as many frames.

    A start between two frames is that of one segment and the end of the other: each
    frame is in exactly one of them, whatever the container says of its packets.

    Args:
        source: a file.
        start: seconds after its start.
        end: likewise; None: its end.
        first: the index of the first frame of the range.
        count: most segments.

    Raises:
        InputError: its packets cannot be listed.
    """
    video = select_video(source.info, 0)
    whole = Segment(0, first, start, end)
    # A clock that jumps cannot be searched; fields need the frames around them.
    if count == 1 or source.info.jumps or video.is_interlaced:
        return (whole,)
    times, keys = _times(source, start, end)
    starts = _starts(len(times), keys, count)
    base, origin = video.time_base, source.origin
    cuts = [
        (times[i - 1] + Fraction(times[i] - times[i - 1], 2)) * base - origin
        for i in starts
    ]
    bounds = [start, *cuts, end]
    return tuple(
        Segment(
            number, first + index, bounds[number] or Fraction(0), bounds[number + 1]
        )
        for number, index in enumerate((0, *starts))
    )


def _times(
    source: MediaSource, start: Fraction, end: Fraction | None
) -> tuple[list[int], list[int]]:
    """Times of the frames in a range, in ticks and order; and indices of keyframes."""
    video = select_video(source.info, 0)
    shown: dict[int, bool] = {}
    for packet in list_copied_packets(source, [video]):
        tick = packet.dts if packet.pts is None else packet.pts
        if tick is None or packet.discard:
            continue
        time = tick * video.time_base - source.origin
        if time >= start and (end is None or time < end):
            shown[tick] = packet.key
    times = sorted(shown)
    return times, [index for index, tick in enumerate(times) if shown[tick]]


def _starts(frames: int, keys: Sequence[int], count: int) -> list[int]:
    """Indices at which all segments but the first one start, in order."""
    length = max(frames // count, 1)
    starts: list[int] = []
    for wanted in (frames * number // count for number in range(1, count)):
        place = bisect_left(keys, wanted)
        near = min(
            keys[max(place - 1, 0) : place + 1],
            key=lambda k: abs(k - wanted),
            default=wanted,
        )
        chosen = near if abs(near - wanted) * _NEAR <= length else wanted
        if chosen > (starts[-1] if starts else 0):
            starts.append(chosen)
    return starts
