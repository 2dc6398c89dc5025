"""The camera's motion between two frames, from the boxes of tracks alone.

Where most boxes of a frame are off their predictions in the same way, the camera moved.
A similarity (shift, zoom, roll) is fitted to the residuals, robustly, and then shrunk
by how much of them it explains: a fixed camera keeps its place, and few boxes that walk
together are not taken for a camera that turns.

Several runs of a tracker may lie side by side in one plane, a lane each: each lane has
an estimate of its own, all fitted at once.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.vision.boxes import overlaps
from avio_cli.vision.trackers.camera_fit import LEAST_BOXES, Complexes, by_lane, fit
from avio_cli.vision.trackers.kalman import BoxStates
from avio_cli.vision.trackers.tracklets import Rows, Tracklets

Floats = NDArray[np.float64]

CAMERA_MOTIONS = ("auto", "boxes", "image", "off")
_OF_TRACKERS = CAMERA_MOTIONS[1:]
LEAST_SCORE = 0.6
_ENLARGED = 0.3
_LEAST_OVERLAP = 0.25
LANE = 2.0**20
"""Pixels from the middle of one lane to the next: no track drifts that far before it
ends, and float64 keeps a millionth of a pixel even in the last of many."""
_LAST_LANE = 1023
"""Higher than that of any run: a box may be anywhere, and each lane takes memory."""
_VELOCITY_SHARE = 0.5


def check_camera_motion(text: str) -> None:
    """Refuse what no tracker knows.

    Raises:
        UsageError: it is none of ``boxes``, ``image`` and ``off``.
    """
    if text not in _OF_TRACKERS:
        raise UsageError(
            f"camera_motion cannot be {text!r}",
            hint=did_you_mean(text, _OF_TRACKERS, count=1, list_all=True),
        )


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """How far things at rest move: shift + turn * (point - centre), one a lane.

    Lanes after the last one that has a motion stay where they are.

    Points and shifts are complex numbers, x + iy: a complex factor is zoom and roll.
    """

    shift: Complexes
    """(lanes,): in pixels, at the centre."""
    turn: Complexes
    """(lanes,): zoom, in pixels for each pixel from the centre; roll as imaginary."""
    centre: complex = 0j

    def at(self, points: Complexes) -> Complexes:
        """How far things at these points (n,) are moved."""
        lanes = _lanes(points)
        known = lanes < len(self.shift)
        lanes *= known
        places = points - LANE * lanes - self.centre
        moved: Complexes = known * (self.shift[lanes] + self.turn[lanes] * places)
        return moved


@dataclass(frozen=True, slots=True)
class SeenMotion:
    """What the image says of the camera's motion."""

    shift: complex
    """By how many pixels what is at rest moved since the frame before."""
    at_rest: bool
    """Whether the camera has stood still for some frames."""


