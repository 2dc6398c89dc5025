"""Moving regions of a fixed camera, found without any model.

A background model of each pixel (a mixture of Gaussians: Z. Zivkovic, Improved adaptive
Gaussian mixture model for background subtraction, 2004, in OpenCV) tells what does not
look as it did before; connected regions of that are the detections.

What it cannot do: the camera must not move or zoom. What it finds has no class, only
"moving". Things that touch in the picture are one region. A thing that stands still
fades into the background after a while (tens of frames at first, some hundred later),
and where a thing stood during the first frames a ghost stays for about as long. What
darkens the ground without changing its colour is taken for a shadow and left out, a
grey thing before a brighter grey wall too; reflections and coloured light are found.
A change of the whole picture's brightness is evened out; when the scene itself
changes, the background is learnt anew and nothing is found for `MotionSettings.warm_up`
frames. Found on PETS09-S2L1 with scores from 0.6: precision 0.80, recall 0.75 at an
overlap of 0.5; most of what is missed are people who walk side by side.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.errors import UsageError
from avio_cli.media.frame import Frame
from avio_cli.optional import load_opencv
from avio_cli.vision.boxes import Letterbox
from avio_cli.vision.detectors.motion_regions import (
    compensate_exposure,
    connected_regions,
)

CLASS_NAMES = ("moving",)

_VIEW_LENGTH = 480
_MOVING = 255
"""What the subtractor marks foreground with; shadows have 127."""

_WHOLE_FRAME = 0.8
"""Share of the picture that nothing but the light (a slow fade) or the camera moves."""

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """What counts as moving.

    The defaults were chosen on PETS09-S2L1 and on drawn scenes.
    """

    history: int = 500
    """Frames after which a thing that stands still is background."""
    threshold: float = 40.0
    """Squared distance from the background in standard deviations, to be moving."""
    least_area: float = 0.0005
    """Smallest region, as a share of the picture: 20 by 20 pixels in 1280x720."""
    warm_up: int = 15
    """Frames at the start, and after the light changed, in which nothing is found."""
    sudden: float = 0.4
    """Share of the picture that must begin to move in one frame to be a change of
    light or scene rather than motion: the background is then learnt anew."""
    full_contrast: float = 24.0
    """Levels of 255 by which a region differs when its score is no longer lowered."""


def view_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of view that suits pictures of this size; never larger."""
    scale = min(1.0, _VIEW_LENGTH / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


class MotionDetector:
    """Detects moving regions in the frames' views.

    It remembers: give it every frame once, in order, from one thread. When a frame
    comes whose index is not above the last one's (a seek, a loop), it starts anew.

    A score is 0.1 and up to 0.9 more: that share is the product of how much the region
    differs from the background, how much of its box it fills, and how far it is above
    the smallest size. Clear objects have above 0.7, noise has below 0.6, so that a
    tracker with two thresholds takes noise only to go on with tracks it has.

    Args:
        settings: what counts as moving.
        frame_size: width and height of the pictures, for frames that carry nothing
            but their view; (0, 0) takes each frame's own.
    """

    def __init__(
        self,
        settings: MotionSettings | None = None,
        *,
        frame_size: tuple[int, int] = (0, 0),
    ) -> None:
        self._settings = settings or MotionSettings()
        self._frame_size = frame_size
        self._cv2 = load_opencv()
        self._index = -1
        self._restart()

    def detect(self, frame: Frame) -> Detections:
        """Find what moves in a frame's view.

        Returns:
            Boxes in pixels of the full frame, all of class 0.

        Raises:
            UsageError: the frame has no view.
        """
        if not frame.view.size:
            raise UsageError("detecting motion needs frames with a view")
        if frame.index <= self._index:
            self._restart()
        self._index = frame.index
        width, height = self._frame_size
        letterbox = Letterbox(
            width or frame.width,
            height or frame.height,
            frame.view.shape[1],
            frame.view.shape[0],
        )
        across, down = letterbox.scaled_size
        found = self._find(frame.view[:down, :across])
        return Detections(letterbox.to_frame(found.boxes), found.scores, found.classes)

    def close(self) -> None:
        """Forget the background; safe to call twice."""
        self._index = -1
        self._restart()

    def _restart(self) -> None:
        subtractor = self._cv2.createBackgroundSubtractorMOG2(
            self._settings.history, self._settings.threshold, True
        )
        # Three modes and a low background ratio learn a busy background faster than
        # OpenCV's five and 0.9, and lose less of slow objects (measured on PETS09).
        subtractor.setNMixtures(3)
        subtractor.setBackgroundRatio(0.7)
        self._subtractor: Any = subtractor
        self._background = np.empty((0, 0, 3), np.uint8)
        self._seen = 0
        self._share = 0.0

    def _find(self, view: NDArray[np.uint8]) -> Detections:
        if self._seen:
            self._background = self._subtractor.getBackgroundImage()
            view = compensate_exposure(view, self._background)
        marks: Mask = self._subtractor.apply(view)
        share = np.count_nonzero(marks) / marks.size
        risen, self._share = share - self._share, share
        changed = risen > self._settings.sudden or share > _WHOLE_FRAME
        if self._seen > self._settings.warm_up and changed:
            self._restart()
            self._subtractor.apply(view)
        self._seen += 1
        if self._seen <= self._settings.warm_up:
            return Detections()
        mask = self._clean(marks)
        boxes, filled = connected_regions(self._cv2, mask, self._least(mask))
        scores = self._scores(view, mask, boxes, filled)
        classes = np.zeros(len(boxes), np.int64)
        return Detections(boxes.astype(np.float32), scores, classes)

    def _clean(self, marks: Mask) -> Mask:
        """Remove specks, and close gaps up and down: people come apart at the belt."""
        cv2 = self._cv2
        speck = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        tall = round(marks.shape[0] / 100) * 2 + 1
        column = np.ones((max(tall, 3), 1), np.uint8)
        moving = (marks == _MOVING).view(np.uint8)
        opened = cv2.morphologyEx(moving, cv2.MORPH_OPEN, speck)
        closed: Mask = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, column)
        return closed

    def _scores(
        self,
        view: NDArray[np.uint8],
        mask: Mask,
        boxes: NDArray[np.int64],
        filled: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        if not len(boxes):
            return np.empty(0, np.float32)
        contrasts = np.array(
            [self._contrast(view, mask, box) for box in boxes.tolist()]
        )
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        times_least = areas / self._least(mask)
        share = np.clip(contrasts / self._settings.full_contrast, 0, 1)
        share *= np.clip(filled / areas / 0.35, 0, 1)
        share *= np.clip(np.log2(times_least) / 2, 0, 1)
        return (0.1 + 0.9 * share).astype(np.float32)

    def _least(self, mask: Mask) -> float:
        return self._settings.least_area * mask.size

    def _contrast(
        self,
        view: NDArray[np.uint8],
        mask: Mask,
        box: list[int],
    ) -> float:
        """Mean difference of the moving pixels in the colour that differs most."""
        left, top, right, bottom = box
        area = np.s_[top:bottom, left:right]
        difference = self._cv2.absdiff(view[area], self._background[area])
        return float(max(self._cv2.mean(difference, mask[area])[:3]))
