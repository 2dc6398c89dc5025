"""Gaps of tracks: frames without detection, filled where the object must be there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.boxes import overlaps
from avio_cli.vision.refine.settings import RefineSettings
from avio_cli.vision.refine.smoothing import Rows
from avio_cli.vision.refine.table import Floats, Integers

_LEAST_BOXES = 3
"""That a track has on each side of a gap that is filled."""
_HIDDEN, _COVERED, _LOWER = 0.9, 0.7, 0.1
"""Share of a gap's frames that are hidden; share of the box that another one covers,
whose lower edge is higher by this share of the height at most: it is in front."""
_FRAME = 2.0**24
"""Pixels to the right from one frame's boxes to the next one's: no two meet."""


@dataclass(frozen=True, slots=True)
class _Gaps:
    before: Integers
    """(g,): the row before each gap; the next row is behind it."""
    lengths: Integers


def filled(rows: Rows, how: RefineSettings) -> Rows:
    """The boxes that fill gaps: straight from the last box to the next.

    Args:
        rows: smoothed boxes, sorted by track and frame.
        how: how long gaps may be.
    """
    gaps = _find(rows, how.long_gap)
    owners = np.repeat(np.arange(len(gaps.before)), gaps.lengths)
    steps = np.arange(len(owners)) - np.repeat(
        np.cumsum(gaps.lengths) - gaps.lengths, gaps.lengths
    )
    inside = _between(rows, gaps, owners, steps + 1)
    hidden = np.bincount(owners, _hidden(inside, rows), len(gaps.before))
    kept = gaps.lengths <= how.short_gap
    kept |= hidden >= _HIDDEN * gaps.lengths
    return inside[kept[owners]]


def _find(rows: Rows, longest: int) -> _Gaps:
    same = np.diff(rows.tracks) == 0
    lengths = np.diff(rows.frames) - 1
    (before,) = (same & (lengths > 0) & (lengths <= longest)).nonzero()
    firsts = rows.tracks.searchsorted(rows.tracks[before])
    ends = rows.tracks.searchsorted(rows.tracks[before], "right")
    enough = (before + 1 - firsts >= _LEAST_BOXES) & (ends - before > _LEAST_BOXES)
    before = before[enough]
    return _Gaps(before, lengths[before])


def _between(rows: Rows, gaps: _Gaps, owners: Integers, steps: Integers) -> Rows:
    """Boxes inside gaps.

    Args:
        rows: smoothed boxes.
        gaps: between them.
        owners: (n,): the gap of each box.
        steps: (n,): frames from the box before it.
    """
    one = gaps.before[owners]
    share = (steps / (gaps.lengths[owners] + 1))[:, np.newaxis]
    boxes = (1 - share) * rows.boxes[one] + share * rows.boxes[one + 1]
    scores = np.minimum(rows.scores[one], rows.scores[one + 1])
    frames = rows.frames[one] + steps
    return Rows(rows.tracks[one], frames, boxes, scores, rows.classes[one])


def _hidden(inside: Rows, rows: Rows) -> NDArray[np.bool_]:
    """Whether each box is behind a detection of another track."""
    pairs = overlaps(_apart(inside), _apart(rows))
    box, front = inside.boxes[pairs.rows], rows.boxes[pairs.columns]
    sizes = np.minimum(box[:, 2:], front[:, 2:]) - np.maximum(box[:, :2], front[:, :2])
    area = (box[:, 2:] - box[:, :2]).prod(axis=1)
    covered = sizes.prod(axis=1) >= _COVERED * area
    covered &= inside.tracks[pairs.rows] != rows.tracks[pairs.columns]
    covered &= front[:, 3] >= box[:, 3] - _LOWER * (box[:, 3] - box[:, 1])
    found = np.zeros(len(inside), bool)
    found[pairs.rows[covered]] = True
    return found


def _apart(rows: Rows) -> Floats:
    """Boxes moved so that those of different frames share no area."""
    moved = rows.boxes.copy()
    moved[:, ::2] += (rows.frames * _FRAME)[:, np.newaxis]
    return moved
