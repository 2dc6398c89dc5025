"""What is remembered of tracks: their appearance, and where they were seen last."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.vision.trackers.camera_motion import LANE

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

USUAL_STRANGER = 0.5
"""Cosine of two different objects where no two are known yet."""
NEVER = -(1 << 40)
_MOST_COMPARED = 128
"""Tracks, those seen last: more say nothing else."""


@dataclass(slots=True)
class Gallery:
    """One row a track, in no particular order; arrays are (n,)."""

    ids: Integers
    embeddings: Floats
    """(n, d), of length 1; zeros where none is known."""
    boxes: Floats
    """(n, 4): where seen last, x1 y1 x2 y2."""
    firsts: Floats
    """Seconds: when seen first."""
    lasts: Floats
    """Seconds: when seen last."""
    counts: Integers
    """In how many frames it was seen."""
    learned: Integers
    """Number of the frame of its last crop, `NEVER` before the first."""

    @classmethod
    def none(cls, length: int) -> "Gallery":
        """No tracks, and embeddings of so many numbers."""
        return cls.from_arrays({"length": length})

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def known(self) -> Flags:
        """(n,): whether there is an embedding."""
        return self.learned > NEVER

    def rows_of(self, ids: Integers) -> NDArray[np.intp]:
        """(k,): rows of tracks, -1 where there is none."""
        if not len(self.ids):
            return np.full(len(ids), -1)
        order = self.ids.argsort()
        places = order[self.ids[order].searchsorted(ids).clip(max=len(order) - 1)]
        return np.where(self.ids[places] == ids, places, -1)

    def kept(self, rows: Flags) -> "Gallery":
        """Only some rows."""
        return Gallery(*(getattr(self, entry.name)[rows] for entry in fields(self)))

    def add(self, ids: Integers, boxes: Floats, seconds: float) -> None:
        """Add tracks that were seen for the first time."""
        count, length = len(ids), self.embeddings.shape[1]
        new = Gallery(
            ids,
            np.zeros((count, length)),
            boxes,
            np.full(count, seconds),
            np.full(count, seconds),
            np.zeros(count, np.int64),
            np.full(count, NEVER),
        )
        for entry in fields(self):
            both = (getattr(self, entry.name), getattr(new, entry.name))
            setattr(self, entry.name, np.concatenate(both))

    def strangers(self, rows: Any) -> Flags:
        """(k, n): which tracks cannot be the same as some: both were seen at a time.

        Args:
            rows: k indices.
        """
        firsts, lasts = self.firsts[rows, np.newaxis], self.lasts[rows, np.newaxis]
        both: Flags = (firsts <= self.lasts) & (self.firsts <= lasts)
        both &= self.ids[rows, np.newaxis] != self.ids
        # Runs of a tracker that are side by side never meet.
        lanes = np.round(self.boxes[:, 0] / LANE)
        both &= lanes[rows, np.newaxis] == lanes
        return both

    def usual_stranger(self) -> float:
        """Mean cosine of two tracks that are known to be different objects."""
        latest = np.zeros(len(self), bool)
        latest[self.lasts.argsort(kind="stable")[-_MOST_COMPARED:]] = True
        known = self.kept(self.known & latest)
        if len(known) < 2:
            return USUAL_STRANGER
        different = known.strangers(slice(None))
        if not different.any():
            return USUAL_STRANGER
        return float((known.embeddings @ known.embeddings.T)[different].mean())

    def arrays(self) -> dict[str, Any]:
        """Copies of everything, to be stored."""
        columns = {e.name: getattr(self, e.name).copy() for e in fields(self)}
        return {"length": self.embeddings.shape[1], **columns}

    @classmethod
    def from_arrays(cls, stored: Mapping[str, Any]) -> "Gallery":
        """Undo `arrays`; what is missing is empty.

        Raises:
            InputError: something does not fit.
        """
        try:
            length = int(stored["length"])
            empty: tuple[float, ...] = ()
            columns: dict[str, Any] = {
                name: np.array(stored.get(name, empty), kind)
                for name, kind in _KINDS.items()
            }
            count = len(columns["ids"])
            columns["embeddings"] = columns["embeddings"].reshape(count, length)
            columns["boxes"] = columns["boxes"].reshape(count, 4)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the stored appearance is damaged ({error})") from error
        if any(len(column) != count for column in columns.values()):
            raise InputError("the stored appearance is damaged (lengths differ)")
        return cls(**columns)


_KINDS = {
    "ids": np.int64,
    "embeddings": np.float64,
    "boxes": np.float64,
    "firsts": np.float64,
    "lasts": np.float64,
    "counts": np.int64,
    "learned": np.int64,
}
