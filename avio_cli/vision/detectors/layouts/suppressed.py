"""Detectors that suppress boxes themselves: what is left, as rows.

YOLOv10 and YOLO26 have one table of boxes, scores and classes; the exports of MMDeploy
two outputs; TensorRT's EfficientNMS four, of which the first says how many rows count.
Boxes are corners in pixels of the input.
"""

from typing import Any

from numpy.typing import NDArray

from avio_cli.models.layouts import BOXES, COUNT, LABELS, SCORES, TABLE
from avio_cli.vision.detectors.layouts.candidates import (
    Candidates,
    Floats,
    Tensors,
    Wanted,
)
from avio_cli.vision.detectors.layouts.detr import decode_processed


def decode_table(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``yolo-e2e``: rows of x1 y1 x2 y2 score class."""
    table = tensors[TABLE]
    if table.ndim != 2 or table.shape[1] != 6:
        raise ValueError(f"its output is {table.shape}, not rows of 6 numbers")
    return _rows(table[:, :4], table[:, 4], table[:, 5], wanted)


def decode_scored(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``mmdet``: rows of x1 y1 x2 y2 score, and labels."""
    boxes, labels = tensors[BOXES], tensors[LABELS]
    if boxes.ndim != 2 or boxes.shape[1] != 5 or labels.shape != boxes.shape[:1]:
        raise ValueError(
            f"its outputs are {boxes.shape} and {labels.shape}, not rows of 5 numbers "
            "and as many labels"
        )
    return _rows(boxes[:, :4], boxes[:, 4], labels, wanted)


def decode_counted(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``nms``: how many rows count, boxes, scores and labels."""
    boxes, counts = tensors[BOXES], tensors[COUNT].ravel().tolist()
    number = counts[0] if counts else float("nan")
    if not 0 <= number <= len(boxes):  # nor is NaN
        raise ValueError(f"it counts {number} boxes, and has {len(boxes)}")
    count = int(number)
    return _rows(
        boxes[:count], tensors[SCORES][:count], tensors[LABELS][:count], wanted
    )


def _rows(
    boxes: Floats, scores: Floats, labels: NDArray[Any], wanted: Wanted
) -> Candidates:
    parts = {BOXES: boxes, SCORES: scores, LABELS: labels}
    return decode_processed(parts, wanted)
