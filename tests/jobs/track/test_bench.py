"""`avio track --bench`: figures of every installed runtime, reasons for the others."""

import json
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.track.bench import STAGES, Comparison, Measured
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

    record = json.loads(stats.read_text())
    rows = {row["runtime"]: row for row in record["runtimes"]}
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
    speeds = {name: row.get("frames_per_second", 0) for name, row in rows.items()}
    best = max(speeds.values())
    if record["recommended"] == "auto":  # which takes the first one
        assert 1.11 * speeds["onnx"] > best
    else:
        assert speeds[record["recommended"]] == best > 1.09 * speeds["onnx"]


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


def measured(name: str, speed: float) -> Measured:
    """Figures of a runtime; without speed it has none."""
    if not speed:
        return Measured(name, problem="not installed: pip install it")
    return Measured(name, name, speed, dict.fromkeys(STAGES, 1.0))


@pytest.mark.parametrize(
    ("onnx", "openvino", "usual", "recommended", "last"),
    [
        (60, 90, "onnx", "openvino", "--runtime openvino, 1.50 times as fast as onnx"),
        (60, 65, "onnx", "auto", "auto takes onnx: no other is clearly faster"),
        (60, 40, "onnx", "auto", "auto takes onnx: no other is clearly faster"),
        (60, 0, "onnx", "auto", "openvino   not installed: pip install it"),
        (0, 60, "onnx", "openvino", "openvino: --runtime auto takes onnx, which fails"),
        (60, 90, "", "openvino", "--runtime openvino: --runtime auto finds none"),
        (0, 90, None, None, "openvino, 0.0 boxes a frame"),
        (0, 0, "onnx", None, "openvino   not installed: pip install it"),
    ],
    ids=["faster", "same", "slower", "missing", "fails", "no usual", "named", "none"],
)
def test_a_runtime_is_recommended_where_it_is_clearly_faster_than_the_usual_one(
    onnx: float, openvino: float, usual: str | None, recommended: str | None, last: str
) -> None:
    rows = (measured("onnx", onnx), measured("openvino", openvino))
    found = Comparison(100.0, rows, usual)

    assert found.recommended == found.as_record()["recommended"] == recommended
    assert last in list(found.lines())[-1]
