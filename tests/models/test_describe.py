import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.models.catalog import CATALOG
from avio_cli.models.classes import COCO_CLASSES
from avio_cli.models.describe import describe
from avio_cli.models.description import table_of
from avio_cli.models.spec import ModelSpec
from tests.models.onnx_writer import write_onnx, write_yolox

RGB = ModelSpec(name="own", input_size=(64, 64), classes=("cat",), color="rgb")


def test_a_description_next_to_the_model_is_used(tmp_path: Path) -> None:
    model = write_yolox(tmp_path / "own.onnx")
    (tmp_path / "own.toml").write_text(
        'schema = 1\ncolor = "rgb"\nclasses = ["cat"]\nscale = 0.5\nmean = [1, 2, 3]\n'
    )
    spec = describe(model)
    assert (spec.name, spec.color, spec.classes) == ("own", "rgb", ("cat",))
    assert (spec.scale, spec.mean, spec.input_size) == (0.5, (1, 2, 3), (64, 64))


def test_metadata_of_the_model_is_believed(tmp_path: Path) -> None:
    metadata = {"avio": json.dumps(table_of(RGB)), "other": "ignored"}
    assert describe(write_yolox(tmp_path / "own.onnx", metadata=metadata)) == RGB


def test_the_description_wins_over_metadata_and_name(tmp_path: Path) -> None:
    metadata = {"avio": json.dumps(table_of(RGB))}
    model = write_yolox(tmp_path / "yolox_nano.onnx", metadata=metadata)
    (tmp_path / "yolox_nano.toml").write_text('schema = 1\nclasses = ["dog"]\n')
    assert describe(model).classes == ("dog",)


def test_only_the_published_file_has_the_licence_of_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_yolox(tmp_path / "yolox_s.onnx", classes=80)
    spec = CATALOG["yolox-s"].spec
    assert describe(model) == replace(spec, input_size=(64, 64), licence="")
    weights = replace(
        CATALOG["yolox-s"].weights[0], sha256=sha256(model.read_bytes()).hexdigest()
    )
    entry = replace(CATALOG["yolox-s"], weights=(weights,))
    monkeypatch.setattr("avio_cli.models.describe.CATALOG", {"yolox-s": entry})
    assert describe(model).licence == "Apache-2.0"


def test_a_file_named_like_a_known_model_is_taken_for_it(tmp_path: Path) -> None:
    model = write_yolox(tmp_path / "bytetrack_s.onnx", side=96)
    spec = describe(model)
    assert spec.color == "rgb"
    assert spec.input_size == (96, 96)


def test_a_known_name_is_no_proof_where_the_columns_differ(tmp_path: Path) -> None:
    spec = describe(write_yolox(tmp_path / "yolox_s.onnx", classes=3))
    assert spec.classes == ("class0", "class1", "class2")


def test_an_output_like_that_of_yolox_gets_its_defaults(tmp_path: Path) -> None:
    spec = describe(write_yolox(tmp_path / "unknown.onnx", classes=80))
    assert spec.classes == COCO_CLASSES
    assert (spec.color, spec.scale, spec.pad, spec.decoded) == ("bgr", 1, 114, False)


@pytest.mark.parametrize("rows", [83, "rows"])
def test_any_other_output_needs_a_description(tmp_path: Path, rows: int | str) -> None:
    path = tmp_path / "unknown.onnx"
    write_onnx(path, {"x": (1, 3, 64, 64)}, {"y": (1, rows, 85)})
    with pytest.raises(InputError, match="has no description") as caught:
        describe(path)
    assert "outputs y [1," in caught.value.message
    assert "unknown.toml" in caught.value.hint


def test_open_sizes_need_only_the_input_size_from_a_description(
    tmp_path: Path,
) -> None:
    path = tmp_path / "open.onnx"
    write_onnx(path, {"x": ("n", 3, "h", "w")}, {"y": ("n", "rows", 85)})
    (tmp_path / "open.toml").write_text("schema = 1\ninput_size = [640, 384]\n")
    assert describe(path).input_size == (640, 384)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("schema = 1\ncolour = 'rgb'", "did you mean color"),
        ("schema = 1\nclasses = ['a', 'b']", "6 columns, not 7"),
        ("schema = 3", "schema must be 1 or 2"),
        ("schema =", "own.toml"),
        ("schema = 1\ninput_size = [65, 64]", "multiples of 32"),
        ("", "schema must be 1 or 2, not None"),
    ],
)
def test_a_wrong_description_is_an_error_that_says_why(
    tmp_path: Path, text: str, says: str
) -> None:
    model = write_yolox(tmp_path / "own.onnx")
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(InputError, match=says):
        describe(model)


@pytest.mark.parametrize("text", ["[" * 50_000, "{", "[]", '{"schema": 1, "x": 0}'])
def test_wrong_metadata_is_an_error(tmp_path: Path, text: str) -> None:
    model = write_yolox(tmp_path / "own.onnx", metadata={"avio": text})
    with pytest.raises(InputError, match="metadata 'avio'"):
        describe(model)


def test_several_outputs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.onnx"
    write_onnx(path, {"x": (1, 3, 64, 64)}, {"a": (1, 84, 6), "b": (1, 84, 6)})
    (tmp_path / "two.toml").write_text('schema = 1\nclasses = ["a"]\n')
    with pytest.raises(InputError, match="its outputs are a, b: which of them"):
        describe(path)


@pytest.mark.parametrize(
    "content", [b"", b"<html><body>404</body></html>", b"\x08\x06\x12\xff\x01a"]
)
@pytest.mark.parametrize("name", ["yolox_nano.onnx", "own.xml"])
def test_what_is_not_a_model_is_an_error(
    tmp_path: Path, content: bytes, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=r"not an (ONNX|OpenVINO) model"):
        describe(tmp_path / name)


def test_a_checkpoint_is_known_by_its_name_alone(tmp_path: Path) -> None:
    path = tmp_path / "bytetrack_x_mot17.pth.tar"
    path.write_bytes(b"weights")
    assert describe(path) == CATALOG["bytetrack-x"].spec


def test_an_openvino_model_is_read_like_an_onnx_one(tmp_path: Path) -> None:
    path = tmp_path / "own.xml"
    path.write_text(
        '<net version="11"><layers>'
        '<layer type="Parameter"><output><port><dim>1</dim><dim>3</dim><dim>64</dim>'
        "<dim>64</dim></port></output></layer>"
        '<layer type="Result"><input><port><dim>1</dim><dim>84</dim><dim>6</dim></port>'
        "</input></layer></layers></net>"
    )
    assert describe(path).classes == ("class0",)


def test_the_real_models_are_understood(shared: Path, tmp_path: Path) -> None:
    models = shared / "models"
    assert describe(models / "yolox_nano.onnx") == CATALOG["yolox-nano"].spec
    copy = tmp_path / "light.onnx"
    shutil.copy(models / "light_person_detector.onnx", copy)
    (tmp_path / "light.toml").write_text('schema = 1\nclasses = ["person"]\n')
    spec = describe(copy)
    assert (spec.input_size, spec.classes) == ((192, 192), ("person",))
    with pytest.raises(InputError, match="has no description"):
        describe(models / "person-reidentification-retail-0288.onnx")
