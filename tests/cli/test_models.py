"""``avio models``: what a file is taken for, and which files there are."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.models.describe import describe
from tests.models.onnx_writer import write_onnx


def test_what_is_shown_can_be_saved_as_the_description(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs, outputs = {"in": (1, 3, 64, 64)}, {"labels": (1, 9, 3), "dets": (1, 9, 4)}
    path = write_onnx(tmp_path / "own.onnx", inputs, outputs)
    assert run(["models", "show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "# inputs: in [1,3,64,64]\n# outputs: labels [1,9,3], dets" in shown
    assert "# detr by the names of its outputs" in shown
    found = describe(path)
    (tmp_path / "own.toml").write_text(
        shown + 'outputs = { boxes = "dets", scores = "labels" }\n'
    )
    described = describe(path)
    assert dict(described.outputs) == {"boxes": "dets", "scores": "labels"}
    assert (described.layout, described.mean) == (found.layout, found.mean)
    assert run(["models", "show", str(path)]) == 0
    assert 'outputs = { boxes = "dets", scores = "labels" }' in capsys.readouterr().out


def test_what_is_no_model_is_an_error(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(["models", "show", str(tmp_path / "gone.onnx")]) == 1
    assert "there is no such model file" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path))
    Path("clip.mp4").touch()
    assert run(["models", "show", "clip.mp4"]) == 2
    assert "clip.mp4 is no model file\nhint: known" in capsys.readouterr().err
    assert run(["models", "show", "yolox-x"]) == 1
    assert "avio models download yolox-x" in capsys.readouterr().err
    assert run(["models", "download", "auto"]) == 2
    assert "did you mean auto" not in capsys.readouterr().err
    path = write_onnx(tmp_path / "a.onnx", {"x": (1, 3, 8, 8)}, {"y": (1, 1000)})
    assert run(["models", "show", str(path)]) == 1
    assert "looks like a classifier" in capsys.readouterr().err


def test_own_models_are_listed_beside_the_known_ones(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AVIO_MODEL_PATH", str(tmp_path))
    for name in ("mine.onnx", "yolox_s.onnx"):
        write_onnx(tmp_path / name, {"x": (1, 3, 8, 8)}, {"y": (1, 1000)})
    assert run(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (own,) = [line for line in lines if "of your own" in line]
    assert own.startswith("mine ")
    assert own.endswith(f"[{tmp_path / 'mine.onnx'}]")


def test_models_that_are_to_be_exported_say_how(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AVIO_MODEL_PATH", str(tmp_path))
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))
    for command in ("download", "path", "show"):
        assert run(["models", command, "RTMDet_tiny"]) == 1
        said = capsys.readouterr().err
        assert "rtmdet-tiny is not published in a format that avio opens" in said
        assert "export it (docs/detectors.md#rtmdet), then --model FILE" in said
    own = write_onnx(
        tmp_path / "rtmdet_tiny.onnx",
        {"input": (1, 3, 640, 640)},
        {"dets": (1, 100, 5), "labels": (1, 100)},
    )
    assert run(["models", "path", "rtmdet-tiny"]) == 0
    assert capsys.readouterr().out == f"{own}\n"
    assert run(["models", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed.count("rtmdet_tiny") == listed.count(f"[{own}]") == 1
    assert "[to be exported: docs/detectors.md#d-fine]" in listed
