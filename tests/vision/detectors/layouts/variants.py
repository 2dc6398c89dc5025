"""How models of known boxes take their images, and the frames they are given."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.models.describe import Model, describe_model
from avio_cli.models.description import spec_from_table
from avio_cli.vision.detectors.network import DetectionSettings, preprocess
from tests.vision.detectors.layouts.known_boxes import Case, Known, write_model

PIXEL = (10, 20, 200)
"""Blue, green and red of the first pixel."""
SETTINGS = DetectionSettings(confidence=0.2)


@dataclass(frozen=True)
class Variant:
    """How a model takes its images."""

    resize: str
    size: tuple[int, int]
    frame: tuple[int, int]
    batch: int = 1
    """Images at once; 0 where that, height and width are open."""
    kind: str = "float32"
    planes_last: bool = False
    count: int = 1
    half: bool = False
    """Whether it gives numbers of half precision."""

    def place(self) -> tuple[float, float, float, float]:
        """Scale across and down, and where the frame starts in the input."""
        across, down = (s / f for s, f in zip(self.size, self.frame, strict=True))
        if self.resize == "stretch":
            return across, down, 0, 0
        half = 0.5 if self.resize == "letterbox-center" else 0
        ratio = min(across, down)
        inner = [math.floor(f * ratio + half + 1e-9) for f in self.frame]
        left, top = (
            math.floor((s - i) * half) for s, i in zip(self.size, inner, strict=True)
        )
        return inner[0] / self.frame[0], inner[1] / self.frame[1], left, top


VARIANTS = (
    Variant("letterbox", (160, 128), (640, 360), count=1),
    Variant("letterbox", (320, 192), (333, 777), batch=4, kind="float16", count=300),
    Variant("letterbox-center", (320, 192), (640, 480), kind="uint8", count=300),
    Variant(
        "stretch", (160, 128), (720, 1280), batch=4, kind="uint8", planes_last=True
    ),
    Variant("stretch", (320, 192), (640, 360), planes_last=True, count=0),
)


def every_variant(resize: str) -> Iterator[Variant]:
    """All sizes, batches, types of input and counts; axes and frames take turns."""
    sizes, kinds = ((160, 128), (320, 192)), ("float32", "float16", "uint8")
    frames = ((640, 360), (333, 777), (1920, 1080), (160, 128))
    table = product(sizes, (1, 4, 0), kinds, (0, 1, 300))
    for number, (size, batch, kind, count) in enumerate(table):
        frame, last = frames[number % 4], number // 2 % 2 == 1
        yield Variant(resize, size, frame, batch, kind, last, count)


def placed_boxes(variant: Variant) -> NDArray[np.float64]:
    """Boxes in the frame, which do not overlap."""
    columns, rows = 20, 15
    cell = np.array(variant.frame) / (columns, rows)
    y, x = np.divmod(np.arange(variant.count), columns)
    corner = np.stack((x, y), axis=1) * cell
    return np.concatenate((corner + 0.2 * cell, corner + 0.85 * cell), axis=1)


def description(case: Case, variant: Variant) -> dict[str, Any]:
    raw = variant.kind == "uint8"
    return {
        "schema": 2,
        "layout": case.layout,
        "resize": variant.resize,
        "classes": ["person", "cat", "dog"],
        "color": "rgb",
        "input_size": list(variant.size),
        "scale": 1 if raw else 1 / 255,
        "mean": [0, 0, 0] if raw else [0.1, 0.2, 0.3],
        "std": [1, 1, 1] if raw else [0.5, 0.25, 0.125],
        **case.described,
    }


def build(folder: Path, case: Case, variant: Variant) -> tuple[Model, Known]:
    across, down, left, top = variant.place()
    boxes = placed_boxes(variant) * (across, down, across, down)
    order = np.arange(variant.count)
    numbers = np.array(case.numbers or (0, 1, 2))[order % 3]
    scores = 0.3 + 0.6 * (order + 1) / (variant.count + 1)
    boxes += np.array((left, top, left, top))
    known = Known(
        boxes.astype(np.float32),
        scores.astype(np.float32),
        numbers,
    )
    table, path = description(case, variant), folder / "model.onnx"
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in table.items())
    path.with_suffix(".toml").write_text("".join(lines))
    spec = spec_from_table(table, {"name": "model"})
    view = np.zeros((*variant.size[::-1], 3), np.uint8)
    view[0, 0] = PIXEL
    first = float(preprocess(view, spec)[0, 0, 0, 0].astype(variant.kind))
    expected = 200 if variant.kind == "uint8" else (200 / 255 - 0.1) / 0.5
    assert first == pytest.approx(expected, rel=1e-3)
    write_model(
        path,
        case.encode(known, spec),
        spec,
        first,
        batch=variant.batch,
        kind=variant.kind,
        planes_last=variant.planes_last,
        half=variant.half,
    )
    return describe_model(path), known


def frame_of(variant: Variant) -> Frame:
    image = np.zeros((*variant.frame[::-1], 3), np.uint8)
    view = np.full((*variant.size[::-1], 3), 77, np.uint8)
    view[0, 0] = PIXEL
    return Frame((image,), "bgr24", 0, 0, Fraction(1, 25), view)


def check_found(found: Detections, known: Known, variant: Variant) -> None:
    """The boxes are where they were put, with their scores and classes."""
    order, name = np.argsort(found.scores), str(variant)
    boxes, scores = (0.15, 1e-3) if variant.half else (0.01, 1e-4)
    expected = placed_boxes(variant)
    assert_allclose(found.boxes[order], expected, rtol=0, atol=boxes, err_msg=name)
    assert_allclose(found.scores[order], known.scores, rtol=0, atol=scores)
    assert found.classes[order].tolist() == [i % 3 for i in range(variant.count)], name
