"""Models that give known boxes, in every layout.

Each multiplies its scores by the first number of its input, divided by what that is
after correct preprocessing: a wrong colour, scale, mean or order of axes changes them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.layouts.yolox import Grid
from tests.models.onnx_graph import KINDS, Graph

Floats = NDArray[np.float32]
Arrays = dict[str, tuple[NDArray[Any], NDArray[Any]]]
"""Each output for one image, and where in it scores are (1) or not (0)."""
NOTHING = -20.0
"""A logit whose score is next to 0."""


@dataclass(frozen=True)
class Known:
    """Boxes in pixels of the input, their scores and the model's own classes."""

    boxes: Floats
    scores: Floats
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def centred(self) -> Floats:
        sizes = self.boxes[:, 2:] - self.boxes[:, :2]
        return np.concatenate((self.boxes[:, :2] + sizes / 2, sizes), axis=1)


def _table(known: Known, rows: int, columns: int, first: int) -> Arrays:
    """Centres and sizes, then what `first` says, then a column a class."""
    table, mask = np.zeros((2, rows, columns), np.float32)
    used = np.arange(len(known))
    table[used, :4] = known.centred
    table[used, 4:first] = 1
    table[used, first + known.numbers] = known.scores
    mask[:, first:] = 1
    return {"output": (table, mask)}


def yolox(known: Known, spec: ModelSpec) -> Arrays:
    ((table, mask),) = _table(known, spec.anchors, spec.columns, 5).values()
    grid, used = Grid.of(spec), np.arange(len(known))
    centred, strides = known.centred, grid.strides[used]
    table[used, :2] = centred[:, :2] / strides - grid.cells[used]
    table[used, 2:4] = np.log(centred[:, 2:] / strides)
    return {"output": (table, mask)}


def yolox_decoded(known: Known, spec: ModelSpec) -> Arrays:
    return _table(known, spec.anchors, spec.columns, 5)


def yolov5(known: Known, spec: ModelSpec) -> Arrays:
    return _table(known, 3 * spec.anchors, spec.columns, 5)


def yolov8(known: Known, spec: ModelSpec) -> Arrays:
    arrays = transposed_yolov8(known, spec)
    return {name: (table.T, mask.T) for name, (table, mask) in arrays.items()}


def transposed_yolov8(known: Known, spec: ModelSpec) -> Arrays:
    return _table(known, spec.anchors, 4 + spec.score_columns, 4)


def yolo_e2e(known: Known, spec: ModelSpec) -> Arrays:
    table, mask = np.zeros((2, 300, 6), np.float32)
    table[: len(known), :4] = known.boxes
    table[: len(known), 4] = known.scores
    table[: len(known), 5] = known.numbers
    mask[:, 4] = 1
    return {"output": (table, mask)}


def detr(known: Known, spec: ModelSpec) -> Arrays:
    size = np.array(spec.input_size * 2, np.float32)
    boxes = np.full((300, 4), 0.5, np.float32)
    boxes[: len(known)] = known.centred / size
    logits = np.full((300, spec.score_columns), NOTHING, np.float32)
    rows = np.arange(len(known))
    logits[rows, known.numbers] = np.log(known.scores / (1 - known.scores))
    return {"dets": (boxes, 0 * boxes), "labels": (logits, np.ones_like(logits))}


