"""Tables of boxes give what supervision makes of the same numbers.

Layouts that leave suppression to avio are compared with `Detections.with_nms`, the
others with what supervision reads from results of the same kind. Frames are twice as
wide and three times as high as the input, which they fill.
"""

from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.models.description import complete_spec
from avio_cli.vision.detectors.network import DetectionSettings, NetworkDetector
from tests.vision.detectors.layouts.canned import Canned, Outputs

pytestmark = pytest.mark.reference

SIDE, CLASSES, THRESHOLD = 320, 80, 0.2
SCALE = np.array([2, 3])
Table = NDArray[np.float32]


@pytest.fixture
def supervision() -> Any:
    import supervision

    return supervision


def crowd(seed: int, rows: int = 2100) -> tuple[Table, Table]:
    """Boxes by centre and size, many on top of each other, and a score a class."""
    random = np.random.default_rng(seed)
    things = random.uniform((40, 40, 20, 20), (280, 280, 120, 120), (30, 4))
    boxes = things[random.integers(0, 30, rows)] + random.normal(0, 4, (rows, 4))
    scores = random.uniform(0, 0.1, (rows, CLASSES))
    good = random.choice(rows, 300, replace=False)
    scores[good, random.integers(0, 4, 300)] = random.uniform(0.1, 1, 300)
    return boxes.astype(np.float32), scores.astype(np.float32)


def as_predictions(boxes: Table, scores: Table) -> dict[str, Any]:
    """What Roboflow's inference answers for a frame."""
    sizes = boxes.astype(np.float64) * np.tile(SCALE, 2)
    best, labels = scores.max(axis=1), scores.argmax(axis=1)
    keep = np.flatnonzero(best >= np.float32(THRESHOLD))
    keys = ("x", "y", "width", "height", "confidence", "class_id", "class")
    columns = (*sizes[keep].T.tolist(), best[keep].tolist(), labels[keep].tolist())
    named = zip(*columns, map(str, labels[keep]), strict=True)
    rows = [dict(zip(keys, row, strict=True)) for row in named]
    width, height = SIDE * SCALE
    return {"predictions": rows, "image": {"width": width, "height": height}}


def yolov8(boxes: Table, scores: Table) -> Outputs:
    return {"output0": np.concatenate((boxes, scores), axis=1).T[np.newaxis]}


def transposed_yolov8(boxes: Table, scores: Table) -> Outputs:
    return {"output0": np.concatenate((boxes, scores), axis=1)[np.newaxis]}


def with_objectness(boxes: Table, scores: Table) -> Outputs:
    best = scores.max(axis=1, keepdims=True)
    table = np.concatenate((boxes, np.sqrt(best), scores / np.sqrt(best)), axis=1)
    return {"output": table[np.newaxis]}


def found_by_avio(layout: str, outputs: Outputs, **settings: Any) -> Detections:
    """The best first."""
    names = tuple(map(str, range(CLASSES)))
    described = {"name": layout, "input_size": (SIDE, SIDE), "classes": names}
    spec = complete_spec({**described, "layout": layout, "resize": "stretch"})
    wanted = DetectionSettings(confidence=THRESHOLD, **settings)
    width, height = SIDE * SCALE
    image, view = (
        np.zeros((height, width, 3), np.uint8),
        np.zeros((SIDE, SIDE, 3), np.uint8),
    )
    frame = Frame((image,), "bgr24", 0, 0, Fraction(1, 25), view)
    found = NetworkDetector(Canned(outputs), spec, wanted).detect(frame)
    return found[np.argsort(-found.scores, kind="stable")]


def check_same(found: Detections, expected: Any) -> None:
    """The same boxes, whose scores all differ."""
    order = np.argsort(-expected.confidence, kind="stable")
    assert len(found) == len(order)
    assert_allclose(found.boxes, expected.xyxy[order], rtol=0, atol=1e-3)
    assert_allclose(found.scores, expected.confidence[order], rtol=0, atol=1e-6)
    assert found.classes.tolist() == expected.class_id[order].tolist()


@pytest.mark.parametrize(
    ("layout", "express"),
    [
        ("yolov8", yolov8),
        ("yolov8", transposed_yolov8),
        ("yolov5", with_objectness),
        ("yolox-decoded", with_objectness),
    ],
)
@pytest.mark.parametrize("overlap", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("agnostic", [False, True])
def test_boxes_that_overlap_a_better_one_are_dropped_as_by_supervision(
    layout: str,
    express: Callable[[Table, Table], Outputs],
    overlap: float,
    agnostic: bool,
    supervision: Any,
) -> None:
    for seed in range(10):
        boxes, scores = crowd(seed)
        found = found_by_avio(
            layout,
            express(boxes, scores),
            iou_threshold=overlap,
            class_agnostic=agnostic,
        )
        every = supervision.Detections.from_inference(as_predictions(boxes, scores))
        expected = every.with_nms(overlap, class_agnostic=agnostic)
        assert 20 < len(expected) < len(every)
        check_same(found, expected)


class Instances(dict[str, Any]):
    """Results of MMDetection: attributes, and the keys that there are."""

    __getattr__ = dict.__getitem__


def _parts(seed: int) -> tuple[Table, Table, NDArray[np.int64]]:
    """Corners in the input, scores and labels of boxes that a model has selected."""
    boxes, scores = (part[:300] for part in crowd(seed))
    corners = np.concatenate(
        (boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2), axis=1
    )
    return corners, scores.max(axis=1), scores.argmax(axis=1)


def _in_frame(corners: Table) -> Table:
    return corners * np.tile(SCALE, 2).astype(np.float32)


def read_table(supervision: Any, seed: int) -> tuple[Outputs, Any]:
    corners, scores, labels = _parts(seed)
    boxes = SimpleNamespace(xyxy=_in_frame(corners), conf=scores, cls=labels, id=None)
    names = {number: str(number) for number in range(CLASSES)}
    results = SimpleNamespace(boxes=boxes, masks=None, obb=None, names=names)
    table = np.column_stack((corners, scores, labels)).astype(np.float32)
    read = supervision.Detections.from_ultralytics(results)
    return {"output0": table[np.newaxis]}, read


def read_scored(supervision: Any, seed: int) -> tuple[Outputs, Any]:
    import torch

    corners, scores, labels = _parts(seed)
    parts = {"bboxes": _in_frame(corners), "scores": scores, "labels": labels}
    tensors = Instances({name: torch.from_numpy(part) for name, part in parts.items()})
    read = supervision.Detections.from_mmdetection(
        SimpleNamespace(pred_instances=tensors)
    )
    dets = np.column_stack((corners, scores))
    return {"dets": dets[np.newaxis], "labels": labels[np.newaxis]}, read


@pytest.mark.parametrize(
    ("layout", "read"), [("yolo-e2e", read_table), ("mmdet", read_scored)]
)
def test_selected_boxes_are_those_that_supervision_reads(
    layout: str,
    read: Callable[[Any, int], tuple[Outputs, Any]],
    supervision: Any,
) -> None:
    for seed in range(5):
        outputs, expected = read(supervision, seed)
        wanted = expected[expected.confidence >= THRESHOLD]
        assert len(wanted) > 10
        check_same(found_by_avio(layout, outputs), wanted)
