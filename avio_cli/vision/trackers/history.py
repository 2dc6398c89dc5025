"""The detections of tracks in the last frames, and lines fitted to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Rows = NDArray[np.intp]

CUT = 4.0
"""Standard deviations to each side after which the window ends."""
_SINGLE = 1e-3
"""Where the window's weight is nearly all at one frame, there is no line to fit."""
_LEAST_WEIGHT = 0.05
_NEVER = 1 << 40
_COLUMNS = {
    "ids": np.int64,
    "frames": np.int64,
    "boxes": np.float64,
    "scores": np.float32,
    "classes": np.int64,
    "again": np.bool_,
}


@dataclass(frozen=True, slots=True)
class Around:
    """What tracks did before, in and after a frame; all arrays are (tracks,)."""

    here: Rows
    """The row of each track in this frame, -1 for none."""
    before: Integers
    """How many boxes it has before."""
    after: Integers
    lasts: Integers
    """The last frame before; far in the past where there is none."""
    nexts: Integers
    """The next frame after; far in the future where there is none."""
    last_rows: Rows
    """The row of the last frame before, 0 where there is none."""
    confirmed: NDArray[np.bool_]
    """Seen a second time since it began, or began again: of this frame's row, or of the
    next one, which may be of frames that are not held any more."""
    scores: Floats
    """Mean score of the detections."""


