"""Tracks as they are shown: of voted classes, under ids without holes."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError
from avio_cli.vision.results.settings import ResultSettings
from avio_cli.vision.results.votes import ClassVotes
from avio_cli.vision.trackers.camera_motion import BoxCamera
from avio_cli.vision.trackers.registry import BoxTracker

_TABLE = 64
"""Ids in one table of `CompactIds`."""


class CompactIds:
    """Numbers ids from 1 without holes; none is forgotten, however long a run lasts.

    A track may be seen again after any time, and keeps its number. Ids come in nearly
    rising order, so tables with eleven bytes for each hold them; a dict takes 130.

    Args:
        ids: those that were numbered before, in their order.
    """

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._blocks: dict[int, array[int]] = {}
        self._count = 0
        for track_id in ids:
            self.number(track_id)

    def number(self, track_id: int) -> int:
        """The number of an id, which gets the next one where it has none."""
        block, place = divmod(track_id, _TABLE)
        numbers = self._blocks.get(block)
        if numbers is None:
            numbers = self._blocks[block] = array("q", bytes(8 * _TABLE))
        if not numbers[place]:
            self._count += 1
            numbers[place] = self._count
        return numbers[place]

    def ids(self) -> list[int]:
        """All ids, in the order of their numbers."""
        ordered = [0] * self._count
        for block, numbers in self._blocks.items():
            for place, number in enumerate(numbers):
                if number:
                    ordered[number - 1] = block * _TABLE + place
        return ordered


class Finisher:
    """Gives tracks their class and id, frame by frame.

    Args:
        settings: which.
    """

    def __init__(self, settings: ResultSettings) -> None:
        self._votes = ClassVotes() if settings.class_vote else None
        self._names = CompactIds() if settings.compact_ids else None

    def see(self, tracks: Tracks) -> None:
        """Take the tracks of the next frame, which may be shown later."""
        if self._votes is not None:
            self._votes.add(tracks)

    def finish(self, tracks: Tracks) -> Tracks:
        """The tracks of a frame that was seen, as they are shown."""
        if self._votes is not None:
            tracks = self._votes.voted(tracks)
        return tracks if self._names is None else self._named(tracks, self._names)

    def _named(self, tracks: Tracks, names: CompactIds) -> Tracks:
        named = [names.number(id_) for id_ in tracks.ids.tolist()]
        return replace(tracks, ids=np.array(named, np.int64))

    def state(self) -> dict[str, Any]:
        """Everything that later frames depend on."""
        votes = {} if self._votes is None else self._votes.state()
        return {"votes": votes, "ids": [] if self._names is None else self._names.ids()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        Raises:
            InputError: it is damaged.
        """
        try:
            votes, ids = state["votes"], [int(id_) for id_ in state["ids"]]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the stored results are damaged ({error})") from error
        if self._votes is not None:
            self._votes.restore(votes)
        if self._names is not None:
            self._names = CompactIds(ids)


class FinishedTracker:
    """A tracker whose tracks are finished as they come.

    Args:
        tracker: makes the tracks.
        finisher: finishes them.
    """

    camera: BoxCamera

    def __init__(self, tracker: BoxTracker, finisher: Finisher) -> None:
        self.tracker, self._finisher = tracker, finisher
        self.camera = tracker.camera

    def update(self, detections: Detections, seconds: float) -> Tracks:
        """Take one frame's detections, in presentation order."""
        tracks = self.tracker.update(detections, seconds)
        self._finisher.see(tracks)
        return self._finisher.finish(tracks)

    def predict(self, seconds: float) -> Tracks:
        """Where the tracks of the last update are at a later time."""
        return self._finisher.finish(self.tracker.predict(seconds))

    def state(self) -> dict[str, Any]:
        """Everything that the next update depends on."""
        return {"tracker": self.tracker.state(), **self._finisher.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        Raises:
            InputError: it is damaged.
        """
        inner = state.get("tracker")
        if not isinstance(inner, Mapping):
            raise InputError("the stored tracker is damaged")
        self.tracker.restore(inner)
        self._finisher.restore(state)
