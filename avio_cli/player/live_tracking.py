"""Tracking while playing: a stage between reader and screen."""

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction

from avio_cli.decode.settings import DetectorView
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import UsageError
from avio_cli.jobs.track.detection_source import open_detection_source
from avio_cli.jobs.track.result_files import load_detections
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.player.job import Tracking
from avio_cli.player.playback.decode_session import FrameTransform
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.vision.trackers.registry import build_tracker
from avio_cli.vision.trackers.step import TrackingStep

DEFAULT_RATE = Fraction(30)


class LiveTracker:
    """A detector for one film, and a fresh tracker for every place it is read from.

    Args:
        tracking: what to detect and follow with.
        video: the film.
        progress: told how far a download is.

    Raises:
        AvioError: the model cannot be had or opened.
    """

    def __init__(
        self,
        tracking: Tracking,
        video: VideoStream,
        progress: DownloadProgress = no_download_progress,
    ) -> None:
        self._tracking, self._video = tracking, video
        if tracking.detector.detections is not None:
            raise UsageError("--detections needs avio track", hint="or use --tracks")
        self._source = open_detection_source(
            tracking.detector, video, tracking.stride, load_detections, progress
        )
        self._one_at_a_time = threading.Lock()

    @property
    def view(self) -> DetectorView | None:
        """What the detector wants to see of each frame."""
        return self._source.view

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, by their number."""
        return self._source.class_names

    def stage(self) -> FrameTransform:
        """A stage for a new session: identities begin anew."""
        tracking, rate = self._tracking, nominal_rate(self._video) or DEFAULT_RATE
        tracker = build_tracker(tracking.tracker.name, tracking.tracker.options, rate)
        step = TrackingStep(tracker, tracking.stride)

        def run(frames: Iterator[Frame]) -> Generator[Frame, None, None]:
            # The session before this one may not have let go of the detector yet.
            with self._one_at_a_time, closing(self._source.detect(frames)) as found:
                for frame, detections in found:
                    yield step.track(frame, detections)

        return run

    def close(self) -> None:
        """Release the model."""
        with self._one_at_a_time:
            self._source.close()
