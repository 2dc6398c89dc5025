"""Two results of one run never go to one file, and nothing is lost that was there."""

import os
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from tests.clips import make_clip

ROW = "1,-1,10,20,30,40,0.9\n"
CALLBACK = "def nothing(frame):\n    pass\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current one, with detections and a link to a file that is not there."""
    monkeypatch.chdir(tmp_path)
    Path("det.txt").write_text(ROW)
    Path("link.json").symlink_to("t.jsonl")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "--records t.jsonl --stats t.jsonl",
        "--records t.jsonl --stats ./t.jsonl -y",
        "--records t.jsonl --stats link.json",
        "--records a.csv --records t.jsonl --stats t.jsonl",
    ],
)
def test_statistics_do_not_replace_records(
    words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    assert run(["track", "--detections", "det.txt", *words.split()]) == 2
    assert "is named twice" in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        "-o x.mp4 --stats x.mp4",
        "-o x.mp4 --records x.mp4 --records-format jsonl",
        "--save-detections x.txt --records x.txt",
        "--save-detections x.txt --stats x.txt -y",
    ],
)
def test_results_of_a_video_have_files_of_their_own(
    words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(folder / "a.mp4", frames=5).path
    before = sorted(folder.iterdir())
    assert run(["track", str(clip), "--model", "motion", *words.split()]) == 2
    assert f"{words.split()[1]} is named twice" in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        "--model model.onnx --stats model.onnx",
        "--model model.onnx --records model.onnx --records-format jsonl",
        "--model model.onnx --save-detections model.onnx",
        "--model model.onnx -o model.onnx --preset mkv-h264",
        "--trt model.onnx --stats model.onnx",
        "--model motion --reid model.onnx --stats model.onnx",
        "--model motion --callback draw.py:nothing --stats draw.py",
        "--model motion --callback draw.py:nothing --records draw.py"
        " --records-format jsonl",
    ],
)
def test_results_do_not_replace_a_model_or_a_callback(
    words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(folder / "a.mp4", frames=5).path
    Path("draw.py").write_text(CALLBACK)
    Path("model.onnx").write_bytes(b"weights")
    assert run(["track", str(clip), "-y", *words.split()]) == 1
    assert " is the input itself" in capsys.readouterr().err
    assert Path("draw.py").read_text() == CALLBACK
    assert Path("model.onnx").read_bytes() == b"weights"


@pytest.mark.parametrize("output", ["draw.py", "./draw.py", "link.py"])
def test_a_transcode_does_not_replace_its_own_callback(
    output: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_clip(folder / "a.mp4", frames=5)
    Path("draw.py").write_text(CALLBACK)
    Path("link.py").symlink_to("draw.py")
    words = f"transcode a.mp4 {output} --preset mp4-h264 --callback draw.py:nothing -y"
    assert run(words.split()) == 1
    assert f"{Path(output)} is the input itself" in capsys.readouterr().err
    assert Path("draw.py").read_text() == CALLBACK


def test_statistics_of_the_player_do_not_replace_a_callback(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.mp4").write_bytes(b"x")
    Path("draw.py").write_text(CALLBACK)
    words = "play a.mp4 --callback draw.py:nothing --stats draw.py -y"
    assert run(words.split()) == 2
    assert "draw.py is named twice" in capsys.readouterr().err
    assert Path("draw.py").read_text() == CALLBACK


@pytest.mark.parametrize(
    "words", ["--record r.mkv --stats r.mkv", "--tracks det.txt --stats det.txt -y"]
)
def test_the_player_does_not_replace_what_it_makes_or_reads(
    words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.mp4").write_bytes(b"x")
    assert run(["play", "a.mp4", *words.split()]) == 2
    assert "is named twice" in capsys.readouterr().err
    assert (folder / "det.txt").read_text() == ROW


def test_the_null_device_may_be_named_twice() -> None:
    words = f"--records {os.devnull} --records-format mot --stats {os.devnull}"
    assert run(["track", "--detections", "det.txt", "-q", *words.split()]) == 0
