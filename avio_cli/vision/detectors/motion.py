"""Detect moving regions of a fixed camera without a model.

A background model of each pixel (a mixture of Gaussians: Z. Zivkovic, Improved adaptive
Gaussian mixture model for background subtraction, 2004, in OpenCV) marks the pixels
that changed; connected regions of them are the detections.

Limits: the camera must not move or zoom. The only class is "moving". Objects that
touch in the frame are one region. An object that stands still becomes background after
a while (tens of frames at first, some hundred later), and where an object stood during
the first frames a ghost stays for about as long. What darkens the ground without
changing its colour is taken for a shadow and ignored, and so is a grey object before a
brighter grey wall; reflections and coloured light are detected. A change of the whole
frame's brightness is compensated; when the scene itself changes, the background is
learnt again and nothing is detected for `MotionSettings.warm_up` frames. Measured on
PETS09-S2L1 with scores from 0.6: precision 0.80, recall 0.75 at an overlap of 0.5;
most misses are people who walk side by side.
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
"""Value of foreground in the mask; shadows have 127."""

_WHOLE_FRAME = 0.8
"""Share of the frame that only a change of light (a slow fade) or the camera moves."""

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """What counts as moving.

    The defaults were chosen on PETS09-S2L1 and on drawn scenes.
    """

    history: int = 500
    """Frames after which an object that stands still is background."""
    threshold: float = 40.0
    """Squared distance from the background in standard deviations, to be moving."""
    least_area: float = 0.0005
    """Smallest region, as a share of the frame: 20 by 20 pixels in 1280x720."""
    warm_up: int = 15
    """Frames without detections at the start, and after the light changed."""
    sudden: float = 0.4
    """Share of the frame that must start to move at once to be a change of light or
    scene rather than motion: the background is then learnt again."""
    full_contrast: float = 24.0
    """Levels of 255 by which a region differs when its score is no longer lowered."""


def view_size(width: int, height: int) -> tuple[int, int]:
    """Return the view size for frames of this size; never larger."""
    scale = min(1.0, _VIEW_LENGTH / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


class MotionDetector:
    """Detect moving regions in the frames' views.

    It is stateful: give it every frame once, in order, from one thread. When a frame
    comes whose index is not above the last one's (a seek, a loop), it starts again.

    A score is 0.1 and up to 0.9 more: that share is the product of how much the region
    differs from the background, how much of its box it fills, and how far it is above
    the smallest size. Clear objects have above 0.7, noise has below 0.6, so that a
    tracker with two thresholds uses noise only to continue existing tracks.

    Args:
        settings: what counts as moving.
        frame_size: width and height of the full frames, for frames that have only
            a view; (0, 0) takes each frame's own.
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
        """Detect what moves in a frame's view.

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
        detections = self._find(frame.view[:down, :across])
        boxes = letterbox.to_frame(detections.boxes)
        return Detections(boxes, detections.scores, detections.classes)

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
        foreground: Mask = self._subtractor.apply(view)
        share = np.count_nonzero(foreground) / foreground.size
        risen, self._share = share - self._share, share
        changed = risen > self._settings.sudden or share > _WHOLE_FRAME
        if self._seen > self._settings.warm_up and changed:
            self._restart()
            self._subtractor.apply(view)
        self._seen += 1
        if self._seen <= self._settings.warm_up:
            return Detections()
        mask = self._clean(foreground)
        boxes, filled = connected_regions(self._cv2, mask, self._least(mask))
        scores = self._scores(view, mask, boxes, filled)
        classes = np.zeros(len(boxes), np.int64)
        return Detections(boxes.astype(np.float32), scores, classes)

    def _clean(self, foreground: Mask) -> Mask:
        """Remove specks, and close vertical gaps: people split at the belt."""
        cv2 = self._cv2
        speck = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        tall = round(foreground.shape[0] / 100) * 2 + 1
        column = np.ones((max(tall, 3), 1), np.uint8)
        moving = (foreground == _MOVING).view(np.uint8)
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
