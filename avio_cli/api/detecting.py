"""Detect objects in arrays: one image after the other, without a video."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.api.hints import in_python
from avio_cli.api.options import names, share, whole_number
from avio_cli.closing import ClosedOnExit
from avio_cli.decode.settings import DetectorView
from avio_cli.detections import Detections
from avio_cli.errors import UsageError
from avio_cli.jobs.track.detection_source import view_of
from avio_cli.jobs.track.job_parts import MOTION, DetectorOptions
from avio_cli.jobs.track.model_choice import select_model
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.optional import load_opencv
from avio_cli.progress import DownloadProgress, no_download_progress
from avio_cli.vision.detectors import motion
from avio_cli.vision.detectors.network import DetectionSettings
from avio_cli.vision.detectors.parallel import OwnedDetector, open_detector

Model = str | Path
InputSize = tuple[int, int] | None


@in_python()
def load_detector(
    model: Model = "auto",
    *,
    classes: Sequence[str] = (),
    conf: float = 0.1,
    nms: float = 0.5,
    runtime: str = "auto",
    device: str = "auto",
    fp16: bool = False,
    input_size: InputSize = None,
    trt: str = "",
    on_download: DownloadProgress = no_download_progress,
) -> "ArrayDetector":
    """Open a model, downloaded where needed, to detect objects in arrays.

    Args:
        model: a name that ``avio models`` lists, a file, ``auto`` or ``motion``.
        classes: names of the classes to keep; empty for all.
        conf: lowest score.
        nms: overlap above which the lesser of two boxes is dropped.
        runtime: ``auto``, ``onnx``, ``openvino``, ``torch`` or ``tensorrt``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        fp16: whether to compute in half precision.
        input_size: width and height of the model's input; None: its own.
        trt: a TensorRT engine, or ``auto`` for the one built from the model.
        on_download: called with the progress of a download.

    Raises:
        AvioError: it cannot be found, downloaded or run.
    """
    choice = detector_options(
        model,
        classes=classes,
        conf=conf,
        nms=nms,
        runtime=runtime,
        device=device,
        fp16=fp16,
        input_size=input_size,
        trt=trt,
    )
    if choice.model == MOTION:
        return ArrayDetector(motion.MotionDetector(), None, motion.CLASS_NAMES)
    chosen = select_model(choice, on_download)
    settings = DetectionSettings(
        confidence=choice.confidence,
        iou_threshold=choice.iou_threshold,
        classes=choice.classes,
    )
    detector = open_detector(
        chosen.model,
        settings,
        runtime=chosen.kind.name,
        device=chosen.device,
        fp16=choice.fp16,
    )
    spec = chosen.model.spec
    return ArrayDetector(detector, view_of(spec), spec.classes)


def detector_options(
    model: Model,
    *,
    classes: Sequence[str],
    conf: float,
    nms: float,
    runtime: str,
    device: str,
    fp16: bool,
    input_size: InputSize,
    trt: str,
    workers: int = 0,
    detections: Path | None = None,
) -> DetectorOptions:
    """Check the arguments of detection.

    Raises:
        UsageError: one is out of range.
    """
    wanted = names("classes", classes)
    if model == MOTION and wanted:
        raise UsageError("motion has no classes", hint="omit classes")
    return DetectorOptions(
        model=str(model),
        detections=detections,
        trt=str(trt),
        runtime=runtime,
        device=device,
        fp16=fp16,
        input_size=_size(input_size),
        workers=whole_number("workers", workers, least=0),
        classes=wanted,
        confidence=share("conf", conf),
        iou_threshold=share("nms", nms),
    )


def _size(size: InputSize) -> InputSize:
    if size is None:
        return None
    try:
        width, height = (int(side) for side in size)
    except (TypeError, ValueError):
        width = height = 0
    if min(width, height) < 1:
        raise UsageError(f"input_size {size!r} is not (width, height)")
    return width, height


class ArrayDetector(ClosedOnExit):
    """Detects objects in arrays; made by `load_detector`. For one thread.

    Images are scaled by OpenCV here and by ffmpeg in `track`: boxes may differ by
    fractions of a pixel, scores by a hundredth or two.
    """

    def __init__(
        self,
        detector: OwnedDetector | motion.MotionDetector,
        view: DetectorView | None,
        class_names: tuple[str, ...],
    ) -> None:
        self._detector, self._view = detector, view
        self.class_names = class_names
        """By the numbers in ``Detections.classes``."""
        self._count, self._cv2, self._closed = 0, load_opencv(), False

    @in_python()
    def detect(self, image: NDArray[np.uint8] | Frame) -> Detections:
        """Detect objects in an image; boxes are in its pixels.

        Args:
            image: uint8 (H, W, 3) in bgr order, as OpenCV has it, (H, W) grey, or a
                `Frame` in bgr24, rgb24 or gray. The motion detector wants the frames
                of one video in their order.

        Raises:
            UsageError: it is no such image, or the detector is closed.
        """
        if self._closed:
            raise UsageError("the detector is closed", hint="use it in the with block")
        bgr = _bgr(image)
        height, width = bgr.shape[:2]
        view = self._view or _view_of_motion(width, height)
        frame = Frame((bgr,), "bgr24", self._count, self._count, Fraction(1))
        frame.view = self._letterboxed(bgr, view)
        self._count += 1
        return self._detector.detect(frame)

    def close(self) -> None:
        """Release the model; safe to call twice."""
        self._closed = True
        close = getattr(self._detector, "close", None)
        if close is not None:
            close()

    def _letterboxed(
        self, bgr: NDArray[np.uint8], view: DetectorView
    ) -> NDArray[np.uint8]:
        height, width = bgr.shape[:2]
        inner = view.placement(width, height)
        smaller = inner.width < width or inner.height < height
        how = self._cv2.INTER_AREA if smaller else self._cv2.INTER_LINEAR
        boxed = np.full((view.height, view.width, 3), view.pad, np.uint8)
        rows = slice(inner.top, inner.top + inner.height)
        columns = slice(inner.left, inner.left + inner.width)
        size = (inner.width, inner.height)
        boxed[rows, columns] = self._cv2.resize(bgr, size, interpolation=how)
        return boxed


def _view_of_motion(width: int, height: int) -> DetectorView:
    across, down = motion.view_size(width, height)
    return DetectorView(width=across, height=down)


def _bgr(image: Any) -> NDArray[np.uint8]:
    if isinstance(image, Frame):
        layout = PIXEL_FORMATS[image.pixel_format]
        pixels = image.pixels
        if not layout.is_planar and layout.red_first:
            pixels = pixels[..., ::-1]
    else:
        pixels = image
    shape: tuple[int, ...] = getattr(pixels, "shape", ())
    if getattr(pixels, "dtype", None) != np.uint8 or not (
        len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    ):
        raise UsageError(
            "an image must be a uint8 array (H, W, 3) or (H, W), or a frame in bgr24, "
            "rgb24 or gray"
        )
    if not min(shape):
        raise UsageError("an image has at least one pixel")
    coloured = pixels if len(shape) == 3 else np.repeat(pixels[..., None], 3, axis=2)
    return np.ascontiguousarray(coloured)
