"""Networks of transformers find the same in avio, exported, without a description."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avio_cli.media.frame import Frame
from avio_cli.models.describe import Model, describe_model
from avio_cli.vision.detectors.network import DetectionSettings
from avio_cli.vision.detectors.parallel import open_detector
from tests.vision.detectors.layouts.random_networks import (
    HEIGHT,
    QUERIES,
    WIDTH,
    d_fine,
    export,
    make,
    rt_detr,
    yolos,
)

pytestmark = [
    pytest.mark.reference,
    pytest.mark.filterwarnings("ignore"),  # exporting warns of all that it assumes
]

Build = Callable[[Any], Any]
FRAME = (1280, 720)


def found_by_transformers(network: Any, processor: Any, view: Any) -> dict[str, Any]:
    """Boxes, scores and labels in the frame, as its users get them."""
    import torch

    rgb = np.ascontiguousarray(view[..., ::-1])
    image = processor(rgb, do_resize=False, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        outputs = network(pixel_values=image)
    (found,) = processor.post_process_object_detection(
        outputs, threshold=0, target_sizes=[FRAME[::-1]]
    )
    return {name: part.numpy() for name, part in found.items()}


@pytest.mark.parametrize(
    ("build", "processor"),
    [
        (rt_detr, "RTDetrImageProcessor"),
        (d_fine, "RTDetrImageProcessor"),
        (yolos, "YolosImageProcessor"),
    ],
)
def test_an_exported_network_finds_what_it_found_before(
    build: Build, processor: str, tmp_path: Path
) -> None:
    import transformers

    network = make(build)
    model = describe_model(export(network, tmp_path / "model.onnx"))
    view = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    expected = found_by_transformers(network, getattr(transformers, processor)(), view)
    for runtime in ("onnx", "openvino"):
        assert share_found(model, view, expected, runtime) >= 0.9, runtime


def share_found(
    model: Model, view: Any, expected: dict[str, Any], runtime: str
) -> float:
    """How many of the expected boxes are found, within 0.05 pixels.

    Of random weights' queries some are nearly as good as others, and only the best are
    looked at: rounding decides.
    """
    detector = open_detector(model, DetectionSettings(confidence=0), runtime=runtime)
    image = np.zeros((*FRAME[::-1], 3), np.uint8)
    found = detector.detect(Frame((image,), "bgr24", 0, 0, Fraction(1, 25), view))
    detector.close()
    assert len(found) == QUERIES
    numbers = np.array(model.spec.numbers)[found.classes]
    known = np.isin(expected["labels"], model.spec.numbers)
    first = np.unique(expected["boxes"], axis=0, return_index=True)[1]
    rows = first[known[first]]  # a query's box can come again, with another class
    assert len(rows) > 10
    apart = np.abs(found.boxes - expected["boxes"][rows, np.newaxis]).max(axis=2)
    apart += np.abs(found.scores - expected["scores"][rows, np.newaxis]) * 100
    apart += numbers != expected["labels"][rows, np.newaxis]
    return float((apart.min(axis=1) < 0.05).mean())
