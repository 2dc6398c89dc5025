"""What the system refuses is one error line, not a traceback."""

import os
import sys
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as finish
from tests.clips import make_clip

LONG = "n" * 300
USES = {
    "merge": ("a.mkv", "a.mkv", f"{LONG}.mp4"),
    "transcode": ("a.mkv", "out.mkv", "--callback", f"{LONG}.py:f"),
    "play": ("a.mkv", "--record-dir", LONG),
    "track": ("a.mkv", "--model", f"{LONG}.onnx", "--records", "a.jsonl"),
}


@pytest.mark.parametrize("command", USES)
def test_a_name_too_long_is_said(
    bundled_ffmpeg: FFmpeg,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_clip(tmp_path / "a.mkv")
    monkeypatch.chdir(tmp_path)
    assert run([command, *USES[command]]) == 1
    error = capsys.readouterr().err
    assert "File name too long" in error
    assert LONG in error
    assert "Traceback" not in error


IN_REMOVED = {
    "transcode": "transcode {a} {out}.mkv",
    "callback": "transcode {a} {out}.mkv --callback {code}:nothing",
    "trim": "trim {a} {out}.mkv --end 0.1",
    "merge": "merge {out}.mkv {a} {a}",
    "snapshot": "snapshot {a} {out}.png --at 0",
    "records": "track --detections {det} --records {out}.jsonl",
    "track": "track {a} --detections {det} -o {out}.mkv",
    "play": "play {a} --stats {out}.json",
}


def run_in_removed(words: list[str], folder: Path) -> tuple[int, str]:
    """Run avio in a folder that is gone; returns its status, and what it says."""
    gone = folder / "gone"
    gone.mkdir()
    enter = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    drivers = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
    environment = {**drivers, "PYTHONPATH": str(Path(__file__).parents[2])}
    argv = ["sh", "-c", enter, "sh", str(gone), sys.executable, "-m", "avio_cli"]
    done = finish([*argv, *words], environment=environment)
    return done.status, done.stderr


@pytest.mark.skipif(os.name == "nt", reason="nobody can remove the current folder")
@pytest.mark.parametrize("kind", IN_REMOVED)
def test_whole_paths_need_no_current_folder(kind: str, tmp_path: Path) -> None:
    names = {name: tmp_path / name for name in ("a.mkv", "out", "det.txt", "code.py")}
    make_clip(names["a.mkv"], frames=5)
    names["det.txt"].write_text("1,-1,10,20,30,40,0.9\n")
    names["code.py"].write_text("def nothing(frame):\n    pass\n")
    filled = {name.partition(".")[0]: path for name, path in names.items()}
    words = [word.format_map(filled) for word in IN_REMOVED[kind].split()]
    status, said = run_in_removed(words, tmp_path)
    assert status == 0, said
    assert list(tmp_path.glob("out.*"))


@pytest.mark.skipif(os.name == "nt", reason="nobody can remove the current folder")
@pytest.mark.parametrize("command", ["transcode", "track", "play"])
def test_a_removed_current_folder_is_said(command: str, tmp_path: Path) -> None:
    clip = str(make_clip(tmp_path / "a.mkv", frames=5).path)
    outputs = {
        "transcode": ["out.mkv"],
        "track": ["--model", "motion", "--records", "out.jsonl"],
        "play": ["--stats", "out.json"],
    }
    status, said = run_in_removed([command, clip, *outputs[command]], tmp_path)
    assert status == 1
    assert "the current folder was removed" in said
    assert "Traceback" not in said
