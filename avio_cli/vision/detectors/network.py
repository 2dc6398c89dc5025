"""Detectors that are neural networks: preprocessing, inference, boxes of the frame.

How the outputs of each layout are decoded is in `avio_cli.vision.detectors.layouts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.errors import InputError
from avio_cli.media.frame import Frame
from avio_cli.models.layouts import assign
from avio_cli.models.spec import ModelSpec
from avio_cli.protocols import Runtime
from avio_cli.vision.boxes import Letterbox, suppress, suppress_by_class
from avio_cli.vision.detectors.layouts import detr, suppressed, yolov8, yolox
from avio_cli.vision.detectors.layouts.candidates import (
    Candidates,
    Decode,
    Tensors,
    Wanted,
)
from avio_cli.vision.detectors.plausibility import (
    FAINT,
    FirstLook,
    check_numbers,
    check_valid,
)

DECODERS: Mapping[str, Decode] = MappingProxyType(
    {
        "yolox": yolox.decode_cells,
        "yolox-decoded": yolox.decode_pixels,
        "yolov5": yolox.decode_rows,
        "yolov8": yolov8.decode,
        "yolo-e2e": suppressed.decode_table,
        "detr": detr.decode,
        "detr-post": detr.decode_processed,
        "mmdet": suppressed.decode_scored,
        "nms": suppressed.decode_counted,
    }
)
"""What decodes each layout of `avio_cli.models.layouts.LAYOUTS`."""


Batch = NDArray[np.float32] | NDArray[np.uint8]
"""Views as a runtime takes them: see `avio_cli.protocols.Runtime.run`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """Which of the boxes that a model proposes are kept."""

    confidence: float = 0.1
    """Lowest score. Trackers that match in two stages need the low ones too."""
    iou_threshold: float = 0.5
    """Overlap above which the lesser of two boxes is dropped."""
    classes: tuple[str, ...] = ()
    """Names of the classes to keep; empty for all."""
    class_agnostic: bool = False
    """Whether a box can be dropped for one of another class."""


