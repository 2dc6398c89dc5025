"""Detections of successive frames, made into tracks: what happens to each frame."""

from collections.abc import Generator, Iterator

from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.protocols import Detector, Tracker


class StridedDetector:
    """Looks at every Nth frame only; nothing is found in the others.

    Args:
        detector: does the work.
        stride: 1 for every frame.
    """

    def __init__(self, detector: Detector, stride: int) -> None:
        self._detector = detector
        self._stride = stride

    def detect(self, frame: Frame) -> Detections:
        """Find objects, or nothing where the frame's index is not a multiple."""
        if frame.index % self._stride:
            return Detections()
        return self._detector.detect(frame)

    def close(self) -> None:
        """Release the detector, if it holds anything."""
        close = getattr(self._detector, "close", None)
        if close is not None:
            close()


class TrackingStep:
    """Puts tracks into frames.

    Args:
        tracker: gives identities.
        stride: frames between two that were looked at; between them the tracks are
            predicted, by their true times.
    """

    def __init__(self, tracker: Tracker, stride: int = 1) -> None:
        self._tracker = tracker
        self._stride = stride

    def track(self, frame: Frame, detections: Detections) -> Frame:
        """Set ``frame.tracks`` from what was found in it."""
        if frame.index % self._stride:
            frame.tracks = self._tracker.predict(frame.seconds)
        else:
            frame.tracks = self._tracker.update(detections, frame.seconds)
        return frame


def detect_in_order(
    detector: Detector, frames: Iterator[Frame]
) -> Generator[tuple[Frame, Detections], None, None]:
    """Detect one frame after the other: for detectors that remember."""
    for frame in frames:
        yield frame, detector.detect(frame)
