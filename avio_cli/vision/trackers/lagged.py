"""Tracks a few frames late: smoothed over past and future, short gaps filled.

When frame t is shown, frames up to t + lag have been seen. So each box is that of a
line fitted to the track's detections around it, what came before a track was confirmed
is shown, and a track that was missed and seen again is shown in between.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError, UsageError
from avio_cli.vision.boxes import overlaps
from avio_cli.vision.reid.tracker_hooks import recalled_ids
from avio_cli.vision.trackers.history import Around, History, Rows
from avio_cli.vision.trackers.registry import BoxTracker

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_LAG = 300
"""Frames: they are kept in memory."""
_LOWER = 0.1
"""By how much of its height a box may reach below one in front of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LagSettings:
    """How late tracks are, and what is made of it.

    Raises:
        UsageError: the lag is out of range.
    """

    lag: int = 5
    """Frames that are seen before a frame's tracks are final."""
    sigma: float = 3.0
    """Standard deviation of the window for centres, in frames at 30 a second."""
    short_gap: int = 10
    """Frames without detection that are filled in any case."""
    long_gap: int = 29
    """And at most, where something in front hides the object."""
    least_boxes: int = 3
    """Boxes that a track has on each side of a gap that is filled."""
    least_score: float = 0.6
    """Mean score of the track's detections below which no gap is filled."""
    covered: float = 0.7
    """Share of a box that a box in front covers where it is hidden."""

    def __post_init__(self) -> None:
        if not 1 <= self.lag <= MOST_LAG:
            raise UsageError(f"the lag must be from 1 to {MOST_LAG} frames")

    def window(self, rate: Fraction) -> float:
        """Standard deviation of the window, in frames of that rate."""
        return float(self.sigma * float(rate / 30) ** 0.5)


class LaggedTracker:
    """Run a tracker, and show its tracks some frames later.

    Args:
        tracker: says which track took which detection.
        rate: nominal frames a second.
        settings: how late.
    """

    def __init__(
        self, tracker: BoxTracker, rate: Fraction, settings: LagSettings
    ) -> None:
        self.tracker, self.settings = tracker, settings
        self._sigma = settings.window(rate)
        self._reach = int(8 * self._sigma) + settings.long_gap + 1
        self._history = History.none()
        self._seen = 0  # frames that the tracker has seen
        self._highest = 0  # id of them
        self._given = 0  # frames given since the start, or since it was restored
        self._shown = 0

    def push(self, detections: Detections, seconds: float) -> Tracks | None:
        """Take one frame's detections, none included, in presentation order.

        Returns:
            The tracks of the frame that was given `lag` frames ago; None before.
        """
        if self._given == self._seen:
            boxes = detections.boxes.astype(np.float64)
            ids = self.tracker.assign(
                boxes, detections.scores, detections.classes, seconds
            )
            begun = np.append(ids[ids > self._highest], recalled_ids(self.tracker))
            self._history = self._history.extended(self._seen, detections, ids, begun)
            self._highest = max(self._highest, int(ids.max(initial=0)))
            self._seen += 1
        self._given += 1
        return self._show() if self._shown + self.settings.lag < self._given else None

    def flush(self) -> Iterator[Tracks]:
        """The tracks of the last frames, after all were given."""
        while self._shown < self._given:
            yield self._show()

    def all(self, frames: Iterable[tuple[Detections, float]]) -> Iterator[Tracks]:
        """The tracks of all frames, given their detections and times."""
        for detections, seconds in frames:
            tracks = self.push(detections, seconds)
            if tracks is not None:
                yield tracks
        yield from self.flush()

    def state(self) -> dict[str, Any]:
        """What the tracks of all frames after those shown depend on."""
        own = {"seen": self._seen, "shown": self._shown, "highest": self._highest}
        history = self._history.arrays()
        return {**own, "history": history, "tracker": self.tracker.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on after the frames that were shown; those after them are given again.

        Raises:
            InputError: the state is damaged.
        """
        try:
            seen, shown = int(state["seen"]), int(state["shown"])
            highest = int(state["highest"])
            history = History.from_arrays(state["history"])
            inner = state["tracker"]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the stored tracks are damaged ({error})") from error
        self.tracker.restore(inner)
        self._history, self._seen, self._highest = history, seen, highest
        self._shown = self._given = shown

    def _show(self) -> Tracks:
        now, self._shown = self._shown, self._shown + 1
        history = self._history = self._history.since(now - self._reach)
        if not len(history.frames):
            return Tracks()
        around = history.around(now)
        (tracks,) = ((around.here >= 0) & around.confirmed).nonzero()
        frames = np.full(len(tracks), now)
        boxes = history.fitted(tracks, frames, self._sigma)
        seen = _tracks(history, around.here[tracks], boxes)
        filled = self._fill(history, around, now, boxes)
        return seen if not len(filled) else _by_id(seen, filled)

    def _fill(
        self, history: History, around: Around, now: int, shown: Floats
    ) -> Tracks:
        """Tracks that were missed in this frame, and are seen again after it.

        Args:
            history: all detections that are held.
            around: the tracks, as seen from this frame.
            now: its number.
            shown: (n, 4): boxes of those seen in it.
        """
        how = self.settings
        length = around.nexts - around.lasts - 1
        missed = (around.here < 0) & (around.before >= how.least_boxes)
        missed &= around.confirmed & (around.after >= min(how.least_boxes, how.lag))
        missed &= (length <= how.long_gap) & (around.scores >= how.least_score)
        (tracks,) = missed.nonzero()
        if not len(tracks):
            return Tracks()
        lasts, nexts = around.lasts[tracks], around.nexts[tracks]
        ends = [
            history.fitted(tracks, frames, self._sigma) for frames in (lasts, nexts)
        ]
        share = ((now - lasts) / (nexts - lasts))[:, np.newaxis]
        boxes = (1 - share) * ends[0] + share * ends[1]
        kept = (length[tracks] <= how.short_gap) | _hidden(boxes, shown, how.covered)
        return _tracks(history, around.last_rows[tracks[kept]], boxes[kept])


def _hidden(boxes: Floats, shown: Floats, covered: float) -> Flags:
    """Whether a box is behind one that is shown, whose lower edge is not higher."""
    pairs = overlaps(boxes, shown)
    box, front = boxes[pairs.rows], shown[pairs.columns]
    sizes = np.minimum(box[:, 2:], front[:, 2:]) - np.maximum(box[:, :2], front[:, :2])
    area = (box[:, 2:] - box[:, :2]).prod(axis=1)
    behind = sizes.prod(axis=1) >= covered * area
    behind &= front[:, 3] >= box[:, 3] - _LOWER * (box[:, 3] - box[:, 1])
    hidden = np.zeros(len(boxes), bool)
    hidden[pairs.rows[behind]] = True
    return hidden


def _tracks(history: History, rows: Rows, boxes: Floats) -> Tracks:
    return Tracks(
        boxes=boxes.astype(np.float32),
        scores=history.scores[rows],
        classes=history.classes[rows],
        ids=history.ids[rows],
    )


def _by_id(one: Tracks, other: Tracks) -> Tracks:
    """Both, in the order of their ids."""
    columns = (
        np.concatenate((getattr(one, name), getattr(other, name)))
        for name in ("boxes", "scores", "classes", "ids")
    )
    both = Tracks(*columns)
    return both[both.ids.argsort()]