@dataclass(frozen=True, slots=True)
class History:
    """Detections that tracks took, sorted by track and frame; arrays are (n,)."""

    ids: Integers
    frames: Integers
    boxes: Floats
    """(n, 4): x y width height."""
    scores: NDArray[np.float32]
    classes: Integers
    again: NDArray[np.bool_]
    """Whether the track goes on: else it begins here, also where one that was left is
    found again by its appearance. What goes on is confirmed."""

    @classmethod
    def none(cls) -> "History":
        """Nothing yet."""
        return cls.from_arrays({name: [] for name in _COLUMNS})

    @classmethod
    def from_arrays(cls, stored: Mapping[str, Any]) -> "History":
        """Undo `arrays`.

        Raises:
            KeyError: something is missing.
            ValueError: something does not fit.
        """
        columns: list[Any]
        columns = [np.array(stored[n], t) for n, t in _COLUMNS.items()]
        columns[2] = columns[2].reshape(-1, 4)
        if len({len(column) for column in columns}) > 1:
            raise ValueError("lengths differ")
        return cls(*columns)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything, to be stored."""
        return {name: getattr(self, name) for name in _COLUMNS}

    def __getitem__(self, rows: NDArray[np.bool_] | Rows) -> "History":
        return History(*(getattr(self, name)[rows] for name in _COLUMNS))

    def extended(
        self, frame: int, found: Detections, ids: Integers, begun: Integers
    ) -> "History":
        """Add the detections of a frame that tracks took.

        Args:
            frame: its number, higher than all before.
            found: all of them.
            ids: (m,): the track of each, 0 for none.
            begun: those of tracks that begin in this frame, or begin again.
        """
        (taken,) = ids.nonzero()
        boxes = found.boxes[taken].astype(np.float64)
        boxes[:, 2:] -= boxes[:, :2]
        boxes[:, :2] += boxes[:, 2:] / 2
        frames = np.full(len(taken), frame)
        again = ~np.isin(ids[taken], begun)
        rows = (frames, boxes, found.scores[taken], found.classes[taken], again)
        new = (ids[taken], *rows)
        old = [np.asarray(getattr(self, name)) for name in _COLUMNS]
        pairs = zip(old, new, strict=True)
        every = History(*(np.concatenate(list(pair)) for pair in pairs))
        return every[every.ids.argsort(kind="stable")]

    def since(self, frame: int) -> "History":
        """Only the frames from this one on."""
        kept = self.frames >= frame
        return self if kept.all() else self[kept]

    @property
    def starts(self) -> Rows:
        """(tracks,): the first row of each track."""
        return np.flatnonzero(np.diff(self.ids, prepend=-1))

    def around(self, now: int) -> Around:
        """Look at one frame; there must be a row at least."""
        starts, frames = self.starts, self.frames
        rows = np.arange(len(frames))
        past, future = frames < now, frames > now
        present = np.where(frames == now, rows, -1)
        last_rows = np.maximum.reduceat(np.where(past, rows, -1), starts)
        lasts = np.where(last_rows >= 0, frames[last_rows], -_NEVER)
        nexts = np.minimum.reduceat(np.where(future, frames, _NEVER), starts)
        next_rows = np.minimum.reduceat(np.where(future, rows, len(rows)), starts)
        here = np.maximum.reduceat(present, starts)
        known = np.append(self._confirmed, False)
        lengths = np.diff(starts, append=len(rows))
        return Around(
            here=here,
            before=np.add.reduceat(past, starts, dtype=np.int64),
            after=np.add.reduceat(future, starts, dtype=np.int64),
            lasts=lasts,
            nexts=nexts,
            last_rows=np.maximum(last_rows, 0),
            confirmed=known[np.where(here >= 0, here, next_rows)],
            scores=np.add.reduceat(self.scores, starts, dtype=np.float64) / lengths,
        )

    @property
    def _confirmed(self) -> NDArray[np.bool_]:
        """(n,): whether there is a second row from where the track last began."""
        begins = ~self.again
        begins[self.starts] = True
        (firsts,) = begins.nonzero()
        # Those of the first frame of all are confirmed at once, as trackers do.
        certain = np.logical_or.reduceat(self.again | (self.frames == 0), firsts)
        return np.repeat(certain, np.diff(firsts, append=len(begins)))

    def fitted(self, tracks: Rows, frames: Integers, sigma: float) -> Floats:
        """Fit a line to each track around a frame of its own.

        Args:
            tracks: (k,): which tracks, in the order of `starts`.
            frames: (k,): the frame of each.
            sigma: standard deviation of the window for centres; sizes have twice that.

        Returns:
            (k, 4): x1 y1 x2 y2 in that frame.
        """
        starts = self.starts
        lengths = np.diff(starts, append=len(self.frames))
        targets = np.full(len(starts), _NEVER)
        targets[tracks] = frames
        offsets = (self.frames - np.repeat(targets, lengths)).astype(np.float64)
        (near,) = (np.abs(offsets) <= 2 * CUT * sigma).nonzero()
        offsets = offsets[near]
        weights = np.maximum(self.scores[near].astype(np.float64), _LEAST_WEIGHT)
        owners = np.repeat(np.arange(len(starts)), lengths)[near]
        first = np.searchsorted(owners, np.sort(tracks))
        order = np.argsort(np.argsort(tracks))
        values = self.boxes[near]
        fits = [
            _lines(offsets, weights, values[:, part], first, spread)
            for part, spread in ((slice(0, 2), sigma), (slice(2, 4), 2 * sigma))
        ]
        half = np.maximum(fits[1], 1e-3) / 2
        boxes = np.concatenate((fits[0] - half, fits[0] + half), axis=1)
        return boxes[order]


def _lines(
    offsets: Floats, weights: Floats, values: Floats, starts: Rows, sigma: float
) -> Floats:
    """The values (k, d) at offset 0 of lines fitted to k groups of rows.

    Args:
        offsets: (n,): frames from where the line is wanted.
        weights: (n,).
        values: (n, d).
        starts: (k,): where each group begins.
        sigma: of the Gaussian window.
    """
    inside = np.abs(offsets) <= CUT * sigma
    w0 = weights * inside * np.exp(-0.5 * (offsets / sigma) ** 2)
    w1 = w0 * offsets
    table = np.column_stack(
        (w0, w1, w1 * offsets, w0[:, None] * values, w1[:, None] * values)
    )
    sums = np.add.reduceat(table, starts, axis=0)
    s0, s1, s2 = sums[:, 0:1], sums[:, 1:2], sums[:, 2:3]
    t0, t1 = np.split(sums[:, 3:], 2, axis=1)
    spread = s0 * s2 - s1 * s1
    single = spread <= _SINGLE * s0 * s0
    divisor = np.where(single, 1, spread)
    line: Floats = np.where(single, t0 / s0, (s2 * t0 - s1 * t1) / divisor)
    return line