def _separate(known: Known, rows: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    boxes, scores = np.zeros((rows, 4), np.float32), np.zeros(rows, np.float32)
    labels = np.zeros(rows, np.int64)
    count = len(known)
    boxes[:count], scores[:count], labels[:count] = (
        *(known.boxes, known.scores, known.numbers),
    )
    return boxes, scores, labels


def detr_post(known: Known, spec: ModelSpec) -> Arrays:
    boxes, scores, labels = _separate(known, 300)
    parts = boxes / np.array(spec.input_size * 2, np.float32)
    return {
        "labels": (labels, 0 * labels),
        "boxes": (parts, 0 * parts),  # of the size that the second input states
        "scores": (scores, np.ones_like(scores)),
    }


def mmdet(known: Known, spec: ModelSpec) -> Arrays:
    boxes, scores, labels = _separate(known, max(1, len(known)))
    dets = np.concatenate((boxes, scores[:, np.newaxis]), axis=1)
    mask = np.zeros_like(dets)
    mask[:, 4] = 1
    return {"dets": (dets, mask), "labels": (labels, 0 * labels)}


def nms(known: Known, spec: ModelSpec) -> Arrays:
    boxes, scores, labels = _separate(known, 300)
    scores[len(known) :] = 0.9  # what does not count may be anything
    count = np.array([len(known)], np.int32)
    whole = labels.astype(np.int32)
    return {
        "num_dets": (count, 0 * count),
        "det_boxes": (boxes, 0 * boxes),
        "det_scores": (scores, np.ones_like(scores)),
        "det_classes": (whole, 0 * whole),
    }


@dataclass(frozen=True)
class Case:
    """One layout, and how a model of it is made."""

    layout: str
    encode: Callable[[Known, ModelSpec], Arrays]
    described: Mapping[str, Any] = field(default_factory=dict)
    """What its description has besides."""
    numbers: tuple[int, ...] = ()
    """The model's own numbers of its classes."""


_SPARSE = (1, 3, 90)
"""Numbers as in COCO, which has some that no class uses."""
CASES = {
    "yolox": Case("yolox", yolox),
    "yolox-decoded": Case("yolox-decoded", yolox_decoded),
    "yolov5": Case("yolov5", yolov5),
    "yolov8": Case("yolov8", yolov8),
    "yolov8-transposed": Case("yolov8", transposed_yolov8),
    "yolo-e2e": Case("yolo-e2e", yolo_e2e),
    "detr": Case("detr", detr),
    "detr-91": Case("detr", detr, {"class_ids": list(_SPARSE)}, _SPARSE),
    "detr-post": Case("detr-post", detr_post),
    "mmdet": Case("mmdet", mmdet),
    "nms": Case("nms", nms, {"background": "first"}, (1, 2, 3)),
}


def write_model(
    path: Path,
    arrays: Arrays,
    spec: ModelSpec,
    first: float,
    *,
    batch: int = 1,
    kind: str = "float32",
    planes_last: bool = False,
    half: bool = False,
) -> Path:
    """Write a model that gives these arrays for each image.

    Args:
        first: the first number of an image after correct preprocessing.
        batch: images at once; 0 where that, height and width are open.
        half: whether what it gives has half precision.
    """
    graph, count = Graph(), batch or "N"
    width, height = spec.input_size if batch else ("width", "height")
    planes = (height, width, 3) if planes_last else (3, height, width)
    graph.inputs["images"] = (kind, (count, *planes))
    if spec.form.wants_size:
        graph.inputs["orig_target_sizes"] = ("int64", (count, 2))
    pixel = graph.node("Cast", "images", to=1)
    for axis in (1, 2, 3):
        pixel = graph.slice(pixel, 0, 1, axis)
    gain = graph.node("Div", pixel, graph.constant(np.float32([first])))
    for name, (array, mask) in arrays.items():
        shape = (batch or 1, *array.shape)
        whole = np.ascontiguousarray(np.broadcast_to(array, shape))
        given = "float16" if half and array.dtype.kind == "f" else array.dtype.name
        graph.outputs[name] = (given, (count, *array.shape))
        if array.dtype.kind != "f":
            graph.node("Identity", graph.constant(whole), out=name)
            continue
        shaped = graph.node("Reshape", gain, graph.constant([-1, *[1] * array.ndim]))
        scored = graph.constant(whole * mask)
        made = graph.node("Mul", scored, shaped)
        other = graph.constant(whole * (1 - mask))
        if spec.form.wants_size and name == "boxes":
            other = graph.node("Mul", other, _sizes(graph))
        graph.node("Cast", graph.node("Add", made, other), out=name, to=KINDS[given])
    path.write_bytes(graph.model())
    return path


def _sizes(graph: Graph) -> str:
    size = graph.node("Cast", "orig_target_sizes", to=1)
    twice = graph.node("Concat", size, size, axis=1)
    return graph.node("Reshape", twice, graph.constant([-1, 1, 4]))
