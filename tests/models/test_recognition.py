"""Detectors without a description are recognised by what their file shows."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.models.classes import COCO_CLASSES, COCO_IDS
from avio_cli.models.describe import describe, describe_model
from avio_cli.models.layouts import IMAGENET
from tests.models.onnx_graph import Graph
from tests.models.onnx_writer import Shape, write_onnx

NAMES = "{0: 'person', 1: 'bicycle', 2: \"driver's cab\"}"
YOLO = {"names": NAMES, "task": "detect", "stride": "32", "imgsz": "[320, 640]"}
IMAGE: Mapping[str, Shape] = {"images": (1, 3, 320, 640)}
CELLS = 4200


@pytest.mark.parametrize(
    ("output", "layout"),
    [
        ((1, 7, CELLS), "yolov8"),
        ((1, CELLS, 7), "yolov8"),
        ((1, 7, "anchors"), "yolov8"),
        ((1, 3 * CELLS, 8), "yolov5"),
        ((1, 300, 6), "yolo-e2e"),
    ],
)
def test_ultralytics_exports_say_what_they_are(
    output: Shape, layout: str, tmp_path: Path
) -> None:
    path = write_onnx(tmp_path / "best.onnx", IMAGE, {"output0": output}, YOLO)
    model = describe_model(path)
    spec = model.spec
    assert (spec.layout, spec.classes[2]) == (layout, "driver's cab")
    assert (spec.input_size, spec.color, spec.scale) == ((640, 320), "rgb", 1 / 255)
    assert (spec.resize, spec.nms) == ("letterbox-center", layout != "yolo-e2e")
    assert model.sign == f"{layout} by its metadata"


@pytest.mark.parametrize(
    ("written", "licence"),
    [
        ("AGPL-3.0 License (https://ultralytics.com/license)", "AGPL-3.0"),
        ("Apache-2.0", "Apache-2.0"),
        ("MIT\x1b[2J" + "x" * 300, "MIT[2J" + "x" * 194 + "…"),
        ("MIT (code); CC-BY-NC-4.0 (weights)", "MIT (code); CC-BY-NC-4.0 (weights)"),
        ("(AGPL-3.0)", "(AGPL-3.0)"),
        ("GNU Affero General Public License", "GNU Affero General Public License"),
        ("", ""),
    ],
)
def test_the_licence_is_that_of_the_metadata(
    written: str, licence: str, tmp_path: Path
) -> None:
    metadata = {**YOLO, "license": written}
    path = write_onnx(tmp_path / "a.onnx", IMAGE, {"output0": (1, 7, 4200)}, metadata)
    model = describe_model(path)
    assert model.spec.licence == licence
    assert (f"licence {licence}" in model.remarks) == bool(licence)


def test_a_description_may_correct_the_licence(tmp_path: Path) -> None:
    metadata = {**YOLO, "license": "AGPL-3.0"}
    path = write_onnx(tmp_path / "a.onnx", IMAGE, {"output0": (1, 7, 4200)}, metadata)
    (tmp_path / "a.toml").write_text('schema = 2\nlicence = "Enterprise"\n')
    assert describe(path).licence == "Enterprise"
    (tmp_path / "a.toml").write_text("schema = 2\n")
    assert describe(path).licence == "AGPL-3.0"


def test_an_open_input_size_is_that_of_the_metadata(tmp_path: Path) -> None:
    shape = {"images": (1, 3, "height", "width")}
    path = write_onnx(tmp_path / "a.onnx", shape, {"output0": (1, 7, "n")}, YOLO)
    assert describe(path).input_size == (640, 320)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"task": "segment"}, "it is for segment; only detection"),
        ({"names": "{0: 'a'}"}, r"names 1 classes, which do not fit .*\[1,7,4200\]"),
        ({"names": "__import__('os').getcwd()"}, "'names' cannot be read"),
        ({"names": "[" * 5000}, "'names' cannot be read"),
        ({"names": "{0: 'a', 2: 'b'}"}, "'names' leaves numbers out"),
        ({"names": "3"}, "'names' are no names"),
        ({"imgsz": "[640]"}, "'imgsz' is no size"),
    ],
)
def test_metadata_that_does_not_fit_is_an_error(
    change: dict[str, str], says: str, tmp_path: Path
) -> None:
    metadata = YOLO | change
    path = write_onnx(tmp_path / "a.onnx", IMAGE, {"output0": (1, 7, CELLS)}, metadata)
    with pytest.raises(InputError, match=says) as caught:
        describe(path)
    assert "a.toml" in caught.value.hint


def test_rt_detr_of_ultralytics_is_refused_by_name(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "a.onnx", IMAGE, {"output0": (1, 300, 7)}, YOLO)
    with pytest.raises(InputError, match="looks like RT-DETR as Ultralytics"):
        describe(path)


SQUARE: Mapping[str, Shape] = {"input": (1, 3, 384, 384)}


def test_rf_detr_is_known_by_the_names_of_its_outputs(tmp_path: Path) -> None:
    outputs = {"dets": (1, 300, 4), "labels": (1, 300, 91)}
    model = describe_model(write_onnx(tmp_path / "nano.onnx", SQUARE, outputs))
    spec = model.spec
    assert (spec.layout, spec.activation, spec.resize) == ("detr", "sigmoid", "stretch")
    assert (spec.classes, spec.class_ids) == (COCO_CLASSES, COCO_IDS)
    assert {"mean": spec.mean, "std": spec.std} == IMAGENET
    assert not spec.nms
    assert "by the names of its outputs" in model.sign


def test_names_decide_where_both_outputs_have_four_columns(tmp_path: Path) -> None:
    outputs = {"labels": (1, 300, 4), "dets": (1, 300, 4)}
    spec = describe(write_onnx(tmp_path / "own.onnx", SQUARE, outputs))
    assert spec.classes == ("class0", "class1", "class2", "class3")


def test_rt_detr_and_d_fine_of_hugging_face_have_no_mean(tmp_path: Path) -> None:
    outputs = {"logits": (1, 300, 80), "pred_boxes": (1, 300, 4)}
    spec = describe(write_onnx(tmp_path / "dfine.onnx", SQUARE, outputs))
    assert (spec.layout, spec.mean, spec.class_ids) == ("detr", (0, 0, 0), ())


@pytest.mark.parametrize(
    ("columns", "activation", "background"),
    [(91, "sigmoid", "none"), (92, "softmax", "last")],
)
def test_the_line_of_detr_is_known_by_its_columns(
    columns: int, activation: str, background: str, tmp_path: Path
) -> None:
    outputs = {"logits": (1, 100, columns), "pred_boxes": (1, 100, 4)}
    spec = describe(write_onnx(tmp_path / "detr.onnx", SQUARE, outputs))
    assert (spec.activation, spec.background) == (activation, background)
    assert (spec.classes, spec.class_ids) == (COCO_CLASSES, COCO_IDS)
    assert {"mean": spec.mean, "std": spec.std} == IMAGENET


def test_rt_detr_and_d_fine_are_known_by_their_second_input(tmp_path: Path) -> None:
    inputs = {"images": ("N", 3, 640, 640), "orig_target_sizes": ("N", 2)}
    outputs = {"labels": ("N", 300), "boxes": ("N", 300, 4), "scores": ("N", 300)}
    model = describe_model(write_onnx(tmp_path / "x.onnx", inputs, outputs))
    assert (model.spec.layout, model.spec.resize) == ("detr-post", "stretch")
    assert model.sign.endswith("classes of COCO assumed")


def test_rtmdet_and_efficient_nms_are_known_by_their_outputs(tmp_path: Path) -> None:
    outputs: dict[str, Shape] = {"dets": (1, 100, 5), "labels": (1, 100)}
    spec = describe(write_onnx(tmp_path / "rtmdet.onnx", SQUARE, outputs))
    assert (spec.layout, spec.color, spec.scale) == ("mmdet", "bgr", 1)
    assert spec.mean == (103.53, 116.28, 123.675)
    outputs = {"num_dets": (1, 1), "det_boxes": (1, 100, 4)}
    outputs |= {"det_scores": (1, 100), "det_classes": (1, 100)}
    spec = describe(write_onnx(tmp_path / "end.onnx", SQUARE, outputs))
    assert (spec.layout, spec.nms) == ("nms", False)


@pytest.mark.parametrize(
    ("shape", "layout"),
    [((1, 84, 3024), "yolov8"), ((1, 9072, 85), "yolov5"), ((1, 3024, 85), "yolox")],
)
def test_shapes_alone_show_the_layout(
    shape: Shape, layout: str, tmp_path: Path
) -> None:
    model = describe_model(write_onnx(tmp_path / "a.onnx", SQUARE, {"out": shape}))
    assert (model.spec.layout, model.spec.classes) == (layout, COCO_CLASSES)
    assert model.sign == f"{layout} by the shape of its output"


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((1, 3024, 84), r"looks like YOLOv8, transposed .* or like YOLOX with 79"),
        ((1, 300, 6), r"out \[1,300,6\]; looks like YOLOv10 or YOLO26"),
        ((1, 84, 8400), r"out \[1,84,8400\]; looks like YOLOv8 \(layout"),
        ((1, 1000), "looks like a classifier"),
        ((), "outputs out of unknown shape"),
        ((1, 500, 85), "looks like YOLOX or YOLOv5"),
    ],
)
def test_what_is_not_certain_is_an_error_that_says_what_was_seen(
    shape: Shape, says: str, tmp_path: Path
) -> None:
    path = write_onnx(tmp_path / "a.onnx", SQUARE, {"out": shape})
    with pytest.raises(InputError, match=says) as caught:
        describe(path)
    assert "a.toml" in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("int32", "", "is of int32, not float32, float16"),
        ("uint8", 'layout = "yolov8"\nscale = 0.5', "its input is bytes: scale must"),
    ],
)
def test_an_input_that_cannot_hold_what_is_fed_is_an_error(
    kind: str, text: str, says: str, tmp_path: Path
) -> None:
    graph = Graph({"in": (kind, (1, 3, 64, 64))}, {"out": ("float32", (1, 84, 84))})
    (tmp_path / "a.onnx").write_bytes(graph.model())
    (tmp_path / "a.toml").write_text(f"schema = 2\n{text}\n")
    with pytest.raises(InputError, match=says):
        describe(tmp_path / "a.onnx")


def test_an_input_of_bytes_is_fed_plain_pixels(tmp_path: Path) -> None:
    graph = Graph({"in": ("uint8", (1, 64, 64, 3))}, {"out": ("float32", (1, 7, 84))})
    (tmp_path / "a.onnx").write_bytes(graph.model())
    spec = describe(tmp_path / "a.onnx")
    assert (spec.layout, spec.scale, spec.input_size) == ("yolov8", 1, (64, 64))


def test_a_description_adds_to_what_is_recognised(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "best.onnx", IMAGE, {"output0": (1, 7, CELLS)}, YOLO)
    (tmp_path / "best.toml").write_text('schema = 2\nclasses = ["a", "b", "c"]\n')
    spec = describe(path)
    assert (spec.layout, spec.classes) == ("yolov8", ("a", "b", "c"))
    assert spec.scale == 1 / 255


def test_a_described_layout_has_the_preprocessing_of_its_family(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "a.onnx", SQUARE, {"out": (1, 3024, 84)})
    (tmp_path / "a.toml").write_text('schema = 2\nlayout = "yolov8"\n')
    spec = describe(path)
    assert (spec.classes, spec.color, spec.scale) == (COCO_CLASSES, "rgb", 1 / 255)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('layout = "yolov9"', "unknown layout 'yolov9'; did you mean yolov"),
        ('layout = "detr"\nclasses = ["a"]', "its outputs are out: which of them"),
        ('outputs = { table = "nonesuch" }', "it has no output 'nonesuch', only out"),
        ('outputs = { boxes = "out" }', "outputs of the layout yolox are table"),
        ('background = "yes"', "background must be none or first or last"),
        ('layout = "detr-post"\nclasses = ["a"]', "has 1 inputs"),
    ],
)
def test_a_description_that_does_not_fit_is_an_error(
    text: str, says: str, tmp_path: Path
) -> None:
    path = write_onnx(tmp_path / "a.onnx", SQUARE, {"out": (1, 3024, 85)})
    (tmp_path / "a.toml").write_text(f"schema = 2\n{text}\n")
    with pytest.raises(InputError, match=says):
        describe(path)
