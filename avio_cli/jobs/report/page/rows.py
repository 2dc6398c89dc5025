"""Boxes of all frames as columns of whole numbers."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avio_cli.jobs.report.frames import TimedFrames
from avio_cli.pages.columns import Packed, pack

PARTS = 8
"""Of a pixel: corners are within a sixteenth of those in the records."""
SCORE_PARTS = 100
FAR = 1e6
"""Pixels: coordinates beyond are clamped to this."""
_DELTAS = ("time", "frame", "x", "y", "width", "height")

Numbers = NDArray[np.int64]


def shown_times(frames: TimedFrames) -> tuple[Fraction, ...]:
    """When the page has frames: those of the video, and all recorded ones."""
    known = set(frames.video_times)
    return tuple(sorted(known.union(frames.times))) if known else frames.times


def packed_rows(frames: TimedFrames, times: Sequence[Fraction]) -> Packed:
    """The boxes, track by track and in each by time, and the times of frames.

    Columns: ``time`` of each frame in microseconds; ``id`` of each track and ``count``,
    its rows; then of each row ``frame``, ``x``, ``y``, ``width`` and ``height`` in
    `PARTS` of a pixel, ``score`` and ``class``.
    """
    place = {time: number for number, time in enumerate(times)}
    counts = [len(tracks) for tracks in frames.tracks]
    frame = np.repeat([place[time] for time in frames.times], counts).astype(np.int64)
    ids, boxes, scores, classes = _joined(frames)
    order = np.lexsort((frame, ids))
    known, rows = np.unique(ids[order], return_counts=True)
    micros = np.array([round(time * 10**6) for time in times], np.int64)
    columns = {
        "time": micros,
        "id": known,
        "count": rows.astype(np.int64),
        "frame": frame[order],
        **_quantized(boxes[order]),
        "score": np.rint(np.clip(scores[order], -300, 300) * SCORE_PARTS).astype("i8"),
        "class": classes[order],
    }
    return pack(columns, _DELTAS)


def _joined(
    frames: TimedFrames,
) -> tuple[Numbers, NDArray[np.float64], NDArray[np.float64], Numbers]:
    """Ids, boxes, scores and classes of all frames, one after the other."""
    parts = frames.tracks
    empty = np.empty(0, np.int64)
    return (
        np.concatenate([empty, *(tracks.ids for tracks in parts)]),
        np.concatenate([np.empty((0, 4)), *(tracks.boxes for tracks in parts)]),
        np.concatenate([np.empty(0), *(tracks.scores for tracks in parts)]),
        np.concatenate([empty, *(tracks.classes for tracks in parts)]),
    )


def _quantized(boxes: NDArray[np.float64]) -> dict[str, Numbers]:
    """Left, top and size of boxes; sizes are those of rounded corners."""
    usable = np.nan_to_num(np.clip(boxes, -FAR, FAR))
    corners = np.rint(usable * PARTS).astype(np.int64)
    sizes = corners[:, 2:] - corners[:, :2]
    table = np.concatenate((corners[:, :2], sizes), axis=1)
    names = ("x", "y", "width", "height")
    return {name: table[:, number] for number, name in enumerate(names)}
