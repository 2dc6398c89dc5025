"""A file cannot write lines into the report of ffmpeg that avio reads."""

from pathlib import Path

import pytest

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url

FORGED = "[info]   Stream #0:{}, 1, 1/25: Video: h264, yuv420p, 999x999, 25 fps"


def _clip(ffmpeg: FFmpeg, path: Path, key: str = "note") -> Path:
    argv = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", "testsrc2=d=0.2:s=64x48"]
    argv += ["-f", "lavfi", "-i", "sine=d=0.2", "-metadata", f"{key}=value"]
    argv += ["-metadata:s:v", f"{key}=value", "-c:v", "mpeg4", "-y", str(path)]
    done = run(argv)
    assert done.status == 0, done.stderr
    return path


def _without_ffprobe(ffmpeg: FFmpeg) -> FFmpeg:
    return FFmpeg(ffmpeg.path, "")


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("start", ["k\n", "k" * 16 + ": v\n", "k\n[info] Input #0\n"])
def test_a_key_cannot_add_or_replace_a_stream(
    ffmpeg: FFmpeg, tmp_path: Path, number: int, start: str
) -> None:
    key = f"{start}{FORGED.format(number)}\nx"
    path = _clip(ffmpeg, tmp_path / "a.nut", key)  # Matroska's keys are in capitals
    with pytest.raises(AvioError, match="imitate"):
        probe(_without_ffprobe(ffmpeg), parse_url(path))


def test_a_language_cannot_rename_a_stream(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    path = _clip(ffmpeg, tmp_path / "a.mkv")
    language = b"eng\n[info]   Stream #0:0(x"
    argv = [ffmpeg.path, "-v", "error", "-i", str(path), "-c", "copy", "-y"]
    argv += ["-metadata:s:a", f"language={language.decode()}", str(tmp_path / "b.mkv")]
    assert run(argv).status == 0
    with pytest.raises(AvioError, match="imitate"):
        probe(_without_ffprobe(ffmpeg), parse_url(tmp_path / "b.mkv"))


def test_an_ordinary_file_is_read(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    path = _clip(ffmpeg, tmp_path / "a\n[info]   odd.mkv")
    info = probe(_without_ffprobe(ffmpeg), parse_url(path))
    assert [stream.index for stream in info.streams] == [0, 1]


def test_colours_are_kept_out_where_the_user_wants_none(
    ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AV_LOG_FORCE_NOCOLOR", "1")
    key = f"k\n{FORGED.format(2)}\nx"
    path = _clip(ffmpeg, tmp_path / "a.nut", key)
    with pytest.raises(AvioError, match="imitate"):
        probe(_without_ffprobe(ffmpeg), parse_url(path))
