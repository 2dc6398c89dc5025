"""The class of a track, by a vote of its boxes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.errors import InputError

FORGOTTEN = 10_000
"""Frames without a box after which what is known of a track is forgotten."""
PERIOD = 1000
"""Frames between two looks for such tracks."""


@dataclass(slots=True)
class _Ballot:
    last: int
    """The last frame with a vote."""
    sums: dict[int, float] = field(default_factory=dict)
    """Sums of scores by class, in the order in which classes were first seen."""

    @property
    def winner(self) -> int:
        """The class with the highest sum; of equal ones that seen first."""
        return max(self.sums, key=lambda number: self.sums[number])


class ClassVotes:
    """Votes of the boxes of tracks: each counts as much as its score."""

    def __init__(self) -> None:
        self._frames = 0
        self._ballots: dict[int, _Ballot] = {}

    def add(self, tracks: Tracks) -> None:
        """Count the boxes of the next frame."""
        self._frames += 1
        columns = (tracks.ids, tracks.classes, tracks.scores)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for id_, kind, score in rows:
            ballot = self._ballots.setdefault(id_, _Ballot(self._frames))
            ballot.last = self._frames
            ballot.sums[kind] = ballot.sums.get(kind, 0.0) + score
        if self._frames % PERIOD == 0:
            least = self._frames - FORGOTTEN
            kept = ((i, b) for i, b in self._ballots.items() if b.last >= least)
            self._ballots = dict(kept)

    def voted(self, tracks: Tracks) -> Tracks:
        """The tracks, each of the class that has most votes so far."""
        classes = [
            self._ballots[id_].winner if id_ in self._ballots else kind
            for id_, kind in zip(
                tracks.ids.tolist(), tracks.classes.tolist(), strict=True
            )
        ]
        return replace(tracks, classes=np.array(classes, np.int64))

    def state(self) -> dict[str, Any]:
        """Everything: rows of id, last frame, class and sum."""
        rows = [
            [id_, ballot.last, kind, total]
            for id_, ballot in self._ballots.items()
            for kind, total in ballot.sums.items()
        ]
        return {"frames": self._frames, "rows": rows}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        Raises:
            InputError: it is damaged.
        """
        ballots: dict[int, _Ballot] = {}
        try:
            frames = int(state["frames"])
            for id_, last, kind, total in state["rows"]:
                ballot = ballots.setdefault(int(id_), _Ballot(int(last)))
                ballot.sums[int(kind)] = float(total)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the stored votes are damaged ({error})") from error
        self._frames, self._ballots = frames, ballots
