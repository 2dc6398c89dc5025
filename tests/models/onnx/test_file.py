from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avio_cli.models.onnx.file import read_onnx, with_input_size, with_metadata
from avio_cli.models.tensor import Tensor
from tests.models.onnx_writer import write_onnx


def test_shapes_names_and_metadata_are_read(tmp_path: Path) -> None:
    path = write_onnx(
        tmp_path / "a.onnx",
        {"x": ("n", 3, 416, 640), "w": (7,)},
        {"y": (1, "rows", 85)},
        {"key": "välue"},
        weights=["w"],
    )
    inputs, outputs, metadata = read_onnx(path)
    assert inputs == (Tensor("x", (0, 3, 416, 640)),)
    assert outputs == (Tensor("y", (1, 0, 85)),)
    assert metadata == {"key": "välue"}


def test_another_input_size_changes_nothing_else(tmp_path: Path) -> None:
    path = write_onnx(
        tmp_path / "a.onnx",
        {"x": (1, 3, 416, 416)},
        {"y": (1, 3549, 85)},
        {"key": "value"},
        weights=["w"],
    )
    before = path.read_bytes()
    path.write_bytes(with_input_size(before, 768, 576))
    inputs, outputs, metadata = read_onnx(path)
    assert inputs[0].shape == (1, 3, 576, 768)
    assert outputs[0].shape == (1, 0, 85)
    assert metadata == {"key": "value"}


def test_a_real_model_keeps_its_weights_and_loses_stale_shapes(shared: Path) -> None:
    before = (shared / "models" / "yolox_nano.onnx").read_bytes()
    after = with_input_size(before, 640, 352)
    middle = before[len(before) // 3 : len(before) // 2]
    assert middle in after
    assert len(after) < len(before) - 10_000


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_no_model(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        with_input_size(content, 64, 64)


def test_metadata_is_written_in_place_of_what_was_there(tmp_path: Path) -> None:
    path = write_onnx(
        tmp_path / "a.onnx",
        {"in": (1, 3, 64, 64)},
        {"out": (1, 84, 6)},
        {"avio": "old", "author": "someone"},
    )
    path.write_bytes(with_metadata(path.read_bytes(), "avio", "new: ä"))
    inputs, _, metadata = read_onnx(path)
    assert metadata == {"avio": "new: ä", "author": "someone"}
    assert inputs[0].shape == (1, 3, 64, 64)


def test_a_batch_is_declared_too(tmp_path: Path) -> None:
    path = write_onnx(
        tmp_path / "a.onnx", {"in": ("n", 3, 64, 64)}, {"out": ("n", 84, 6)}
    )
    path.write_bytes(with_input_size(path.read_bytes(), 96, 32, batch=4))
    inputs, outputs, _ = read_onnx(path)
    assert inputs[0].shape == (4, 3, 32, 96)
    assert outputs[0].shape == (4, 0, 6)