class BoxCamera:
    """Estimate the camera's motion from one frame after the other.

    The frame's size is not known; boxes reach its edges before long, so the largest
    coordinates so far stand for it.
    """

    def __init__(self) -> None:
        self.extent = np.ones(2)
        """Width and height as far as boxes reached: the only state."""
        self.seen: SeenMotion | None = None
        """What the image says of the next frame, if anything."""

    def steady(
        self,
        tracks: Tracklets,
        boxes: Floats,
        found: Floats,
        scores: NDArray[np.float32],
    ) -> None:
        """Move tracks, in place, with the camera; arguments as for `estimate`.

        One at rest, by the image, is left alone. Else all move by the shift that the
        image says, and boxes say the rest: zoom, roll, and what is off.
        """
        seen, self.seen = self.seen, None
        if seen is not None and seen.at_rest:
            self._extend(found)
            return
        if seen is not None:
            # Each shift is given in full, so velocities have no part of it.
            motion = CameraMotion(np.array([seen.shift]), np.zeros(1, complex))
            follow(tracks.states, motion, velocity_share=0)
            boxes = boxes + np.tile((seen.shift.real, seen.shift.imag), 2)
        rest = self.estimate(tracks, boxes, found, scores)
        if rest is not None:
            follow(tracks.states, rest)

    def estimate(
        self,
        tracks: Tracklets,
        boxes: Floats,
        found: Floats,
        scores: NDArray[np.float32],
    ) -> CameraMotion | None:
        """Compare predicted with detected boxes.

        Args:
            tracks: predicted to the time of the frame.
            boxes: (n, 4): of all tracks, x1 y1 x2 y2.
            found: (m, 4): of the detections.
            scores: (m,).

        Returns:
            The motion; None where too few boxes were seen.
        """
        steady = (
            tracks.confirmed & ~tracks.lost & (tracks.first_seen < tracks.last_seen)
        )
        self._extend(found)
        first = boxes[steady & _possible(boxes)]
        second = found[(scores >= LEAST_SCORE) & _possible(found)]
        if min(len(first), len(second)) < LEAST_BOXES:
            return None
        rows, columns = _paired(first, second)
        if len(rows) < LEAST_BOXES:
            return None
        points = _centres(first[rows])
        lanes = _lanes(points)
        places = points - LANE * lanes - complex(*self.extent / 2)
        residuals = _centres(second[columns]) - points
        scatter = 0.03 * (second[columns, 3] - second[columns, 1]) + 1
        width = self.extent[0]
        table = by_lane(lanes, places / width, residuals, scatter * scatter)
        shift, turn = fit(*table)
        return CameraMotion(shift, turn / width, complex(*self.extent / 2))

    def _extend(self, found: Floats) -> None:
        corners = found[_possible(found), 2:]
        if len(corners):
            if corners[:, 0].max() > LANE / 2:
                corners[:, 0] -= LANE * np.floor(corners[:, 0] / LANE + 0.5)
            np.maximum(self.extent, corners.max(axis=0), out=self.extent)


@runtime_checkable
class FollowsCamera(Protocol):
    """A tracker whose predictions follow the camera."""

    camera: BoxCamera


def follow(
    states: BoxStates, motion: CameraMotion, velocity_share: float = _VELOCITY_SHARE
) -> None:
    """Move predicted boxes, in place, with the camera.

    Args:
        states: of the boxes.
        motion: of the camera.
        velocity_share: how much of it is taken into the velocities: by default half,
            for a camera that turns goes on turning.
    """
    moved = motion.at(states.values[:, 0] + 1j * states.values[:, 1])
    for axis, part in enumerate((moved.real, moved.imag)):
        states.values[:, axis] += part
        states.velocities[:, axis] += velocity_share * part


def _paired(first: Floats, second: Floats) -> tuple[Rows, Rows]:
    """Pair boxes that overlap each other best, counting what surrounds them."""
    pairs = overlaps(_enlarged(first), _enlarged(second))
    best = np.zeros(len(first)), np.zeros(len(second))
    np.maximum.at(best[0], pairs.rows, pairs.iou)
    np.maximum.at(best[1], pairs.columns, pairs.iou)
    limit = np.maximum(best[0][pairs.rows], best[1][pairs.columns])
    mutual = pairs.iou >= np.maximum(limit, _LEAST_OVERLAP)
    return pairs.rows[mutual], pairs.columns[mutual]


def _lanes(points: Complexes) -> Rows:
    """The lane of each point, 0 and up."""
    lanes = np.floor(points.real / LANE + 0.5)
    return lanes.clip(0, _LAST_LANE).astype(np.intp)


def _possible(boxes: Floats) -> NDArray[np.bool_]:
    """Which boxes are in any lane: the squares of larger ones leave no number."""
    return np.asarray((np.abs(boxes) < _LAST_LANE * LANE).all(axis=1))


def _enlarged(boxes: Floats) -> Floats:
    margins = _ENLARGED * (boxes[:, 2:] - boxes[:, :2])
    return np.concatenate((boxes[:, :2] - margins, boxes[:, 2:] + margins), axis=1)


def _centres(boxes: Floats) -> Complexes:
    centres: Complexes = (boxes[:, :2] + boxes[:, 2:]) @ np.array([0.5, 0.5j])
    return centres
