"""Sources of detections: a model, motion, or a file; one interface."""

from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from typing import Protocol

from avio_cli.decode.settings import DetectorView
from avio_cli.detections import Detections
from avio_cli.errors import InputError, UsageError
from avio_cli.jobs.track.input_size import open_at_best_size, supports_resizing
from avio_cli.jobs.track.job_parts import MOTION, DetectorOptions
from avio_cli.jobs.track.model_choice import select_model
from avio_cli.jobs.track.resuming.fingerprint import (
    model_digest,
    named_file,
    spec_digest,
)
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.models.describe import Model
from avio_cli.models.spec import ModelSpec
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.records.detections import choose_detections
from avio_cli.vision.detectors import motion
from avio_cli.vision.detectors.network import DetectionSettings, NetworkDetector
from avio_cli.vision.detectors.parallel import ParallelDetector, open_detector
from avio_cli.vision.detectors.plausibility import FirstLook
from avio_cli.vision.trackers.step import StridedDetector, detect_in_order

Detected = Generator[tuple[Frame, Detections], None, None]
"""Frames and their detections, in the frames' order; close it to stop early."""


class DetectionSource(Protocol):
    """Detect objects in a stream of frames."""

    @property
    def title(self) -> str:
        """A description for users: model, runtime, workers."""
        ...

    @property
    def fingerprint(self) -> str:
        """What determines its boxes: a run can be resumed only with the same."""
        ...

    @property
    def is_stateful(self) -> bool:
        """Whether detections depend on earlier frames: it cannot start midway."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, by their number."""
        ...

    @property
    def view(self) -> DetectorView | None:
        """The view that it needs of each frame; None: none."""
        ...

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Yield the frames in order with their detections."""
        ...

    def close(self) -> None:
        """Release everything; safe to call twice."""
        ...


class ModelDetections:
    """A neural network, run on several frames in parallel."""

    is_stateful = False

    def __init__(
        self,
        choice: DetectorOptions,
        video: VideoStream,
        stride: int,
        progress: DownloadProgress = no_download_progress,
    ) -> None:
        chosen = select_model(choice, progress)
        kind, device, size = chosen.kind, chosen.device, (video.width, video.height)
        settings = DetectionSettings(
            confidence=choice.confidence,
            iou_threshold=choice.iou_threshold,
            classes=choice.classes,
        )

        self._look = look = FirstLook(chosen.model.spec.name)

        def opened(model: Model) -> NetworkDetector:
            return open_detector(
                model,
                settings,
                runtime=kind.name,
                device=device,
                fp16=choice.fp16,
                frame_size=size,
                look=look,
            )

        may_fit = supports_resizing(kind.name, device, fp16=choice.fp16)
        if choice.input_size is None and may_fit:
            model, first = open_at_best_size(chosen.model, size, opened)
        else:
            model, first = chosen.model, opened(chosen.model)
        ready = [first]
        self.open_one = partial(opened, model)
        """Open one more detector of the kind; the caller closes it."""
        self._detector = ParallelDetector(
            lambda: StridedDetector(ready.pop() if ready else self.open_one(), stride),
            choice.workers or chosen.workers,
            newest=choice.newest,
        )
        self.class_names = model.spec.classes
        spec = model.spec
        width, height = spec.input_size
        self.view = view_of(spec)
        taken = "".join(f", {remark}" for remark in model.remarks)
        self.fingerprint = (
            f"{model.spec.name} {width}x{height} ({kind.name}, {device}, "
            f"{model_digest(model.path)}, {spec_digest(spec)})"
        )
        self.title = (
            f"{model.spec.name} {width}x{height} ({kind.name} {kind.version}, "
            f"{device}, {self._detector.workers} at a time{taken})"
        )

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Yield the frames in order with their detections."""
        yield from self._detector.map(frames)
        self._look.finish()

    def close(self) -> None:
        """Release the sessions."""
        self._detector.close()


def view_of(spec: ModelSpec) -> DetectorView:
    """The view that a model needs of each frame."""
    width, height = spec.input_size
    return DetectorView(width=width, height=height, pad=spec.pad, resize=spec.resize)


class MotionDetections:
    """What moves in front of a fixed camera; stateful, so one frame at a time."""

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
        """Yield the frames in order with their detections."""
        return detect_in_order(self._detector, frames)

    def close(self) -> None:
        """Forget the background."""
        self._detector.close()


class FileDetections:
    """Detections read from a file, by frame number.

    Args:
        detections: by frame number, counted from 1.
        title: a description for users.
        fingerprint: what determines the boxes; by default the title.
    """

    view: DetectorView | None = None
    is_stateful = False

    def __init__(
        self,
        detections: Mapping[int, Detections],
        title: str,
        class_names: tuple[str, ...] = (),
        fingerprint: str = "",
    ) -> None:
        self._detections = detections
        self.title, self.fingerprint = title, fingerprint or title
        self.class_names = class_names

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Yield the frames in order with their detections in the file."""
        for frame in frames:
            yield frame, self._detections.get(frame.index + 1, Detections())

    def close(self) -> None:
        """Do nothing."""


def open_detection_source(
    choice: DetectorOptions,
    video: VideoStream,
    stride: int,
    read: "Callable[..., Mapping[int, Detections]]",
    progress: DownloadProgress = no_download_progress,
) -> DetectionSource:
    """Open the detection source of a run.

    Args:
        choice: which model or file.
        video: the video stream.
        stride: see `StridedDetector`.
        read: reads a file of detections.
        progress: called with the progress of a download.

    Raises:
        AvioError: it cannot be downloaded or opened.
    """
    if choice.detections is not None:
        file = choice.detections
        found = choose_detections(read(file), choice.classes, choice.confidence)
        return FileDetections(found, str(file), fingerprint=named_file(file))
    if not (video.width and video.height):
        raise InputError("the frame size of the video is unknown")
    if choice.model == MOTION:
        if choice.classes:
            raise UsageError("motion has no classes: omit --classes")
        return MotionDetections(video, stride)
    return ModelDetections(choice, video, stride, progress)
