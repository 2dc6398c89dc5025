from dataclasses import replace
from typing import Any

import pytest

from avio_cli.errors import UsageError
from avio_cli.models.description import spec_from_table, table_of
from avio_cli.models.spec import ModelSpec

SPEC = ModelSpec(name="one", input_size=(96, 64), classes=("person", "car"))


def test_rows_and_columns_are_those_of_a_yolox_head() -> None:
    assert SPEC.anchors == 12 * 8 + 6 * 4 + 3 * 2
    assert SPEC.columns == 7
    assert replace(SPEC, input_size=(416, 416)).anchors == 3549


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"input_size": (100, 64)}, "input_size 100x64"),
        ({"input_size": (0, 64)}, "input_size"),
        ({"strides": ()}, "strides"),
        ({"strides": (8, 0)}, "strides"),
        ({"color": "rgba"}, "color"),
        ({"classes": ()}, "classes"),
        ({"classes": ("car", "car")}, "classes"),
        ({"pad": 256}, "pad"),
        ({"scale": 0.0}, "scale"),
        ({"std": (1.0, 0.0, 1.0)}, "std"),
        ({"mean": (float("nan"), 0.0, 0.0)}, "finite"),
    ],
)
def test_nonsense_is_refused_by_name(change: dict[str, Any], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        replace(SPEC, **change)


def test_the_written_form_reads_back_to_the_same() -> None:
    spec = replace(SPEC, color="rgb", scale=1 / 255, mean=(0.1, 0.2, 0.3))
    spec = replace(spec, layout="detr", outputs=(("boxes", "dets"),), nms=False)
    assert spec_from_table(table_of(spec), {}) == spec


def test_a_misspelt_key_is_refused_with_the_near_match() -> None:
    with pytest.raises(ValueError, match="'colour'; did you mean color"):
        spec_from_table({**table_of(SPEC), "colour": "rgb"}, {})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": 3}, "schema must be 1 or 2, not 3"),
        ({"mean": [1, 2]}, "mean must be 3 numbers"),
        ({"mean": 0.5}, "mean must be a list of numbers"),
        ({"input_size": [64.5, 64]}, "input_size must be a list of whole numbers"),
        ({"pad": True}, "pad must be made of whole numbers"),
        ({"nms": 1}, "nms must be made of true or false"),
        ({"outputs": ["dets"]}, "outputs must be a table"),
        ({"class_ids": [1]}, "class_ids must be 2 numbers"),
        ({"classes": "person"}, "classes must be a list of strings"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    change: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        spec_from_table({**table_of(SPEC), **change}, {})


def test_what_is_left_out_comes_from_the_defaults() -> None:
    defaults = {"name": "x", "input_size": (64, 64), "classes": ("a",)}
    assert spec_from_table({"schema": 1}, defaults).classes == ("a",)
    with pytest.raises(ValueError, match="classes is missing"):
        spec_from_table({"schema": 1, "input_size": [64, 64]}, {"name": "x"})


def test_another_input_size_must_fit_the_strides() -> None:
    assert SPEC.resized((768, 576)).input_size == (768, 576)
    with pytest.raises(UsageError, match="multiples of 32") as caught:
        SPEC.resized((770, 10))
    assert caught.value.hint == "try 768x32"


def test_classes_are_found_by_name() -> None:
    assert SPEC.class_indices(("car", "person")) == (1, 0)
    with pytest.raises(UsageError, match="no class 'cars'") as caught:
        SPEC.class_indices(("cars",))
    assert caught.value.hint == "did you mean car?"


def test_an_input_that_fills_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="65536x65536 has more than 67,108,864 pixels"):
        ModelSpec(name="big", input_size=(65536, 65536), classes=("a",))
