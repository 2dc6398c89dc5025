"""Where detections come from: a model, motion, or a file; one interface."""

from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from typing import Protocol

from avio_cli.decode.settings import DetectorView
from avio_cli.detections import Detections
from avio_cli.errors import InputError, UsageError
from avio_cli.jobs.track.input_size import open_at_best_size, supports_resizing
from avio_cli.jobs.track.job import MOTION, DetectorOptions
from avio_cli.jobs.track.model_choice import select_model
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.models.describe import Model
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.vision.detectors import motion
from avio_cli.vision.detectors.parallel import ParallelDetector, open_detector
from avio_cli.vision.detectors.yolox import DetectionSettings, YoloxDetector
from avio_cli.vision.trackers.step import StridedDetector, detect_in_order

Detected = Generator[tuple[Frame, Detections], None, None]
"""Frames and what was found in them, in the frames' order; close it to stop early."""


class DetectionSource(Protocol):
    """Finds objects in a stream of frames."""

    @property
    def title(self) -> str:
        """What it is, for people: model, runtime, workers."""
        ...

    @property
    def fingerprint(self) -> str:
        """What decides the boxes it finds: a run goes on only with the same."""
        ...

    @property
    def is_stateful(self) -> bool:
        """Whether what it finds depends on frames before: it cannot begin midway."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, by their number."""
        ...

    @property
    def view(self) -> DetectorView | None:
        """What it wants to see of each frame; None: nothing."""
        ...

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Take frames, give them back in order with what was found."""
        ...

    def close(self) -> None:
        """Release everything; safe to call twice."""
        ...


class ModelDetections:
    """A neural network, run on several frames side by side."""

    is_stateful = False

    def __init__(
        self,
        choice: DetectorOptions,
        video: VideoStream,
        stride: int,
        progress: DownloadProgress = no_download_progress,
    ) -> None:
        chosen = select_model(choice, progress)
        kind, device, picture = chosen.kind, chosen.device, (video.width, video.height)
        settings = DetectionSettings(
            confidence=choice.confidence,
            iou_threshold=choice.iou_threshold,
            classes=choice.classes,
        )

        def opened(model: Model) -> YoloxDetector:
            return open_detector(
                model,
                settings,
                runtime=kind.name,
                device=device,
                fp16=choice.fp16,
                frame_size=picture,
            )

        may_fit = supports_resizing(kind.name, device, fp16=choice.fp16)
        if choice.input_size is None and may_fit:
            model, first = open_at_best_size(chosen.model, picture, opened)
        else:
            model, first = chosen.model, opened(chosen.model)
        ready = [first]
        self.open_one = partial(opened, model)
        """Opens one further detector of the kind, the caller's to close."""
        self._detector = ParallelDetector(
            lambda: StridedDetector(ready.pop() if ready else self.open_one(), stride),
            choice.workers or chosen.workers,
        )
        self.class_names = model.spec.classes
        width, height = model.spec.input_size
        self.view = DetectorView(width=width, height=height, pad=model.spec.pad)
        self.fingerprint = f"{model.spec.name} {width}x{height} ({kind.name}, {device})"
        self.title = (
            f"{model.spec.name} {width}x{height} ({kind.name} {kind.version}, "
            f"{device}, {self._detector.workers} at a time)"
        )

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Take frames, give them back in order with what was found."""
        return self._detector.map(frames)

    def close(self) -> None:
        """Release the sessions."""
        self._detector.close()


class MotionDetections:
    """What moves before a fixed camera; remembers, so one frame after the other."""

    is_stateful = True

    def __init__(self, video: VideoStream, stride: int) -> None:
        size = (video.width, video.height)
        detector = motion.MotionDetector(frame_size=size)
        self._detector = StridedDetector(detector, stride)
        self.class_names: tuple[str, ...] = motion.CLASS_NAMES
        width, height = motion.view_size(*size)
        self.view = DetectorView(width=width, height=height)
        self.title = self.fingerprint = f"motion {width}x{height}"

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Take frames, give them back in order with what was found."""
        return detect_in_order(self._detector, frames)

    def close(self) -> None:
        """Forget the background."""
        self._detector.close()


class FileDetections:
    """Detections read from a file, by frame number.

    Args:
        found: detections by frame number, counted from 1.
        title: what to call them.
    """

    view: DetectorView | None = None
    is_stateful = False

    def __init__(
        self,
        found: Mapping[int, Detections],
        title: str,
        class_names: tuple[str, ...] = (),
    ) -> None:
        self._detections = found
        self.title = self.fingerprint = title
        self.class_names = class_names

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Take frames, give them back in order with what the file has for them."""
        for frame in frames:
            yield frame, self._detections.get(frame.index + 1, Detections())

    def close(self) -> None:
        """Nothing to release."""


def open_detection_source(
    choice: DetectorOptions,
    video: VideoStream,
    stride: int,
    read: "Callable[..., Mapping[int, Detections]]",
    progress: DownloadProgress = no_download_progress,
) -> DetectionSource:
    """Open what a run was told to detect with.

    Args:
        choice: what was asked for.
        video: the film to look at.
        stride: see `StridedDetector`.
        read: reads a file of detections.
        progress: told how far a download is.

    Raises:
        AvioError: it cannot be had or opened.
    """
    if choice.detections is not None:
        return FileDetections(read(choice.detections), str(choice.detections))
    if not (video.width and video.height):
        raise InputError("the size of the film's pictures is not known")
    if choice.model == MOTION:
        if choice.classes:
            raise UsageError("motion knows no classes: leave out --classes")
        return MotionDetections(video, stride)
    return ModelDetections(choice, video, stride, progress)
