"""Filters may change times and lengths; only what a source lacks is damage."""

import sys
from pathlib import Path

import pytest

from avio_cli.cli.main import run as main
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.clips import groups, make_clip

FASTSTART = ("-movflags", "+faststart")
FILTERS = {
    "faster": ("--vf", "setpts=PTS/2", "--af", "atempo=2"),
    "slower": ("--vf", "setpts=2*PTS", "--af", "asetpts=2*PTS"),
    "fewer": ("--vf", "fps=5", "--no-audio"),
    "selected": ("--vf", "select='lt(n,20)'"),
    "trimmed": ("--vf", "trim=1:2"),
    "padded": ("--vf", "tpad=stop_duration=9", "--af", "apad=whole_dur=12"),
    "repeated": ("--vf", "loop=loop=5:size=25"),
    "reversed": ("--vf", "reverse", "--af", "areverse"),
    "scaled": ("--vf", "scale=80:-2"),
    "callback": ("--vf", "setpts=PTS/2", "--callback", "same.py:same"),
}
SAME = "def same(frame):\n    return frame\n"


def cut(path: Path) -> Path:
    """The same file without its last 40 percent."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    return path


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four seconds with audio, whose packets are spread over the file."""
    monkeypatch.chdir(tmp_path)
    Path("same.py").write_text(SAME)
    video = groups(25, 2)
    return make_clip(
        tmp_path / "in.mp4", frames=100, audios=1, video=video, extra=FASTSTART
    ).path


@pytest.mark.sampled(3)
@pytest.mark.parametrize("options", FILTERS.values(), ids=FILTERS.keys())
def test_a_whole_source_passes_and_one_that_is_cut_off_does_not(
    ffmpeg: FFmpeg,
    source: Path,
    options: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["transcode", str(source), "whole.mp4", *options]) == 0
    assert "warning" not in capsys.readouterr().err
    assert main(["transcode", str(cut(source)), "cut.mp4", *options]) == 1
    assert "in.mp4 is" in capsys.readouterr().err
    assert not Path("cut.mp4").exists()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("filters", ["atempo=2", "apad=whole_dur=12"])
def test_so_it_is_where_there_is_only_audio(
    ffmpeg: FFmpeg, tmp_path: Path, filters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.flac"
    argv = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=8", str(path)]
    assert run(argv).status == 0
    words = ["transcode", str(path), str(tmp_path / "out.m4a"), "-y", "--af", filters]
    assert main(words) == 0
    cut(path)
    assert main(words) == 1
    assert "in.flac is cut off" in capsys.readouterr().err


def test_a_source_that_is_read_once_and_gives_less_is_warned_of(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "in.mkv", frames=100)
    words = [sys.executable, "-m", "avio_cli", "transcode", "-", "--vf", "setpts=PTS/2"]
    done = run([*words, tmp_path / "out.mp4"], input=clip.path.read_bytes())
    assert done.status == 0, done.stderr
    assert "the filters shorten the video, or stdin is cut off" in done.stderr
