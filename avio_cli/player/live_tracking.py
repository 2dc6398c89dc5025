"""Tracking while playing: a stage between decoder and screen."""

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction

from avio_cli.decode.settings import DetectorView
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import UsageError
from avio_cli.jobs.track.detection_source import open_detection_source
from avio_cli.jobs.track.result_files import load_detections
from avio_cli.jobs.track.tracking import image_camera
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.player.job import Tracking
from avio_cli.player.playback.decode_session import FrameTransform
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.vision.trackers.registry import build_tracker
from avio_cli.vision.trackers.step import Eyes, TrackingStep

DEFAULT_RATE = Fraction(30)


class LiveTracker:
    """A detector for one video, and a new tracker for each decode session.

    Args:
        tracking: detector and tracker to use.
        video: the stream to track in.
        progress: receives the progress of a download.

    Raises:
        AvioError: the model cannot be downloaded or opened.
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
        """The detector's input size and preprocessing."""
        return self._source.view

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, by their number."""
        return self._source.class_names

    def stage(self) -> FrameTransform:
        """A stage for a new session: track ids start again."""
        tracking, rate = self._tracking, nominal_rate(self._video) or DEFAULT_RATE
        tracker = build_tracker(tracking.tracker.name, tracking.tracker.options, rate)
        camera = image_camera(tracking.tracker, self._video, self.view)
        step = TrackingStep(tracker, tracking.stride, Eyes(camera))

        def run(frames: Iterator[Frame]) -> Generator[Frame, None, None]:
            # The previous session may not have released the detector yet.
            with self._one_at_a_time, closing(self._source.detect(frames)) as results:
                for frame, detections in results:
                    yield step.track(frame, detections)

        return run

    def close(self) -> None:
        """Release the model."""
        with self._one_at_a_time:
            self._source.close()