class NetworkDetector:
    """Find objects in the views of frames; satisfies `avio_cli.protocols.Detector`.

    Not for use by several threads at once: see `avio_cli.vision.detectors.parallel`.

    Args:
        runtime: the opened model; closed with the detector.
        spec: its preprocessing and output.
        settings: which boxes are kept.
        frame_size: width and height to which boxes are scaled back; (0, 0) for each
            frame's own. Needed where frames are read without their full planes.
        look: watches the first frames; one for all detectors of a run.

    Raises:
        UsageError: the model has none of these classes.
    """

    def __init__(
        self,
        runtime: Runtime,
        spec: ModelSpec,
        settings: DetectionSettings | None = None,
        *,
        frame_size: tuple[int, int] = (0, 0),
        look: FirstLook | None = None,
    ) -> None:
        self.spec = spec
        self._settings = settings or DetectionSettings()
        self.runtime = runtime
        self._frame_size = frame_size
        self._look = look or FirstLook(spec.name)
        classes = spec.class_indices(self._settings.classes)
        self._wanted = Wanted(spec, self._settings.confidence, classes)
        self._names: dict[str, str] = {}
        self._batch: NDArray[np.float32] | None = None

    def detect(self, frame: Frame) -> Detections:
        """Find objects in ``frame.view``; boxes are in pixels of the full frame.

        Raises:
            ValueError: the view is not of the model's input size.
            InputError: the output does not match the model's description.
        """
        return self.decode(self.infer(self.prepared(frame.view)), frame)

    def prepared(self, view: NDArray[np.uint8]) -> Batch:
        """What `infer` takes of a view; it is overwritten by the next one's.

        Raises:
            ValueError: the view is not of the model's input size.
        """
        if self.runtime.takes_pixels:
            check_view(view, self.spec)
            return view.transpose(2, 0, 1)[np.newaxis]
        self._batch = preprocess(view, self.spec, self._batch)
        return self._batch

    def infer(self, batch: Batch) -> Mapping[str, NDArray[Any]]:
        """Run the model on prepared views; errors are those of its runtime."""
        if not self.spec.form.wants_size:
            return self.runtime.run(batch)
        # Boxes then come in pixels of the input, whatever the frame's size is.
        size = np.array([self.spec.input_size], np.int64)
        return self.runtime.run(batch, size.repeat(len(batch), axis=0))

    def decode(self, outputs: Mapping[str, NDArray[Any]], frame: Frame) -> Detections:
        """Decode the model's outputs for a frame into boxes.

        Args:
            outputs: those of `infer`, for one image.
            frame: whose size counts where none was given.

        Raises:
            InputError: they do not match the model's description.
        """
        tensors = self._of_one_image(outputs)
        check_numbers(tensors, self.spec)
        if self._look.is_watching:
            faint = Wanted(self.spec, min(FAINT, self._settings.confidence))
            seen = self._candidates(tensors, faint)
            check_valid(seen, self.spec)
            self._look.at(seen, self.spec)
        found = self._candidates(tensors, self._wanted)
        check_valid(found, self.spec)
        width, height = self._frame_size
        size = (width or frame.width, height or frame.height)
        letterbox = Letterbox(*size, *self.spec.input_size, self.spec.resize)
        return self._detections(found, letterbox)

    def warm_up(self) -> None:
        """Run the model once, on an empty image.

        Raises:
            InputError: it does not run at its input size, or the output does not match
                its description.
        """
        width, height = self.spec.input_size
        try:
            outputs = self.infer(self.prepared(np.zeros((height, width, 3), np.uint8)))
        except MemoryError as error:
            raise InputError(
                f"{self.spec.name}: there is not enough memory for its input of "
                f"{width}x{height}"
            ) from error
        self._candidates(self._of_one_image(outputs), self._wanted)

    def close(self) -> None:
        """Release the model; safe to call twice."""
        self.runtime.close()

    def _of_one_image(self, outputs: Mapping[str, NDArray[Any]]) -> Tensors:
        """What the layout consists of, without the axis of images."""
        try:
            if not self._names:
                given = dict(self.spec.outputs)
                self._names = assign(self.spec.form, tuple(outputs), given)
        except ValueError as error:
            raise InputError(f"{self.spec.name}: {error}") from error
        arrays = {content: outputs[name] for content, name in self._names.items()}
        # Exports that suppress boxes for one image may have no axis of images.
        axes = self.spec.form.axes
        return {c: a[0] if a.ndim > axes[c] else a for c, a in arrays.items()}

    def _candidates(self, tensors: Tensors, wanted: Wanted) -> Candidates:
        try:
            return DECODERS[self.spec.layout](tensors, wanted)
        except ValueError as error:
            raise InputError(
                f"{self.spec.name}: {error}",
                hint=f"its description does not fit the model (layout "
                f"{self.spec.layout}): avio models show FILE",
            ) from error

    def _detections(self, found: Candidates, letterbox: Letterbox) -> Detections:
        boxes, scores, classes = found.boxes, found.scores, found.classes
        settings = self._settings
        kept: slice | NDArray[np.intp] = slice(None)
        if self.spec.nms and settings.class_agnostic:
            kept = suppress(boxes, scores, settings.iou_threshold)
        elif self.spec.nms:
            kept = suppress_by_class(boxes, scores, classes, settings.iou_threshold)
        return Detections(letterbox.to_frame(boxes[kept]), scores[kept], classes[kept])


def check_view(view: NDArray[np.uint8], spec: ModelSpec) -> None:
    """Refuse a view that is not of the model's input size.

    Raises:
        ValueError: it has another size.
    """
    width, height = spec.input_size
    if view.shape != (height, width, 3):
        raise ValueError(
            f"{spec.name} needs a view of {width}x{height}, not of shape {view.shape}"
        )


def preprocess(
    view: NDArray[np.uint8], spec: ModelSpec, memory: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Turn a view into the model's input.

    Args:
        view: uint8 (H, W, 3) bgr24, of the model's input size, already padded.
        spec: the model's preprocessing.
        memory: an earlier result, to be overwritten: new pages cost time.

    Returns:
        float32 (1, 3, H, W), a fresh array unless there is memory.

    Raises:
        ValueError: the view has another size.
    """
    check_view(view, spec)
    width, height = spec.input_size
    planes = view[..., ::-1] if spec.color == "rgb" else view
    shape = (1, 3, height, width)
    batch = np.empty(shape, np.float32) if memory is None else memory
    batch[0] = planes.transpose(2, 0, 1)
    if spec.scale != 1:
        batch *= np.float32(spec.scale)
    for plane, mean, std in zip(batch[0], spec.mean, spec.std, strict=True):
        if (mean, std) != (0, 1):
            plane -= np.float32(mean)
            plane /= np.float32(std)
    return batch
