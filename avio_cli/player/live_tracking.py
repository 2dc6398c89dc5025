"""Tracking while playing: a stage between decoder and screen."""

import threading
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from fractions import Fraction

from avio_cli.decode.settings import DetectorView
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import UsageError
from avio_cli.jobs.track.detection_source import open_detection_source
from avio_cli.jobs.track.result_files import load_detections
from avio_cli.jobs.track.trackers.appearance import open_model
from avio_cli.jobs.track.trackers.choice import make_tracker
from avio_cli.jobs.track.tracking import Seen, step_of
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.player.job import Tracking
from avio_cli.player.playback.decode_session import FrameTransform
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.vision.annotators.held_boxes import HeldBoxes
from avio_cli.vision.annotators.parts import Redaction
from avio_cli.vision.trackers.step import Tracked

DEFAULT_RATE = Fraction(30)


class Untimed:
    """Measures nothing; a `Timing`."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """A block that is not measured."""
        return nullcontext()


class LiveTracker:
    """A detector for one video, and a new tracker for each decode session.

    Args:
        tracking: detector and tracker to use.
        video: the stream to track in.
        progress: receives the progress of a download.
        redaction: how boxes are hidden; None: they are not.

    Raises:
        AvioError: the model cannot be downloaded or opened.
    """

    def __init__(
        self,
        tracking: Tracking,
        video: VideoStream,
        progress: DownloadProgress = no_download_progress,
        redaction: Redaction | None = None,
    ) -> None:
        self._tracking, self._video = tracking, video
        self._redaction = redaction
        self._start: Fraction | None = None
        if tracking.detector.detections is not None:
            raise UsageError("--detections needs avio track", hint="or use --tracks")
        make_tracker(tracking.tracker, DEFAULT_RATE, tracking.stride)  # or says why not
        self._stack = ExitStack()
        with ExitStack() as opening:
            self._source = open_detection_source(
                tracking.detector, video, tracking.stride, load_detections, progress
            )
            opening.callback(self._source.close)
            reid, detector = tracking.tracker.reid, tracking.detector
            model = open_model(reid, detector, video, progress, opening)
            self._stack = opening.pop_all()
        self._seen = Seen(video, self.view, model)
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
        tracker = make_tracker(tracking.tracker, rate, tracking.stride)
        step = step_of(tracking.tracker, tracker, tracking.stride, self._seen)

        def run(frames: Iterator[Frame]) -> Generator[Frame, None, None]:
            # The previous session may not have released the detector yet.
            with self._one_at_a_time, closing(self._source.detect(frames)) as results:
                yield from self._with_hidden(step.follow(results, Untimed()))

        return run

    def _with_hidden(self, tracked: Tracked) -> Generator[Frame, None, None]:
        """Set the boxes that are hidden in the frames of one session.

        Of its first frames they are not known: boxes of frames before it may have to be
        held. Only where the first session began, nothing was.
        """
        rule = self._redaction
        held = HeldBoxes(rule, self._tracking.stride) if rule else None
        first: Fraction | None = None
        for frame, detections in tracked:
            if rule is not None and held is not None:
                first = frame.time if first is None else first
                self._start = first if self._start is None else self._start
                boxes = held.see(frame, detections)
                if first == self._start or frame.time - first >= rule.hold:
                    frame.hidden = boxes
            yield frame

    def close(self) -> None:
        """Release the model."""
        with self._one_at_a_time:
            self._stack.close()
