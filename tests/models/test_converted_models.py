"""The engine built from a model is found next to it, or among the models."""

from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.jobs.track.model_choice import find_engine
from avio_cli.models.model_files import export_command
from avio_cli.models.store import ModelStore


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore((tmp_path,), tmp_path / "cache")


def test_the_wrapped_one_next_to_the_weights_comes_first(
    store: ModelStore, tmp_path: Path
) -> None:
    weights = tmp_path / "bytetrack_m_mot17.pth.tar"
    weights.touch()
    names = ("bytetrack_m_mot17_trt.pth", "bytetrack_m_mot17.engine")
    for name in reversed(names):
        (tmp_path / name).touch()
        for model in ("bytetrack-m", str(weights), "auto"):
            assert find_engine(model, store) == tmp_path / name


def test_one_without_its_weights_is_found_by_name(
    store: ModelStore, tmp_path: Path
) -> None:
    (tmp_path / "yolox_s.engine").touch()
    assert find_engine("yolox-s", store) == tmp_path / "yolox_s.engine"
    assert find_engine("auto", store) == tmp_path / "yolox_s.engine"


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("mine.pth", "avio export mine.pth --to tensorrt --fp16"),
        ("my own.pth", "avio export 'my own.pth' --to tensorrt --fp16"),
        ("auto", "avio export bytetrack-m --to tensorrt --fp16"),
    ],
)
def test_where_there_is_none_the_command_is_reported(
    model: str, hint: str, store: ModelStore
) -> None:
    with pytest.raises(InputError, match="there is no TensorRT engine") as caught:
        find_engine(model, store)
    assert caught.value.hint == hint


def test_the_command_names_the_source_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a_trt.pth"
    assert export_command(path).startswith("avio export MODEL --to tensorrt")
    (tmp_path / "a.onnx").touch()
    command = export_command(path, (64, 96))
    assert f"avio export {tmp_path / 'a.onnx'} --to" in command
    assert "--input-size 64x96" in command
