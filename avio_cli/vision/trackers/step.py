"""Detection and tracking of each frame, in order."""

from collections.abc import Generator, Iterator

from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.protocols import Detector, Tracker


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


class TrackingStep:
    """Set the tracks of frames.

    Args:
        tracker: assigns track ids.
        stride: every Nth frame has detections; between them the tracks are
            predicted, by their true times.
    """

    def __init__(self, tracker: Tracker, stride: int = 1) -> None:
        self._tracker = tracker
        self._stride = stride

    def track(self, frame: Frame, detections: Detections) -> Frame:
        """Set ``frame.tracks`` from its detections."""
        if frame.index % self._stride:
            frame.tracks = self._tracker.predict(frame.seconds)
        else:
            frame.tracks = self._tracker.update(detections, frame.seconds)
        return frame


def detect_in_order(
    detector: Detector, frames: Iterator[Frame]
) -> Generator[tuple[Frame, Detections], None, None]:
    """Detect one frame after the other: for stateful detectors."""
    for frame in frames:
        yield frame, detector.detect(frame)
