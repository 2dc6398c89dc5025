"""One detector with its outputs in every layout gives the same tracks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.models.catalog import CATALOG
from avio_cli.models.layouts import LAYOUTS
from avio_cli.vision.detectors.layouts.yolox import Grid
from tests.models.onnx_graph import Graph

ROWS, SIDE = 3549, 416


class Nano(Graph):
    """YOLOX-nano's output, taken apart."""

    def __init__(self) -> None:
        super().__init__()
        grid = Grid.of(CATALOG["yolox-nano"].spec)
        cells, strides = (self.constant(a[None]) for a in (grid.cells, grid.strides))
        xy, wh, self.objectness, self.classes = (
            self.slice("output", *part, 2) for part in ((0, 2), (2, 4), (4, 5), (5, 85))
        )
        centres = self.node("Mul", self.node("Add", xy, cells), strides)
        sizes = self.node("Mul", self.node("Exp", wh), strides)
        self.centred = self.joined(centres, sizes)
        half = self.node("Mul", sizes, self.constant(np.float32([0.5])))
        corners = (self.node("Sub", centres, half), self.node("Add", centres, half))
        self.corners = self.joined(*corners)
        self.scores = self.node("Mul", self.objectness, self.classes)
        self.best = self.node("ReduceMax", self.scores, axes=[2], keepdims=1)
        self.labels = self.node("ArgMax", self.scores, axis=2, keepdims=0)

    def joined(self, *parts: str, axis: int = 2) -> str:
        return self.node("Concat", *parts, axis=axis)

    def give(self, name: str, made: str, *shape: int, kind: str = "float32") -> None:
        self.node("Identity", made, out=name)
        self.outputs[name] = (kind, (1, *shape))

    def flat_best(self) -> str:
        return self.node("Reshape", self.best, self.constant([1, ROWS]))

    def fractions(self) -> str:
        return self.node("Div", self.centred, self.constant(np.float32([SIDE])))


def decoded(graph: Nano) -> None:
    made = graph.joined(graph.centred, graph.objectness, graph.classes)
    graph.give("table", made, ROWS, 85)


def yolov5(graph: Nano) -> None:
    made = graph.joined(graph.centred, graph.objectness, graph.classes)
    graph.give("table", graph.joined(made, made, made, axis=1), 3 * ROWS, 85)


def transposed(graph: Nano) -> None:
    graph.give("table", graph.joined(graph.centred, graph.scores), ROWS, 84)


def yolov8(graph: Nano) -> None:
    made = graph.joined(graph.centred, graph.scores)
    graph.give("table", graph.node("Transpose", made, perm=[0, 2, 1]), 84, ROWS)


def yolo_e2e(graph: Nano) -> None:
    labels = graph.node("Cast", graph.labels, to=1)
    column = graph.node("Reshape", labels, graph.constant([1, ROWS, 1]))
    graph.give("table", graph.joined(graph.corners, graph.best, column), ROWS, 6)


def detr(graph: Nano) -> None:
    ends = (graph.constant(np.array(n, np.float32)) for n in (1e-6, 1 - 1e-6))
    scores = graph.node("Clip", graph.scores, *ends)
    one = graph.constant(np.array(1, np.float32))
    odds = graph.node("Div", scores, graph.node("Sub", one, scores))
    graph.give("dets", graph.fractions(), ROWS, 4)
    graph.give("labels", graph.node("Log", odds), ROWS, 80)


def detr_post(graph: Nano) -> None:
    graph.inputs["orig_target_sizes"] = ("int64", (1, 2))
    size = graph.node("Cast", "orig_target_sizes", to=1)
    scale = graph.joined(size, size, axis=1)
    parts = graph.node("Div", graph.corners, graph.constant(np.float32([SIDE])))
    graph.give("labels", graph.labels, ROWS, kind="int64")
    graph.give("boxes", graph.node("Mul", parts, scale), ROWS, 4)
    graph.give("scores", graph.flat_best(), ROWS)


def mmdet(graph: Nano) -> None:
    graph.give("dets", graph.joined(graph.corners, graph.best), ROWS, 5)
    graph.give("labels", graph.labels, ROWS, kind="int64")


def nms(graph: Nano) -> None:
    count = graph.constant(np.array([[ROWS]], np.int32))
    graph.give("num_dets", count, 1, kind="int32")
    graph.give("det_boxes", graph.corners, ROWS, 4)
    graph.give("det_scores", graph.flat_best(), ROWS)
    classes = graph.node("Cast", graph.labels, to=6)
    graph.give("det_classes", classes, ROWS, kind="int32")


EXPRESSED: dict[str, tuple[str, Callable[[Nano], None]]] = {
    "yolox-decoded": ("yolox-decoded", decoded),
    "yolov5": ("yolov5", yolov5),
    "yolov8": ("yolov8", yolov8),
    "yolov8, transposed": ("yolov8", transposed),
    "yolo-e2e": ("yolo-e2e", yolo_e2e),
    "detr": ("detr", detr),
    "detr-post": ("detr-post", detr_post),
    "mmdet": ("mmdet", mmdet),
    "nms": ("nms", nms),
}


def tracks(video: Path, model: Path, records: Path) -> dict[Any, NDArray[np.float64]]:
    """Boxes by frame and track."""
    options = ["--model", str(model), "--records", str(records), "--quiet"]
    options += ["--classes", "person", "--input-size", f"{SIDE}x{SIDE}"]
    assert run(["track", str(video), *options]) == 0
    rows = (line.split(",") for line in records.read_text().splitlines())
    return {(r[0], r[1]): np.array(r[2:7], np.float64) for r in rows}


@pytest.mark.slow
def test_the_same_detector_gives_the_same_tracks_in_every_layout(
    shared: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    assert {layout for layout, _ in EXPRESSED.values()} | {"yolox"} == set(LAYOUTS)
    source = shared / "models" / "yolox_nano.onnx"
    video = shared / "media" / "TUD-Campus.mp4"
    expected = tracks(video, source, tmp_path / "expected.txt")
    assert len({track for _, track in expected}) > 4
    fed = {"color": "bgr", "scale": 1, "resize": "letterbox", "nms": True}
    for name, (layout, express) in EXPRESSED.items():
        graph = Nano()
        express(graph)
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(graph.added_to(source.read_bytes()))
        fed |= {"mean": [0, 0, 0], "std": [1, 1, 1], "layout": layout}
        names = json.dumps(CATALOG["yolox-nano"].spec.classes)
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in fed.items()]
        path.with_suffix(".toml").write_text(
            f"schema = 2\nclasses = {names}\n" + "".join(lines)
        )
        found = tracks(video, path, tmp_path / f"{name}.txt")
        assert found.keys() == expected.keys(), name
        for key, box in expected.items():
            np.testing.assert_allclose(found[key], box, atol=0.06, err_msg=name)
