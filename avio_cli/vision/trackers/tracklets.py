"""The tracks that a tracker holds, as a struct of arrays: one row a track."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.vision.trackers.kalman import BoxStates, initiate

Rows = NDArray[np.intp]

_COLUMNS = {
    "ids": np.int64,
    "classes": np.int64,
    "scores": np.float32,
    "confirmed": np.bool_,
    "lost": np.bool_,
    "expired": np.bool_,
    "first_seen": np.float64,
    "last_seen": np.float64,
}


@dataclass(slots=True)
class Tracklets:
    """Tracks and what is known of them; the tracker changes the arrays in place."""

    states: BoxStates
    """Estimated boxes and velocities."""
    ids: NDArray[np.int64]
    classes: NDArray[np.int64]
    """Of the detection seen last."""
    scores: NDArray[np.float32]
    """Of the detection seen last."""
    confirmed: NDArray[np.bool_]
    """Seen a second time, or started in the first frame of all."""
    lost: NDArray[np.bool_]
    """Not seen in the last frame; only confirmed tracks are kept so long."""
    expired: NDArray[np.bool_]
    """Was lost for too long once: dropped when it is lost again."""
    first_seen: NDArray[np.float64]
    """When first seen, in frames on the tracker's clock."""
    last_seen: NDArray[np.float64]
    """When last seen."""

    @classmethod
    def none(cls) -> "Tracklets":
        """No tracks."""
        columns: list[Any] = [np.empty(0, dtype) for dtype in _COLUMNS.values()]
        return cls(initiate(np.empty((0, 4))), *columns)

    @classmethod
    def create(
        cls,
        ids: NDArray[np.int64],
        measured: NDArray[np.float64],
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
        now: float,
        *,
        confirmed: bool,
    ) -> "Tracklets":
        """Start tracks.

        Args:
            ids: (n,).
            measured: (n, 4) of x y aspect height.
            scores: (n,).
            classes: (n,).
            now: frames on the tracker's clock.
            confirmed: show them at once.
        """
        count = len(ids)
        flags = (np.full(count, flag) for flag in (confirmed, False, False))
        times = (np.full(count, now) for _ in range(2))
        return cls(initiate(measured), ids, classes, scores, *flags, *times)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Rows) -> "Tracklets":
        columns = (getattr(self, name).take(rows, axis=0) for name in _COLUMNS)
        return Tracklets(self.states[rows], *columns)

    def concatenate(self, others: "Tracklets") -> "Tracklets":
        """These tracks, and then the others."""
        moments = (self.states.moments, others.states.moments)
        columns = (
            np.concatenate((getattr(self, name), getattr(others, name)))
            for name in _COLUMNS
        )
        return Tracklets(BoxStates(np.concatenate(moments, axis=1)), *columns)

    @property
    def visible(self) -> Rows:
        """(k,): the tracks to show, confirmed and seen in the last frame."""
        return (self.confirmed & ~self.lost).nonzero()[0]

    def to_tracks(self, boxes: NDArray[np.float64]) -> Tracks:
        """The visible tracks, as `Tracks`.

        Args:
            boxes: (n, 4) of all rows: x1 y1 x2 y2.
        """
        rows = self.visible
        return Tracks(
            boxes=boxes[rows].astype(np.float32),
            scores=self.scores[rows],
            classes=self.classes[rows],
            ids=self.ids[rows],
        )

    def regrouped(self, was_lost: NDArray[np.bool_], ended: Rows) -> "Tracklets":
        """Put the rows in order after a frame, without the tracks that ended.

        The order is that of ByteTrack's lists. It decides between equal costs, so it
        is kept exactly.

        Args:
            was_lost: (m,): which of the first m tracks were lost before the frame; the
                others are new.
            ended: rows to drop.
        """
        old = len(was_lost)
        ranks = np.zeros(len(self), np.int64)
        ranks[:old] = _GROUP_RANK[2 * was_lost + self.lost[:old]]
        ranks[old:] = _NEW
        ranks[ended] = _ENDED
        if not len(ended) and (ranks[1:] >= ranks[:-1]).all():
            return self
        order = ranks.argsort(kind="stable")
        return self[order[: np.count_nonzero(ranks < _ENDED)]]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Copies of everything, to be stored."""
        columns = {name: getattr(self, name).copy() for name in _COLUMNS}
        return {"moments": self.states.moments.copy(), **columns}

    @classmethod
    def from_arrays(cls, stored: Mapping[str, Any]) -> "Tracklets":
        """Undo `arrays`.

        Args:
            stored: a result of `arrays`, also as nested lists of numbers.

        Raises:
            InputError: something is missing or does not fit.
        """
        try:
            columns: list[Any]
            columns = [np.array(stored[n], t) for n, t in _COLUMNS.items()]
            count = len(columns[0])
            moments = np.array(stored["moments"], np.float64).reshape(5, count, 4)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the stored tracks are damaged ({error})") from error
        if any(column.shape != (count,) for column in columns):
            raise InputError("the stored tracks are damaged (lengths differ)")
        return cls(BoxStates(moments), *columns)


_NEW, _ENDED = 1, 5
_GROUP_RANK = np.array([0, 4, 2, 3])
"""By ``2 * was lost + is lost``: still seen, newly lost, matched again, still lost."""
