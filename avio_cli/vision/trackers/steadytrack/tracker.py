"""SteadyTrack: ByteTrack's stages with a stiffer filter, and the camera's motion.

What it has of ByteTrack (Zhang et al., ECCV 2022): association of strong and then of
weak detections, tracks confirmed when seen twice. What differs: the filter, the
similarity (shape and distance beside the overlap), lost tracks that weak detections may
find again, and predictions that follow the camera. docs/track-accuracy.md has figures.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks, expect
from avio_cli.errors import InputError
from avio_cli.vision.reid import tracker_hooks as hooks
from avio_cli.vision.reid.appearance import Appearance
from avio_cli.vision.trackers.camera_motion import BoxCamera
from avio_cli.vision.trackers.frame_clock import TrackerClock
from avio_cli.vision.trackers.steadytrack.association import Association, associate
from avio_cli.vision.trackers.steadytrack.box_filter import BoxFilter, boxes_of
from avio_cli.vision.trackers.steadytrack.settings import SteadyTrackSettings
from avio_cli.vision.trackers.steadytrack.similarity import Found, compare
from avio_cli.vision.trackers.tracklets import Rows, Tracklets

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class SteadyTrack:
    """Track objects by their boxes alone, steadily where the camera moves.

    Args:
        settings: None: the defaults.
    """

    def __init__(self, settings: SteadyTrackSettings | None = None) -> None:
        self.settings = settings = settings or SteadyTrackSettings()
        self._clock = TrackerClock(settings.frame_rate)
        self._filter = BoxFilter(settings)
        self.camera = BoxCamera()
        self.appearance: Appearance | None = None
        """What its tracks look like; shown each frame before `update`."""
        self._tracks = Tracklets.none()
        self._next_id = 1
        self._taken = np.empty(0, np.int64)
        self._shown = np.empty((0, 4))

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
        boxes = detections.boxes.astype(np.float64)
        self._advance(boxes, detections.scores, detections.classes, seconds)
        return self._tracks.to_tracks(self._shown)

    @property
    def taken(self) -> NDArray[np.int64]:
        """(n,): which track took each detection of the last update, 0 for none.

        Tracks that are not confirmed yet are named, too.
        """
        return self._taken

    def assign(
        self,
        boxes: Floats,
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
        seconds: float | None = None,
    ) -> NDArray[np.int64]:
        """As `update`, but return which track took each detection: `taken`."""
        self._advance(boxes, scores, classes, seconds)
        return self._taken

    def predict(self, seconds: float) -> Tracks:
        """Predict where the tracks of the last update are at a later time.

        Nothing is changed: for frames between detections.
        """
        states = self._tracks.states
        values = states.values + self._clock.since(seconds) * states.velocities
        values[:, 2:] = np.maximum(values[:, 2:], 0)
        return self._tracks.to_tracks(boxes_of(values))

    def state(self) -> dict[str, Any]:
        """Everything that the next update depends on, settings aside.

        Returns:
            Arrays, ints and floats by name.
        """
        clock = {name: getattr(self._clock, name) for name in _CLOCK}
        extent = self.camera.extent.copy()
        own = {"next_id": self._next_id, "extent": extent}
        looks = hooks.stored_appearance(self.appearance)
        return {**own, **looks, **clock, **self._tracks.arrays()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a state as if this tracker had reached it itself.

        Raises:
            InputError: the state is damaged; the tracker is as it was.
        """
        tracks = Tracklets.from_arrays(state)
        try:
            clock = {name: kind(state[name]) for name, kind in _CLOCK.items()}
            next_id = int(state["next_id"])
            extent = np.array(state["extent"], np.float64).reshape(2)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the stored tracker is damaged ({error})") from error
        hooks.restore_appearance(self.appearance, state)
        for name, value in clock.items():
            setattr(self._clock, name, value)
        self._tracks, self._next_id, self.camera.extent = tracks, next_id, extent

    def _advance(
        self,
        boxes: Floats,
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
        seconds: float | None,
    ) -> None:
        settings, clock = self.settings, self._clock
        found = Found.among(boxes, scores, classes, above=settings.low_thresh)
        elapsed = clock.advance(seconds)
        tracks = self._tracks = self._remembered()
        tracks.states = self._filter.predict(tracks.states, elapsed)
        if settings.camera_motion != "off":
            expected = boxes_of(tracks.states.values)
            self.camera.steady(tracks, expected, found.boxes, found.scores)
        noise = self._filter.noise(tracks.states)
        pairs = compare(tracks.states, noise, found)
        matched = associate(
            tracks, found, pairs, clock.frames, settings, self.appearance
        )
        self._taken = np.zeros(len(boxes), np.int64)
        shown = self._update_matched(found, matched, noise)
        self._start_tracks(found, matched.free, elapsed)
        self._shown = self._without_failed(shown)
        if self.appearance is not None:
            taken = self._taken[found.rows]
            self.appearance.learn(found.rows, taken, self._tracks.ids)

    def _remembered(self) -> Tracklets:
        """The tracks without those that were lost for too long."""
        tracks = self._tracks
        missed = self._clock.frames - tracks.last_seen - 1
        overdue = missed > self.settings.track_buffer
        return tracks[(~overdue).nonzero()[0]] if overdue.any() else tracks

    def _update_matched(
        self, found: Found, matched: Association, noise: Floats
    ) -> Floats:
        """Update tracks with their detections; return the boxes (n, 4) to show."""
        tracks, rows = self._tracks, matched.seen
        columns = matched.partners[rows]
        scatter = noise[rows]
        scatter[matched.weak[rows]] *= self.settings.weak_noise**2
        seen = self._filter.update(
            tracks.states[rows], found.measured[columns], scatter
        )
        tracks.states.moments[:, rows] = seen.moments
        tracks.scores[rows] = found.scores[columns]
        tracks.classes[rows] = found.classes[columns]
        tracks.confirmed[rows] = True
        tracks.lost[:] = matched.partners < 0
        tracks.last_seen[rows] = self._clock.frames
        self._taken[found.rows[columns]] = tracks.ids[rows]
        shown = tracks.states.values.copy()
        shown[rows] += self.settings.detection_share * (
            found.measured[columns] - shown[rows]
        )
        return boxes_of(shown)

    def _start_tracks(self, found: Found, free: Flags, elapsed: float) -> None:
        """Start tracks with strong detections that no track took."""
        settings = self.settings
        least = (found.scores > settings.track_thresh) & (
            found.scores >= settings.new_thresh
        )
        (chosen,) = (free & least).nonzero()
        if not len(chosen):
            return
        columns, tracks = found.rows[chosen], self._tracks
        ids = hooks.new_ids(self.appearance, columns, self._taken, self._next_id)
        self._next_id = max(self._next_id, int(ids.max()) + 1)
        self._taken[columns] = ids
        # The tracks that these take the place of fail, as ones that were never seen.
        tracks.confirmed[np.isin(tracks.ids, ids)] = False
        self._tracks = self._tracks.concatenate(
            self._newborn(found, chosen, ids, elapsed)
        )

    def _newborn(
        self, found: Found, chosen: Rows, ids: NDArray[np.int64], elapsed: float
    ) -> Tracklets:
        count, now = len(chosen), float(self._clock.frames)
        return Tracklets(
            self._filter.initiate(found.measured[chosen], elapsed),
            ids,
            found.classes[chosen],
            found.scores[chosen],
            confirmed=np.full(count, self._clock.frames == 1),
            lost=np.zeros(count, bool),
            expired=np.zeros(count, bool),
            first_seen=np.full(count, now),
            last_seen=np.full(count, now),
        )

    def _without_failed(self, shown: Floats) -> Floats:
        """Drop tracks that nothing confirmed.

        Args:
            shown: (k, 4): boxes of the tracks that are older than this frame.

        Returns:
            (n, 4): boxes of all tracks that stay.
        """
        tracks = self._tracks
        newborn = boxes_of(tracks.states.values[len(shown) :])
        boxes = np.concatenate((shown, newborn))
        failed = tracks.lost & ~tracks.confirmed
        if not failed.any():
            return boxes
        (kept,) = (~failed).nonzero()
        self._tracks = tracks[kept]
        return boxes[kept]


_CLOCK = {"frames": int, "now": float, "stamp": float}
