"""What the system refuses is one error line, not a traceback."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
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
