"""Which boxes are hidden in a frame: its own, and those of shortly before."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks
from avio_cli.media.frame import Box, Frame
from avio_cli.vision.annotators.parts import Redaction
from avio_cli.vision.boxes import overlaps

_SAME = 0.5
"""IoU from which a detection is that of a track."""
_FAR = 1e5
"""Pixels: coordinates beyond are clamped to this, which integers hold."""


@dataclass(frozen=True, slots=True)
class _Detected:
    box: Box
    seconds: float
    has_track: bool
    """Whether a track has it, which is held itself."""


class HeldBoxes:
    """Collect the boxes to hide, frame by frame.

    A track begins only when its object was detected twice: what is detected is hidden,
    too. The last box of a track that is gone is held for a while, and so is each
    detection without a track, by its own time: another one does not replace it.

    Args:
        rule: for how long they are held, and which detections count.
        stride: every Nth frame is looked at; what was detected in one is hidden at
            least until the next.
    """

    def __init__(self, rule: Redaction, stride: int = 1) -> None:
        self._rule, self._stride = rule, stride
        self._tracks: dict[int, tuple[Box, float]] = {}
        self._detected: list[_Detected] = []
        self._now = self._looked = -math.inf

    def see(self, frame: Frame, detections: Detections) -> tuple[Box, ...]:
        """Take a frame's tracks and detections; returns the boxes to hide in it.

        When time jumps back (a seek, a loop) all that was held is forgotten.
        """
        if frame.seconds < self._now:
            self._tracks, self._detected = {}, []
        self._now = frame.seconds
        if len(detections) or frame.index % self._stride == 0:
            self._looked = frame.seconds
        tracks = visible(frame, frame.tracks)
        self._hold_tracks(tracks)
        self._hold_detected(tracks, detections[_in_sight(detections.boxes, frame)])
        return self._hidden()

    def _hold_tracks(self, tracks: Tracks) -> None:
        oldest = self._now - self._rule.hold
        lasting = {i: h for i, h in self._tracks.items() if h[1] >= oldest}
        self._tracks = lasting | {i: (b, self._now) for i, b in boxes_by_id(tracks)}

    def _hold_detected(self, tracks: Tracks, seen: Detections) -> None:
        sure = seen.boxes[seen.scores >= self._rule.least]
        taken = _with_track(tracks.boxes, sure)
        new = [
            _Detected(box_of(row), self._now, number in taken)
            for number, row in enumerate(sure.tolist())
        ]
        # What a later one covers that is held for longer needs no place of its own.
        covers = [found.box for found in new if not found.has_track]
        self._detected = new + [
            old
            for old in self._detected
            if self._lasts(old) and not any(holds(box, old.box) for box in covers)
        ]

    def _lasts(self, old: _Detected) -> bool:
        if old.seconds >= self._looked:
            return True
        return not old.has_track and old.seconds >= self._now - self._rule.hold

    def _hidden(self) -> tuple[Box, ...]:
        """All that is held, without detections that are in a hidden area anyway."""
        hidden = [box for box, _ in self._tracks.values()]
        areas = [widened(box, self._rule.margin) for box in hidden]
        for found in self._detected:
            if not any(holds(area, found.box) for area in areas):
                hidden.append(found.box)
                areas.append(widened(found.box, self._rule.margin))
        return tuple(hidden)


def visible(frame: Frame, tracks: Tracks) -> Tracks:
    """Drop tracks that are outside of the frame; oldest tracks first."""
    shown = _in_sight(tracks.boxes, frame)
    kept = tracks[shown[np.argsort(tracks.ids[shown], kind="stable")]]
    boxes = np.clip(kept.boxes, -_FAR, _FAR)
    return Tracks(boxes, kept.scores, kept.classes, kept.ids)


def _in_sight(boxes: NDArray[np.float32], frame: Frame) -> NDArray[np.int64]:
    """The rows of boxes that are finite and not outside of the frame."""
    with np.errstate(invalid="ignore"):
        inside = (boxes[:, :2] < (frame.width, frame.height)).all(axis=1)
        inside &= (boxes[:, 2:] > 0).all(axis=1)
    return np.flatnonzero(inside & np.isfinite(boxes).all(axis=1))


def boxes_by_id(tracks: Tracks) -> list[tuple[int, Box]]:
    """The id and the box of each track."""
    rows = zip(tracks.ids.tolist(), tracks.boxes.tolist(), strict=True)
    return [(id_, box_of(row)) for id_, row in rows]


def box_of(row: list[float]) -> Box:
    """A row of an array of boxes."""
    x1, y1, x2, y2 = row
    return x1, y1, x2, y2


def widened(box: Box, margin: float) -> Box:
    """A box with a margin, a share of its width and height."""
    x1, y1, x2, y2 = box
    across, down = margin * (x2 - x1), margin * (y2 - y1)
    return x1 - across, y1 - down, x2 + across, y2 + down


def holds(area: Box, box: Box) -> bool:
    """Whether a box is inside of an area."""
    starts = area[0] <= box[0] and area[1] <= box[1]
    return starts and box[2] <= area[2] and box[3] <= area[3]


def _with_track(tracks: NDArray[np.float32], found: NDArray[np.float32]) -> set[int]:
    """The detections that tracks have: each track at most one, the most alike first."""
    pairs = overlaps(tracks, found)
    pairs = pairs[pairs.iou >= _SAME]
    pairs = pairs[np.argsort(-pairs.iou, kind="stable")]
    used: set[int] = set()
    taken: set[int] = set()
    for track, detection in zip(
        pairs.rows.tolist(), pairs.columns.tolist(), strict=True
    ):
        if track not in used and detection not in taken:
            used.add(track)
            taken.add(detection)
    return taken
