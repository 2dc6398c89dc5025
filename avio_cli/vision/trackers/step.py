"""Detection and tracking of each frame, in order."""

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from avio_cli.detections import Detections, Tracks
from avio_cli.media.frame import Frame
from avio_cli.protocols import Detector, Tracker
from avio_cli.vision.reid.tracker_hooks import Recognition
from avio_cli.vision.trackers.camera_motion import FollowsCamera
from avio_cli.vision.trackers.image_camera import ImageCamera


class StridedDetector:
    """Detect in every Nth frame only; the others have no detections.

    Args:
        detector: does the work.
        stride: 1 for every frame.
    """

    def __init__(self, detector: Detector, stride: int) -> None:
        self._detector = detector
        self._stride = stride

    def detect(self, frame: Frame) -> Detections:
        """Detect objects, or none where the frame's index is not a multiple."""
        if frame.index % self._stride:
            return Detections()
        return self._detector.detect(frame)

    def close(self) -> None:
        """Release the detector, if it holds anything."""
        close = getattr(self._detector, "close", None)
        if close is not None:
            close()


Tracked = Generator[tuple[Frame, Detections], None, None]


class Timing(Protocol):
    """Measures how long blocks take."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Add the time of the block to a stage."""
        ...


@dataclass(frozen=True, slots=True)
class Eyes:
    """What looks at the frames for a tracker, which itself sees boxes alone."""

    camera: ImageCamera | None = None
    """What takes the camera's motion from them."""
    recognition: Recognition | None = None
    """What looks at the objects in them."""

    def show(self, tracker: Tracker, frame: Frame, detections: Detections) -> None:
        """Show a frame, before the tracker is given its detections."""
        if self.camera is not None and isinstance(tracker, FollowsCamera):
            tracker.camera.seen = self.camera.observe(frame)
        if self.recognition is not None:
            self.recognition.show(frame, detections)


class TrackingStep:
    """Set the tracks of frames.

    Args:
        tracker: assigns track ids.
        stride: every Nth frame has detections; between them the tracks are
            predicted, by their true times.
        eyes: what the tracker is to know of the image beside the boxes.
    """

    def __init__(
        self, tracker: Tracker, stride: int = 1, eyes: Eyes | None = None
    ) -> None:
        self._tracker, self._eyes = tracker, eyes or Eyes()
        self._stride = stride

    def track(self, frame: Frame, detections: Detections) -> Frame:
        """Set ``frame.tracks`` from its detections."""
        if frame.index % self._stride:
            frame.tracks = self._tracker.predict(frame.seconds)
        else:
            self._eyes.show(self._tracker, frame, detections)
            frame.tracks = self._tracker.update(detections, frame.seconds)
        return frame

    def follow(
        self, detected: Iterator[tuple[Frame, Detections]], times: Timing
    ) -> Tracked:
        """Yield frames with their tracks set, as they come."""
        for frame, detections in detected:
            with times.stage("track"):
                self.track(frame, detections)
            yield frame, detections


class LateTracker(Protocol):
    """A tracker that needs frames after a frame for its tracks."""

    @property
    def tracker(self) -> Tracker:
        """What assigns detections."""
        ...

    def push(self, detections: Detections, seconds: float) -> Tracks | None:
        """Take one frame's detections; return the tracks of the next frame to show.

        None where that needs more frames.
        """
        ...

    def flush(self) -> Iterator[Tracks]:
        """The tracks of the last frames, after all were given."""
        ...


class LaggedStep:
    """Set the tracks of frames, some frames later; every frame is detected.

    Args:
        tracker: needs frames after a frame for its tracks.
        eyes: what it is to know of the image beside the boxes.
        keep_images: whether anybody looks at frames once they are tracked.
    """

    def __init__(
        self,
        tracker: LateTracker,
        eyes: Eyes | None = None,
        *,
        keep_images: bool = True,
    ) -> None:
        self._tracker, self._eyes = tracker, eyes or Eyes()
        self._keep_images = keep_images

    def follow(
        self, detected: Iterator[tuple[Frame, Detections]], times: Timing
    ) -> Tracked:
        """Yield frames with their tracks set; those between are held in memory."""
        held: deque[tuple[Frame, Detections]] = deque()
        for frame, detections in detected:
            held.append((frame, detections))
            with times.stage("track"):
                self._eyes.show(self._tracker.tracker, frame, detections)
                tracks = self._tracker.push(detections, frame.seconds)
            if not self._keep_images:
                _forget_image(frame)
            if tracks is not None:
                yield _given(held.popleft(), tracks)
        for tracks in self._tracker.flush():
            yield _given(held.popleft(), tracks)


def _forget_image(frame: Frame) -> None:
    """Release the memory of a frame that waits; its size is gone, too."""
    frame.planes = tuple(plane[:0].copy() for plane in frame.planes)
    frame.view = frame.view[:0].copy()


def _given(pair: tuple[Frame, Detections], tracks: Tracks) -> tuple[Frame, Detections]:
    pair[0].tracks = tracks
    return pair


def detect_in_order(
    detector: Detector, frames: Iterator[Frame]
) -> Generator[tuple[Frame, Detections], None, None]:
    """Detect one frame after the other: for stateful detectors."""
    for frame in frames:
        yield frame, detector.detect(frame)
