"""Matroska with destroyed bytes in the middle: frames are lost, which is reported."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run


@pytest.fixture
def hole(ffmpeg: FFmpeg, tmp_path: Path) -> Path:
    path = tmp_path / "hole.mkv"
    argv = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", "testsrc2=d=4:s=160x120"]
    argv += ["-c:v", "mpeg4", "-g", "5", "-cluster_time_limit", "200", str(path)]
    assert run(argv).status == 0
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["transcode", "IN", "out.mp4"],
        ["transcode", "IN", "out.mkv", "--copy"],
        ["trim", "IN", "out.mkv", "--end", "3.4"],
        ["trim", "IN", "out.mkv", "--end", "3.4", "--exact"],
        ["track", "IN", "-o", "out.mp4", "--model", "motion"],
    ],
)
def test_a_hole_is_damage(
    hole: Path,
    words: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(hole.parent)

    assert avio([str(hole) if word == "IN" else word for word in words]) == 1

    assert "hole.mkv is damaged: " in capfd.readouterr().err
    assert [path.name for path in hole.parent.iterdir()] == ["hole.mkv"]
