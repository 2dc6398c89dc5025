"""Detectors of the YOLOX family: preprocessing, and decoding of their output.

The algorithm is that of YOLOX (Ge et al., arXiv:2107.08430): one box for each cell of
three grids, no anchor boxes; a score is objectness times the best class.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.errors import InputError
from avio_cli.media.frame import Frame
from avio_cli.models.spec import ModelSpec
from avio_cli.protocols import Runtime
from avio_cli.vision.boxes import Letterbox, suppress, suppress_by_class


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


class YoloxDetector:
    """Find objects in the views of frames; satisfies `avio_cli.protocols.Detector`.

    Not for use by several threads at once: see `avio_cli.vision.detectors.parallel`.

    Args:
        runtime: the opened model; closed with the detector.
        spec: its preprocessing and output.
        settings: which boxes are kept.
        frame_size: width and height to which boxes are scaled back; (0, 0) for each
            frame's own. Needed where frames are read without their full planes.

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
    ) -> None:
        self.spec = spec
        self._settings = settings or DetectionSettings()
        self.runtime = runtime
        self._frame_size = frame_size
        self._grid = Grid.of(spec)
        self._class_ids = spec.class_indices(self._settings.classes)

    def detect(self, frame: Frame) -> Detections:
        """Find objects in ``frame.view``; boxes are in pixels of the full frame.

        Raises:
            ValueError: the view is not of the model's input size.
            InputError: the output does not match the model's description.
        """
        return self.decode(self.runtime.run(preprocess(frame.view, self.spec)), frame)

    def decode(self, output: NDArray[np.float32], frame: Frame) -> Detections:
        """Decode the model's output for a frame into boxes.

        Args:
            output: float32 (1, anchors, 5 + classes).
            frame: whose size counts where none was given.

        Raises:
            InputError: it does not match the model's description.
        """
        self._check(output)
        width, height = self._frame_size
        size = (width or frame.width, height or frame.height)
        return self._detections(output[0], Letterbox(*size, *self.spec.input_size))

    def warm_up(self) -> None:
        """Run the model once, on an empty image.

        Raises:
            InputError: it does not run at its input size, or the output does not match
                its description.
        """
        width, height = self.spec.input_size
        try:
            output = self.runtime.run(np.zeros((1, 3, height, width), np.float32))
        except MemoryError as error:
            raise InputError(
                f"{self.spec.name}: there is not enough memory for its input of "
                f"{width}x{height}"
            ) from error
        self._check(output)

    def close(self) -> None:
        """Release the model; safe to call twice."""
        self.runtime.close()

    def _check(self, output: NDArray[np.float32]) -> None:
        if output.shape[1:] != (self.spec.anchors, self.spec.columns):
            raise InputError(
                f"{self.spec.name}: its output is {output.shape[1:]}, not "
                f"{(self.spec.anchors, self.spec.columns)}",
                hint="strides or classes of its description do not fit the model",
            )

    def _detections(
        self, table: NDArray[np.float32], letterbox: Letterbox
    ) -> Detections:
        settings = self._settings
        rows, scores, classes = candidates(table, settings.confidence, self._class_ids)
        boxes = self._grid.boxes(table[rows, :4], rows, decoded=self.spec.decoded)
        if settings.class_agnostic:
            kept = suppress(boxes, scores, settings.iou_threshold)
        else:
            kept = suppress_by_class(boxes, scores, classes, settings.iou_threshold)
        return Detections(letterbox.to_frame(boxes[kept]), scores[kept], classes[kept])


def preprocess(view: NDArray[np.uint8], spec: ModelSpec) -> NDArray[np.float32]:
    """Turn a view into the model's input.

    Args:
        view: uint8 (H, W, 3) bgr24, of the model's input size, already padded.
        spec: the model's preprocessing.

    Returns:
        float32 (1, 3, H, W), a fresh array.

    Raises:
        ValueError: the view has another size.
    """
    width, height = spec.input_size
    if view.shape != (height, width, 3):
        raise ValueError(
            f"{spec.name} needs a view of {width}x{height}, not of shape {view.shape}"
        )
    planes = view[..., ::-1] if spec.color == "rgb" else view
    batch = np.empty((1, 3, height, width), np.float32)
    batch[0] = planes.transpose(2, 0, 1)
    if spec.scale != 1:
        batch *= np.float32(spec.scale)
    for plane, mean, std in zip(batch[0], spec.mean, spec.std, strict=True):
        if (mean, std) != (0, 1):
            plane -= np.float32(mean)
            plane /= np.float32(std)
    return batch


def candidates(
    table: NDArray[np.float32], confidence: float, wanted: Sequence[int] = ()
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Select the rows that are worth decoding.

    No score is above its objectness, so most rows are dropped before their classes are
    read.

    Args:
        table: float32 (anchors, 5 + classes): box, objectness, classes.
        confidence: lowest score.
        wanted: columns of the classes to keep; empty for all.

    Returns:
        Row numbers int64 (n,), scores float32 (n,) and best classes int64 (n,).
    """
    rows = np.flatnonzero(table[:, 4] >= confidence)
    picked = table[rows]
    classes = picked[:, 5:].argmax(axis=1)
    scores = picked[:, 4] * picked[np.arange(len(rows)), 5 + classes]
    keep = scores >= confidence
    if wanted:
        keep &= np.isin(classes, wanted)
    return rows[keep], scores[keep], classes[keep]


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a model's output, row by row."""

    cells: NDArray[np.float32]
    """(anchors, 2): column and row of each cell in its grid."""
    strides: NDArray[np.float32]
    """(anchors, 1): pixels a cell."""

    @classmethod
    def of(cls, spec: ModelSpec) -> "Grid":
        """The grids of a model at its input size, in the order of its strides."""
        width, height = spec.input_size
        shapes = [(height // stride, width // stride) for stride in spec.strides]
        cells = [np.indices(shape)[::-1].reshape(2, -1).T for shape in shapes]
        strides = np.repeat(spec.strides, [len(part) for part in cells])
        return cls(
            np.concatenate(cells).astype(np.float32),
            strides.astype(np.float32)[:, np.newaxis],
        )

    def boxes(
        self, raw: NDArray[np.float32], rows: NDArray[np.int64], *, decoded: bool
    ) -> NDArray[np.float32]:
        """Boxes of some rows, in pixels of the model's input.

        Args:
            raw: float32 (n, 4): centre and size; in pixels if decoded, else the
                centre's offset from its cell in cells, and the logarithm of the size
                in cells.
            rows: int64 (n,): which rows of the output they are.
            decoded: which of the two.

        Returns:
            float32 (n, 4): x1 y1 x2 y2.
        """
        centres, sizes = raw[:, :2], raw[:, 2:]
        if not decoded:
            centres = (centres + self.cells[rows]) * self.strides[rows]
            sizes = np.exp(sizes) * self.strides[rows]
        return np.concatenate((centres - sizes / 2, centres + sizes / 2), axis=1)
