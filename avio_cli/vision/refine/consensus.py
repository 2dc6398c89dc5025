"""The consensus of several runs: which detections belong together.

Every run says which detections are of one track. A sweep over the frames gives each
detection to the track with whose detections the runs see it most often.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.refine.settings import RefineSettings
from avio_cli.vision.refine.table import DetectionTable, Floats, Integers
from avio_cli.vision.trackers.assignment import assign

Ids = NDArray[np.int32]
_MOST_IDS = 2**31 - 2
_PERIOD = 16
"""Frames between two looks for ended tracks."""
_PAIRS_AT_ONCE = 8192
"""Of detections and tracks: each compares a thousand ids."""


@dataclass(slots=True)
class Consensus:
    """The tracks of the consensus, while frames are swept over.

    Args:
        settings: what is agreement enough.
        runs: columns of ids.
    """

    settings: RefineSettings
    runs: int
    numbers: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    """(t,): of the tracks that have not ended, rising."""
    last: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    """(t,): frame of their last detection."""
    centres: Floats = field(default_factory=lambda: np.empty((0, 2)))
    """(t, 2): of that detection."""
    members: Ids = field(default_factory=lambda: np.empty((0, 0, 0), np.int32))
    """(t, remembered, runs): ids of their last detections, newest first; 0 for none."""
    next_number: int = 1

    def __post_init__(self) -> None:
        shape = (len(self.numbers), self.settings.remembered, self.runs)
        if self.members.shape != shape:
            self.members = np.zeros(shape, np.int32)

    def copy(self) -> "Consensus":
        """A copy; sweeping on with one leaves the other as it is."""
        last, centres = self.last.copy(), self.centres.copy()
        members = self.members.copy()
        return replace(self, last=last, centres=centres, members=members)

    def sweep(self, table: DetectionTable, ids: Integers, frames: range) -> Integers:
        """Give the detections of frames to tracks.

        Args:
            table: has the detections.
            ids: (n, runs): of each detection, 0 for none; those of different runs
                differ.
            frames: numbers, following those swept over before.

        Returns:
            (n,): number of the track of each detection of the table; 0 for none, also
            in other frames.
        """
        found = np.zeros(len(ids), np.int64)
        counts = (ids > 0).sum(axis=1)
        voted = counts >= self.settings.share * self.runs - 1e-9
        centres = (table.boxes[:, :2] + table.boxes[:, 2:]) / 2
        heights = table.boxes[:, 3] - table.boxes[:, 1]
        for frame in frames:
            if frame % _PERIOD == 0:
                self._drop_ended(frame)
            rows = table.rows(frame)
            chosen = np.flatnonzero(voted[rows]) + rows.start
            if len(chosen):
                found[chosen] = self._take(
                    frame, ids[chosen], centres[chosen], heights[chosen]
                )
        return found

    def _take(
        self, frame: int, ids: Integers, centres: Floats, heights: Floats
    ) -> Integers:
        """Give the detections of one frame to tracks; returns their numbers."""
        rows, columns = self._near(frame, centres, heights)
        agreed = self._agreement(ids, rows, columns)
        pairs = assign(rows, columns, 1 - agreed, 1 - self.settings.least_agreement)
        taken = np.full(len(ids), -1)
        taken[rows[pairs]] = columns[pairs]
        new = np.flatnonzero(taken < 0)
        taken[new] = self._start(len(new))
        self._count(frame, taken, ids, centres)
        numbers: Integers = self.numbers[taken]
        return numbers

    def _near(
        self, frame: int, centres: Floats, heights: Floats
    ) -> tuple[Integers, Integers]:
        """The pairs (p,) of detections and tracks that can be one object at all."""
        how, gaps = self.settings, frame - self.last
        away = np.abs(centres[:, np.newaxis] - self.centres).max(axis=2)
        reach = heights[:, np.newaxis] * (how.reach + how.reach_growth * gaps)
        near = (away <= reach) & (gaps <= how.memory)
        rows, columns = near.nonzero()
        return rows, columns

    def _agreement(self, ids: Integers, rows: Integers, columns: Integers) -> Floats:
        """How far the runs agree that detections are of tracks.

        Args:
            ids: (n, runs): of the detections.
            rows: (p,): detections.
            columns: (p,): tracks, by their places.

        Returns:
            (p,): of each detection of the track the share of the runs that see both
            as one, among those that have both; their mean, older ones count less.
        """
        weights = self.settings.decay ** np.arange(self.settings.remembered)
        agreed = np.zeros(len(rows))
        for start in range(0, len(rows), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            one = _short(ids[rows[part], np.newaxis])
            agreed[part] = _shares(one, self.members[columns[part]], weights)
        return agreed

    def _start(self, count: int) -> Integers:
        """Start tracks; returns their places."""
        old = len(self.numbers)
        new = np.arange(self.next_number, self.next_number + count)
        self.next_number += count
        self.numbers = np.concatenate((self.numbers, new))
        self.last = np.concatenate((self.last, np.zeros(count, np.int64)))
        self.centres = np.concatenate((self.centres, np.zeros((count, 2))))
        fresh = np.zeros((count, *self.members.shape[1:]), np.int32)
        self.members = np.concatenate((self.members, fresh))
        return np.arange(old, old + count)

    def _count(
        self, frame: int, tracks: Integers, ids: Integers, centres: Floats
    ) -> None:
        """Give one detection more to each of some tracks, by their places."""
        self.last[tracks] = frame
        self.centres[tracks] = centres
        older = self.members[tracks, :-1]
        self.members[tracks, 1:] = older
        self.members[tracks, 0] = _short(ids)

    def _drop_ended(self, frame: int) -> None:
        alive = frame - self.last <= self.settings.memory
        self.numbers, self.last = self.numbers[alive], self.last[alive]
        self.centres, self.members = self.centres[alive], self.members[alive]

    def exchange_backward(self, ids: Integers, tracks: Integers) -> None:
        """Replace what the backward runs said: they are run again for each block.

        Args:
            ids: (m, runs): of detections that are in tracks already, in order of
                their frames; odd ones are of backward runs.
            tracks: (m,): the numbers of these tracks.
        """
        self.members[self.members % 2 == 1] = 0
        ages = _ages(tracks)
        kept = np.isin(tracks, self.numbers) & (ages < self.settings.remembered)
        rows, runs = np.nonzero((ids % 2 == 1) & kept[:, np.newaxis])
        places = self.numbers.searchsorted(tracks[rows])
        self.members[places, ages[rows], runs] = _short(ids[rows, runs])


def _short(ids: Integers) -> Ids:
    """Ids in half the memory: 0 stays 0, and odd ones stay odd.

    Those of weeks count on from the start. Equal ones would be 2^31 apart, and only
    the last detections of a track are compared.
    """
    short: Ids = np.where(ids > 0, (ids - 2) % _MOST_IDS + 2, 0).astype(np.int32)
    return short


def _ages(tracks: Integers) -> Integers:
    """How many later elements of an array are the same, for each element."""
    order = tracks.argsort(kind="stable")
    ordered = tracks[order]
    ages = np.empty(len(tracks), np.int64)
    ages[order] = ordered.searchsorted(ordered, "right") - 1 - np.arange(len(tracks))
    return ages


def _shares(one: Ids, other: Ids, weights: NDArray[np.floating[Any]]) -> Floats:
    """How far ids (p, 1, runs) are those of detections before (p, remembered, runs)."""
    has = one > 0
    both = np.count_nonzero((other > 0) & has, axis=2)
    same = np.count_nonzero((other == one) & has, axis=2)
    total = (both > 0) @ weights
    shares: Floats = same / np.maximum(both, 1) @ weights
    agreed: Floats = shares / np.maximum(total, weights[-1])
    return agreed
