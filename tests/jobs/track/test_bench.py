"""`avio track --bench`: figures of every installed runtime, reasons for the others."""

import json
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.vision.runtimes import registry as selection
from tests.clips import make_clip


@pytest.fixture
def clip(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> Path:
    return make_clip(tmp_path / "in.mp4", frames=12).path


@pytest.mark.slow
def test_each_installed_runtime_is_measured_by_stages(
    clip: Path, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stats = tmp_path / "stats.json"
    model = str(shared / "models" / "yolox_nano.onnx")

    status = run(
        ["track", str(clip), "--bench", "--model", model, "--stats", str(stats)]
    )

    rows = {row["runtime"]: row for row in json.loads(stats.read_text())["runtimes"]}
    table = capsys.readouterr().out
    assert status == 0
    assert set(rows) == set(selection.RUNTIMES)
    for name, kind in selection.RUNTIMES.items():
        assert name in table
        if kind.installed and ".onnx" in kind.formats:
            assert rows[name]["frames_per_second"] > 0
            assert all(ms > 0 for ms in rows[name]["stages_ms"].values())
        else:
            assert rows[name]["problem"]


def test_a_model_that_no_runtime_opens_is_an_error(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "broken.onnx"
    model.write_bytes(b"no model")

    status = run(["track", str(clip), "--bench", "--model", str(model)])

    captured = capsys.readouterr()
    assert (status, captured.out) == (1, "")
    assert "broken.onnx" in captured.err


def test_what_is_no_model_cannot_be_measured(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["track", str(clip), "--bench", "--model", "motion"]) == 2
    assert "--bench measures models" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["camera-motion", "tracker-option=camera_motion"])
def test_a_camera_seen_in_the_image_is_not_measured(
    option: str, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["track", str(clip), "--bench", f"--{option}=image"]) == 2
    assert "image does not go with --bench" in capsys.readouterr().err


def test_safe_mode_downloads_no_model_to_measure(
    clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("AVIO_MODEL_PATH", raising=False)
    arguments = ["track", str(clip), "--safe", "--bench", "--model", "yolox-tiny"]
    assert run(arguments) == 1
    assert "safe mode opens no network" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()
