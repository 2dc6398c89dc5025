"""How models of appearance are fed, and which files are none."""

from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.models.appearance.spec import AppearanceSpec, describe_appearance
from tests.models.onnx_writer import write_onnx, write_yolox

SHAPES = ({"in": (1, 3, 256, 128)}, {"out": (1, 512)})


def test_without_a_description_it_is_fed_as_most_are_trained(tmp_path: Path) -> None:
    spec = describe_appearance(write_onnx(tmp_path / "mine.onnx", *SHAPES))
    assert spec == AppearanceSpec(name="mine", input_size=(128, 256))
    assert (spec.color, spec.scale) == ("rgb", 1 / 255)


def test_open_model_zoo_is_fed_pixels_whatever_its_axes(tmp_path: Path) -> None:
    file = tmp_path / "person-reidentification-retail-0288.onnx"
    spec = describe_appearance(write_onnx(file, {"in": (1, 64, 32, 3)}, SHAPES[1]))
    assert (spec.input_size, spec.color, spec.scale) == ((32, 64), "bgr", 1)
    assert (spec.mean, spec.std) == ((0, 0, 0), (1, 1, 1))


def test_a_description_beside_it_counts_before_its_metadata(tmp_path: Path) -> None:
    inside = {"avio": '{"schema": 2, "color": "bgr", "scale": 1}'}
    file = write_onnx(tmp_path / "mine.onnx", *SHAPES, inside)
    assert describe_appearance(file).color == "bgr"
    (tmp_path / "mine.toml").write_text('schema = 2\nscale = 0.5\nlicence = "MIT"\n')
    spec = describe_appearance(file)
    assert (spec.color, spec.scale, spec.licence) == ("rgb", 0.5, "MIT")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("schema = 1", "schema must be 2"),
        ("schema = 2\nclasses = ['a']", "unknown key 'classes'"),
        ("schema = 2\nmean = [1]", "mean must be 3 numbers"),
        ("schema = 2\nstd = [1, 0, 1]", "std must be above 0"),
        ("schema = 2\ncolor = 'grey'", "color must be bgr or rgb"),
        ("schema = 2\nscale = 'x'", "scale must be made of numbers"),
        ("schema", "mine.toml"),
    ],
)
def test_a_wrong_description_is_named(tmp_path: Path, text: str, why: str) -> None:
    file = write_onnx(tmp_path / "mine.onnx", *SHAPES)
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InputError, match=why):
        describe_appearance(file)


def test_a_detector_is_no_model_of_appearance(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gives no embeddings") as caught:
        describe_appearance(write_yolox(tmp_path / "yolox.onnx"))
    assert "--model" in caught.value.hint
