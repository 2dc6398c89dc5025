"""Layouts of DETR's family give what the image processors of transformers give.

Files are declared as exports are, and have no description: what avio assumes of them is
compared, preprocessing too. Boxes of the same tensors are compared in pixels of frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.models.describe import describe
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.network import (
    DetectionSettings,
    NetworkDetector,
    preprocess,
)
from tests.models.onnx_writer import Shape, write_onnx
from tests.vision.detectors.layouts.canned import Canned

pytestmark = pytest.mark.reference

QUERIES, WIDTH, HEIGHT = 300, 320, 256
FRAMES = ((1920, 1080), (333, 777))
HUGGING_FACE, AUTHORS = ("pred_boxes", "logits"), ("dets", "labels")


@dataclass(frozen=True)
class Family:
    """Detectors that transformers has an image processor for."""

    processor: str
    columns: int
    names: tuple[str, str] = HUGGING_FACE
    """Of the outputs with boxes and with numbers that become scores."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of its post-processing."""


EVERY = {"top_k": 100 * QUERIES}
FAMILIES = {
    "RT-DETR, D-FINE, DEIM": Family("RTDetrImageProcessor", 80),
    "trained on three classes": Family("RTDetrImageProcessor", 3),
    "RF-DETR": Family("RfDetrImageProcessor", 91, AUTHORS, EVERY),
    "RF-DETR, Hugging Face": Family("RfDetrImageProcessor", 91, options=EVERY),
    "Deformable DETR": Family("DeformableDetrImageProcessor", 91, options=EVERY),
    "Conditional DETR": Family("ConditionalDetrImageProcessor", 91, options=EVERY),
    "DETR": Family("DetrImageProcessor", 92),
    "YOLOS": Family("YolosImageProcessor", 92),
}


@pytest.fixture
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture
def processor(family: Family) -> Any:
    """As it is where no repository of a model says otherwise."""
    import transformers

    return getattr(transformers, family.processor)()


@pytest.fixture
def spec(family: Family, tmp_path: Path) -> ModelSpec:
    """What avio takes a file of this family for."""
    inputs: Mapping[str, Shape] = {"input": (1, 3, HEIGHT, WIDTH)}
    shapes = ((1, QUERIES, 4), (1, QUERIES, family.columns))
    outputs = dict(zip(family.names, shapes, strict=True))
    return describe(write_onnx(tmp_path / "own.onnx", inputs, outputs))


each_family = pytest.mark.parametrize("family", FAMILIES, indirect=True)


@each_family
def test_images_are_prepared_as_transformers_does(
    spec: ModelSpec, processor: Any
) -> None:
    view = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    rgb = np.ascontiguousarray(view[..., ::-1])
    made = processor(rgb, do_resize=False, return_tensors="pt")["pixel_values"]
    assert_allclose(preprocess(view, spec), made.numpy(), rtol=0, atol=2e-6)


def random_outputs(
    family: Family, spec: ModelSpec, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Boxes and logits; columns of no class score next to nothing, as if trained."""
    random = np.random.default_rng(seed)
    boxes = random.uniform(0, 1, (1, QUERIES, 4))
    logits = np.full((1, QUERIES, family.columns), -30.0)
    logits[..., spec.numbers] = random.normal(-8, 1, (QUERIES, len(spec.numbers)))
    good = random.choice(QUERIES, 100, replace=False)
    for _ in range(2):  # so that some queries have two classes
        logits[0, good, random.choice(spec.numbers, 100)] = random.normal(0, 2, 100)
    if spec.background == "last":
        logits[0, :, -1] = random.normal(0, 2, QUERIES)
    return boxes.astype(np.float32), logits.astype(np.float32)


def found_by_transformers(
    processor: Any, boxes: NDArray[Any], logits: NDArray[Any], size: Any, **options: Any
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Boxes, scores and labels for one frame, the best first."""
    import torch

    outputs = SimpleNamespace(
        logits=torch.from_numpy(logits), pred_boxes=torch.from_numpy(boxes)
    )
    (found,) = processor.post_process_object_detection(
        outputs, target_sizes=[size[::-1]], **options
    )
    order = np.argsort(-found["scores"].numpy(), kind="stable")
    return tuple(found[key].numpy()[order] for key in ("boxes", "scores", "labels"))


def frame_of(size: tuple[int, int]) -> Frame:
    image = np.zeros((*size[::-1], 3), np.uint8)
    view = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    return Frame((image,), "bgr24", 0, 0, Fraction(1, 25), view)


def best_first(found: Detections) -> Detections:
    return found[np.argsort(-found.scores, kind="stable")]


@each_family
@pytest.mark.parametrize("size", FRAMES, ids=str)
@pytest.mark.parametrize("threshold", [0.05, 0.5])
def test_boxes_are_those_of_transformers(
    family: Family,
    spec: ModelSpec,
    processor: Any,
    size: tuple[int, int],
    threshold: float,
) -> None:
    for seed in range(20):
        boxes, logits = random_outputs(family, spec, seed)
        outputs = dict(zip(family.names, (boxes, logits), strict=True))
        settings = DetectionSettings(confidence=threshold)
        detector = NetworkDetector(Canned(outputs), spec, settings)
        found = best_first(detector.detect(frame_of(size)))
        expected, scores, labels = found_by_transformers(
            processor, boxes, logits, size, threshold=threshold, **family.options
        )
        # It can give a query's box again, with a lower score and another class.
        first = np.sort(np.unique(expected, axis=0, return_index=True)[1])
        assert 20 < len(first) <= len(expected)
        assert_allclose(found.boxes, expected[first], rtol=0, atol=1e-3)
        assert_allclose(found.scores, scores[first], rtol=0, atol=1e-6)
        numbers = np.array(spec.numbers)[found.classes]
        assert numbers.tolist() == labels[first].tolist()


@pytest.mark.parametrize("family", ["RT-DETR, D-FINE, DEIM"], indirect=True)
@pytest.mark.parametrize("size", FRAMES, ids=str)
def test_boxes_of_a_model_that_ends_with_it_are_those_of_the_frame(
    family: Family,
    spec: ModelSpec,
    processor: Any,
    size: tuple[int, int],
    tmp_path: Path,
) -> None:
    boxes, logits = random_outputs(family, spec, 3)
    made = found_by_transformers(processor, boxes, logits, (WIDTH, HEIGHT), threshold=0)
    names = ("boxes", "scores", "labels")
    outputs = {name: part[None] for name, part in zip(names, made, strict=True)}
    inputs = {"images": ("N", 3, HEIGHT, WIDTH), "orig_target_sizes": ("N", 2)}
    declared: Mapping[str, Shape] = {k: ("N", *a.shape[1:]) for k, a in outputs.items()}
    described = describe(write_onnx(tmp_path / "post.onnx", inputs, declared))
    assert described.layout == "detr-post"
    settings = DetectionSettings(confidence=0.3)
    detector = NetworkDetector(Canned(outputs), described, settings)
    found = best_first(detector.detect(frame_of(size)))
    expected, scores, labels = found_by_transformers(
        processor, boxes, logits, size, threshold=0.3
    )
    assert len(labels) > 20
    assert_allclose(found.boxes, expected, rtol=0, atol=1e-3)
    assert_allclose(found.scores, scores, rtol=0, atol=1e-6)
    assert found.classes.tolist() == labels.tolist()
