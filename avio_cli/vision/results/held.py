"""Tracks that are shown only where they last: frames are held until that is known."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError
from avio_cli.vision.results.finishing import Finisher
from avio_cli.vision.results.settings import ResultSettings
from avio_cli.vision.results.votes import FORGOTTEN, PERIOD
from avio_cli.vision.trackers.lagged import LaggedTracker
from avio_cli.vision.trackers.registry import BoxTracker

_COLUMNS = {
    "boxes": np.float32,
    "scores": np.float32,
    "classes": np.int64,
    "ids": np.int64,
}


class AtOnce:
    """A tracker as one that is late by no frame.

    Args:
        tracker: makes the tracks.
    """

    def __init__(self, tracker: BoxTracker) -> None:
        self.tracker = tracker

    def push(self, detections: Detections, seconds: float) -> Tracks:
        """The tracks of this frame."""
        return self.tracker.update(detections, seconds)

    def flush(self) -> Iterator[Tracks]:
        """Nothing is left."""
        return iter(())

    def state(self) -> dict[str, Any]:
        """The tracker's state."""
        return self.tracker.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the tracker."""
        self.tracker.restore(state)


class HeldTracker:
    """Show the tracks of another tracker once it is known which of them last.

    Args:
        late: makes the tracks.
        settings: how long is long enough.
        finisher: gives classes and ids; it sees all frames that are held.
    """

    def __init__(
        self, late: LaggedTracker | AtOnce, settings: ResultSettings, finisher: Finisher
    ) -> None:
        self._late, self._finisher = late, finisher
        self._least, self._hold = settings.min_length, settings.held
        self._queue: deque[Tracks] = deque()
        self._boxes: Counter[int] = Counter()  # of each track, in the queue
        self._accepted: dict[int, int] = {}  # and the last frame of each
        self._given = 0  # frames given since the start, or since it was restored
        self._shown = 0
        self._passed = 0  # frames that had passed `late` when it was restored

    @property
    def tracker(self) -> BoxTracker:
        """What assigns detections."""
        return self._late.tracker

    def push(self, detections: Detections, seconds: float) -> Tracks | None:
        """Take one frame's detections, none included, in presentation order."""
        self._given += 1
        if self._given > self._passed:
            tracks = self._late.push(detections, seconds)
            if tracks is not None:
                self._hold_back(tracks)
        return self._show() if len(self._queue) > self._hold else None

    def flush(self) -> Iterator[Tracks]:
        """The tracks of the last frames, after all were given."""
        for tracks in self._late.flush():
            self._hold_back(tracks)
            if len(self._queue) > self._hold:
                yield self._show()
        while self._queue and self._shown < self._given:
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
        return {
            "shown": self._shown,
            "held": [_stored(tracks) for tracks in self._queue],
            "accepted": sorted(self._accepted.items()),
            "tracker": self._late.state(),
            "results": self._finisher.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on after the frames that were shown; those after them are given again.

        Raises:
            InputError: the state is damaged.
        """
        try:
            shown = int(state["shown"])
            held = [_restored(stored) for stored in state["held"]]
            accepted = {int(id_): int(last) for id_, last in state["accepted"]}
            inner, results = state["tracker"], state["results"]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the stored tracks are damaged ({error})") from error
        self._late.restore(inner)
        self._finisher.restore(results)
        self._queue, self._accepted = deque(held), accepted
        self._boxes = Counter(id_ for tracks in held for id_ in tracks.ids.tolist())
        self._shown = self._given = shown
        self._passed = shown + len(held)

    def _hold_back(self, tracks: Tracks) -> None:
        self._finisher.see(tracks)
        self._queue.append(tracks)
        self._boxes.update(tracks.ids.tolist())

    def _show(self) -> Tracks:
        """The tracks of the frame held longest, without those that do not last."""
        self._shown += 1
        tracks, boxes = self._queue.popleft(), self._boxes
        ids = tracks.ids.tolist()
        kept = np.array([self._accept(id_) for id_ in ids], bool)
        for id_ in ids:
            boxes[id_] -= 1
            if not boxes[id_]:
                del boxes[id_]
        if self._shown % PERIOD == 0:
            least = self._shown - FORGOTTEN
            lasts = self._accepted.items()
            self._accepted = {id_: last for id_, last in lasts if last >= least}
        return self._finisher.finish(tracks[kept])

    def _accept(self, id_: int) -> bool:
        """Whether a track of the frame that is shown has begun, or begins with it."""
        lasts = id_ in self._accepted or self._boxes[id_] >= self._least
        if lasts:
            self._accepted[id_] = self._shown
        return lasts


def _stored(tracks: Tracks) -> dict[str, Any]:
    return {name: getattr(tracks, name) for name in _COLUMNS}


def _restored(stored: Mapping[str, Any]) -> Tracks:
    columns = {name: np.array(stored[name], kind) for name, kind in _COLUMNS.items()}
    boxes: Any = columns.pop("boxes")
    return Tracks(boxes=boxes.reshape(-1, 4), **columns)
