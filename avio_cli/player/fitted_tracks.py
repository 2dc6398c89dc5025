"""Recorded tracks on the frames of the video that is played, which may be another file.

A copy in another container has other ticks, and one with another rate other frames.
"""

import logging
from bisect import bisect_left
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from avio_cli.demux.frame_index import FrameIndex
from avio_cli.media.info import VideoStream

if TYPE_CHECKING:
    from avio_cli.records.entry import FrameRecord
    from avio_cli.records.reader import RecordedTracks

LOG = logging.getLogger("avio.play")
_ROUNDED = 2e-6
"""Seconds that records may be off by, as they are written to the microsecond."""
_SAME = 0.002
"""Seconds between times of one frame in two containers: some round to milliseconds."""
_FEW = 0.1
"""Of its frames a file may lack so many: it may be cut, or its index not be exact."""


def fit_tracks(
    recorded: "RecordedTracks",
    index: FrameIndex,
    video: VideoStream,
    records: str,
    source: str,
) -> "RecordedTracks":
    """The same tracks, with the times of the video's own frames.

    What is not of this video is warned of: its boxes would be nowhere, or elsewhere.

    Args:
        recorded: what was read.
        index: the frames of the video.
        video: the stream.
        records: the name of their file, for warnings.
        source: that of the video.
    """
    said = recorded.video
    if said is not None and said.width and said.height:
        size, other = (video.width, video.height), (said.width, said.height)
        if size != other:
            text = "%s is of a video of %dx%d, and %s has %dx%d: boxes are elsewhere"
            LOG.warning(text, records, *other, source, *size)
    entries = [e for entry in recorded.entries if (e := _fitted(entry, index))]
    shown, total = frozenset(index.times), len(recorded.entries)
    missing = total - sum(_is_in(shown, entry) for entry in entries)
    if missing > _FEW * total:
        text = "%s is not of %s: %d of its %d frames are not there"
        LOG.warning(text, records, source, missing, total)
    return replace(recorded, entries=tuple(entries))


def _fitted(entry: "FrameRecord", index: FrameIndex) -> "FrameRecord | None":
    """The entry with ticks of the video; None where no frame is shown at its time."""
    if entry.pts is None or entry.seconds is None:
        return entry
    step = float(index.time_base)
    if abs(entry.pts * step - entry.seconds) < _ROUNDED:
        return entry  # also where the index has times of decoding, as in AVI
    pts = _nearest(index, Fraction(entry.seconds))
    near = abs(pts * step - entry.seconds) < _SAME
    return replace(entry, pts=pts) if near else None


def _is_in(shown: frozenset[int], entry: "FrameRecord") -> bool:
    return entry.number <= len(shown) if entry.pts is None else entry.pts in shown


def _nearest(index: FrameIndex, time: Fraction) -> int:
    ticks = time / index.time_base
    place = bisect_left(index.times, ticks)
    around = index.times[max(place - 1, 0) : place + 1]
    return min(around, key=lambda tick: abs(tick - ticks))
