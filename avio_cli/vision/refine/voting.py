"""The class of a refined track: that for which the scores of its boxes speak most."""

from collections.abc import Container
from dataclasses import replace

import numpy as np

from avio_cli.vision.refine.smoothing import Rows
from avio_cli.vision.refine.table import Integers


class ClassVotes:
    """Votes of whole tracks, which keep their class from block to block."""

    def __init__(self) -> None:
        self._decided: dict[int, int] = {}  # classes of tracks, by their numbers

    def voted(self, rows: Rows) -> Rows:
        """The rows, all of a track of one class.

        Args:
            rows: detections of tracks, sorted by track.
        """
        numbers, classes = _winners(rows)
        known = self._decided
        pairs = zip(numbers.tolist(), classes.tolist(), strict=True)
        self._decided = {number: known.get(number, kind) for number, kind in pairs}
        lasting = np.array([*self._decided.values()], np.int64)
        places = numbers.searchsorted(rows.tracks)
        return replace(rows, classes=lasting[places])

    def keep(self, shown: Container[int]) -> None:
        """Keep the classes of tracks that were shown: no later block changes them."""
        decided = self._decided.items()
        self._decided = {number: kind for number, kind in decided if number in shown}


def _winners(rows: Rows) -> tuple[Integers, Integers]:
    """Numbers of tracks, rising, and the class of each; of equal ones the lower."""
    order = np.lexsort((rows.classes, rows.tracks))
    tracks, classes = rows.tracks[order], rows.classes[order]
    starts = np.flatnonzero(
        (np.diff(tracks, prepend=-1) != 0) | (np.diff(classes, prepend=-1) != 0)
    )
    sums = np.zeros(0)
    if len(starts):
        sums = np.add.reduceat(rows.scores[order].astype(np.float64), starts)
    tracks, classes = tracks[starts], classes[starts]
    best = np.lexsort((classes, -sums, tracks))
    numbers, firsts = np.unique(tracks[best], return_index=True)
    return numbers, classes[best][firsts]
