"""ByteTrack: association of every detection box in two stages.

Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection
Box", ECCV 2022. docs/bytetrack.md compares this with the authors' code point by point.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks, expect
from avio_cli.errors import InputError
from avio_cli.vision.reid import tracker_hooks as hooks
from avio_cli.vision.reid.appearance import Appearance
from avio_cli.vision.trackers.association import (
    Candidates,
    Matches,
    MatchRules,
    duplicates,
    exclude,
    match,
)
from avio_cli.vision.trackers.bytetrack_settings import ByteTrackSettings
from avio_cli.vision.trackers.camera_motion import BoxCamera
from avio_cli.vision.trackers.frame_clock import TrackerClock
from avio_cli.vision.trackers.kalman import boxes_of, predict, stop_growth, update
from avio_cli.vision.trackers.tracklets import Rows, Tracklets


class ByteTrack:
    """Track objects by their boxes alone.

    Args:
        settings: which thresholds, and how close to the original; None: the defaults.
    """

    def __init__(self, settings: ByteTrackSettings | None = None) -> None:
        self.settings = settings = settings or ByteTrackSettings()
        self._clock = TrackerClock(settings.frame_rate, settings.count_frames)
        self._buffer = settings.buffer
        self._margin = float(settings.pixel_iou)
        self._tracks = Tracklets.none()
        self._next_id = 1
        self._taken = np.empty(0, np.int64)
        self.camera = BoxCamera()
        self.appearance: Appearance | None = None
        """What its tracks look like; shown each frame before `update`."""

    def update(self, detections: Detections, seconds: float | None = None) -> Tracks:
        """Take one frame's detections, none included, in presentation order.

        Args:
            detections: boxes without area, or with a value that is not finite, are
                ignored.
            seconds: the frame's true time; None: one frame of the nominal rate later.

        Returns:
            The confirmed tracks seen in this frame, with filtered boxes.

        Raises:
            TypeError: the detections are something else, such as an array.
        """
        expect(detections, Detections, "detections")
        boxes, scores = detections.boxes.astype(np.float64), detections.scores
        candidates = self._candidates(boxes, scores, detections.classes)
        shown = self._advance(candidates, seconds)
        return self._tracks.to_tracks(shown)

    def assign(
        self,
        boxes: NDArray[np.float64],
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
        seconds: float | None = None,
    ) -> NDArray[np.int64]:
        """As `update`, but return which track took each detection."""
        candidates = self._candidates(boxes, scores, classes)
        self._advance(candidates, seconds)
        ids = np.zeros(len(boxes), np.int64)
        ids[candidates.rows] = self._taken
        return ids

    def _candidates(
        self,
        boxes: NDArray[np.float64],
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
    ) -> Candidates:
        return Candidates.among(
            boxes, scores, classes, best_first=self.settings.sort_detections
        )

    def _advance(
        self, candidates: Candidates, seconds: float | None
    ) -> NDArray[np.float64]:
        """Take one frame's detections; returns the boxes (n, 4) of all tracks."""
        self._taken = np.zeros(len(candidates.scores), np.int64)
        elapsed = self._clock.advance(seconds)
        self._remove_expired()
        was_lost = self._tracks.lost.copy()
        self._predict(elapsed)
        if self.settings.camera_motion != "off":
            boxes, tracks = self._tracks.states.boxes, self._tracks
            self.camera.steady(tracks, boxes, candidates.boxes, candidates.scores)
        failed, unmatched = self._associate(candidates)
        replaced = self._start_tracks(candidates, unmatched)
        self._update_lost(was_lost, np.concatenate((failed, replaced)))
        shown = self._drop_duplicates(self._tracks.states.boxes)
        if self.appearance is not None:
            self.appearance.learn(candidates.rows, self._taken, self._tracks.ids)
        return shown

    def predict(self, seconds: float) -> Tracks:
        """Predict where the tracks of the last update are at a later time.

        Nothing is changed: for frames between detections.

        Args:
            seconds: the requested time. Where frames are counted (``count_frames``)
                nothing is known of times between, and the boxes stay where they were.
        """
        states = self._tracks.states
        values = states.values + self._clock.since(seconds) * states.velocities
        values[:, 2:] = np.maximum(values[:, 2:], 0)
        return self._tracks.to_tracks(boxes_of(values))

    def state(self) -> dict[str, Any]:
        """Everything that the next update depends on, settings aside.

        Returns:
            Arrays, ints and floats by name; for ``numpy.savez``, or for JSON once the
            arrays are lists.
        """
        clock = {name: getattr(self._clock, name) for name in _CLOCK}
        own = {"next_id": self._next_id, "extent": self.camera.extent.copy()}
        looks = hooks.stored_appearance(self.appearance)
        return {**own, **looks, **clock, **self._tracks.arrays()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a state as if this tracker had reached it itself.

        Args:
            state: a result of `state`, of a tracker with the same settings.

        Raises:
            InputError: the state is damaged; the tracker is as it was.
        """
        tracks = Tracklets.from_arrays(state)
        try:
            clock = {name: kind(state[name]) for name, kind in _CLOCK.items()}
            extent = np.array(state["extent"], np.float64).reshape(2)
            self._next_id = int(state["next_id"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the stored tracker is damaged ({error})") from error
        hooks.restore_appearance(self.appearance, state)
        for name, value in clock.items():
            setattr(self._clock, name, value)
        self._tracks, self.camera.extent = tracks, extent

    def _remove_expired(self) -> None:
        """Drop tracks that were lost for too long to be matched in this frame."""
        tracks = self._tracks
        if not self.settings.late_removal and np.count_nonzero(tracks.lost):
            # True times are seldom whole frames: half a frame decides.
            missed = self._clock.now - tracks.last_seen - 1
            overdue = tracks.lost & (missed >= self._buffer + 0.5)
            if np.count_nonzero(overdue):
                self._tracks = tracks[_where(~overdue)]

    def _predict(self, elapsed: float) -> None:
        """Predict confirmed tracks to this frame; the others stay where they were."""
        tracks = self._tracks
        stop_growth(tracks.states, tracks.lost)
        predicted = predict(tracks.states, elapsed)
        resting = ~tracks.confirmed[:, np.newaxis]
        np.copyto(predicted.moments, tracks.states.moments, where=resting)
        tracks.states = predicted

    def _associate(self, candidates: Candidates) -> tuple[Rows, Rows]:
        """Match tracks with detections; mark unmatched ones as lost.

        Returns:
            Rows of the unmatched unconfirmed tracks and strong detections.
        """
        settings, tracks = self.settings, self._tracks
        strong, weak = self._by_strength(candidates.scores)
        pool, unconfirmed = _where(tracks.confirmed), _where(~tracks.confirmed)
        fused = settings.fuse_score
        limit, look = settings.match_thresh, self.appearance
        first = self._match(candidates, pool, strong, limit, fused, look)
        missed = first.unmatched_rows[~tracks.lost[first.unmatched_rows]]
        second = self._match(candidates, missed, weak, settings.second_thresh, False)
        limit, strong = settings.unconfirmed_thresh, first.unmatched_columns
        third = self._match(candidates, unconfirmed, strong, limit, fused)
        tracks.lost[second.unmatched_rows] = True
        self._update_matched(candidates, first, second, third)
        return third.unmatched_rows, third.unmatched_columns

    def _by_strength(self, scores: NDArray[np.float32]) -> tuple[Rows, Rows]:
        """Detections for the first association, and those for the second."""
        high, low = self.settings.track_thresh, self.settings.low_thresh
        if self.settings.drop_equal_scores:
            strong, weak = scores > high, (scores > low) & (scores < high)
        else:
            strong, weak = scores >= high, (scores >= low) & (scores < high)
        return _where(strong), _where(weak)

    def _match(
        self,
        candidates: Candidates,
        rows: Rows,
        columns: Rows,
        limit: float,
        fused: bool,
        appearance: Appearance | None = None,
    ) -> Matches:
        aware = self.settings.class_aware
        rules = MatchRules(limit, fused, aware, self._margin, appearance)
        return match(self._tracks, candidates, rows, columns, rules)

    def _update_matched(self, candidates: Candidates, *matches: Matches) -> None:
        """Update tracks with the detections that they were matched with."""
        rows = np.concatenate([match.rows for match in matches])
        columns = np.concatenate([match.columns for match in matches])
        tracks = self._tracks
        seen = update(tracks.states[rows], candidates.measured[columns])
        tracks.states.moments[:, rows] = seen.moments
        self._taken[columns] = tracks.ids[rows]
        tracks.scores[rows] = candidates.scores[columns]
        tracks.classes[rows] = candidates.classes[columns]
        tracks.confirmed[rows] = True
        tracks.lost[rows] = False
        tracks.last_seen[rows] = self._clock.now

    def _start_tracks(self, candidates: Candidates, unmatched: Rows) -> Rows:
        """Start tracks with the unmatched strong detections.

        Returns:
            Rows of the tracks that these take the place of.
        """
        chosen = unmatched[candidates.scores[unmatched] >= self.settings.birth_score]
        if not len(chosen):
            return unmatched[:0]
        columns, known = candidates.rows[chosen], self._tracks.ids
        ids = hooks.new_ids(self.appearance, columns, self._taken, self._next_id)
        self._next_id = max(self._next_id, int(ids.max()) + 1)
        self._taken[chosen] = ids
        newborn = Tracklets.create(
            ids,
            candidates.measured[chosen],
            candidates.scores[chosen],
            candidates.classes[chosen],
            now=self._clock.now,
            confirmed=self._clock.frames == 1,
        )
        self._tracks = self._tracks.concatenate(newborn)
        return _where(np.isin(known, ids))

    def _update_lost(self, was_lost: NDArray[np.bool_], failed: Rows) -> None:
        """Drop tracks that end with this frame, and put the others in order.

        Args:
            was_lost: (n,): which of the first n tracks were lost before; the others
                are new.
            failed: unconfirmed tracks without a match.
        """
        tracks, ended = self._tracks, failed
        if self.settings.late_removal:
            ended = np.concatenate((failed, _where(tracks.lost & tracks.expired)))
            overdue = self._clock.now - tracks.last_seen > self._buffer
            tracks.expired[: len(was_lost)] |= was_lost & overdue[: len(was_lost)]
        self._tracks = tracks.regrouped(was_lost, ended)

    def _drop_duplicates(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Drop one of a track and a lost one at the same position.

        Args:
            boxes: (n, 4), one a track.

        Returns:
            (m, 4): the boxes of the tracks that remain.
        """
        settings, tracks = self.settings, self._tracks
        limit, aware = settings.duplicate_thresh, settings.class_aware
        rules = MatchRules(limit, False, aware, self._margin)
        doomed = duplicates(tracks, boxes, rules)
        if not len(doomed):
            return boxes
        kept = exclude(np.arange(len(tracks)), doomed)
        self._tracks = tracks[kept]
        return boxes[kept]


_CLOCK = {"frames": int, "now": float, "stamp": float}


def _where(mask: NDArray[np.bool_]) -> Rows:
    return mask.nonzero()[0]
