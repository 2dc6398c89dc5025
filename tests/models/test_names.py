"""Names of models that are none: URLs are refused, and their passwords never shown."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.models.names import shown
from tests.clips import make_clip

URL = "https://u:se/cret@127.0.0.1:1/x.onnx?token=cret"
COMMANDS = (
    "track CLIP --model motion --reid",
    "track CLIP --model",
    "track CLIP --trt",
    "export --to onnx",
    "models path",
    "models show",
    "models download",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_url_is_no_model_and_is_shown_without_its_password(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = str(make_clip(tmp_path / "a.mp4", frames=2).path)
    words = [clip if word == "CLIP" else word for word in command.split()]
    assert run([*words, URL]) == 2
    said = capsys.readouterr().err
    assert "https://***@127.0.0.1:1/x.onnx?***: a model is a file or a name" in said
    assert "cret" not in said


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["hf:u:cret@x/y.onnx", "HF:u:cret@x/y.engine"])
def test_nor_is_that_of_what_is_nearly_a_name_of_the_hub(
    name: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = str(make_clip(tmp_path / "a.mp4", frames=2).path)
    words = [clip if word == "CLIP" else word for word in command.split()]
    assert run([*words, name]) != 0
    said = capsys.readouterr().err
    assert "cret" not in said
    assert ":***@x/y" in said


@pytest.mark.parametrize(
    "name",
    [
        "hf:owner/repo/dir/file name.onnx@main",
        "C:/models/x@2.onnx",
        "folder/yolox@v1:b.onnx",
        "yolox-tiny",
    ],
)
def test_a_name_without_secrets_is_shown_as_it_is(name: str) -> None:
    assert shown(name) == name
