"""Copies of video whose frames have no presentation times are never out of order."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import groups, indices, make_clip

MPEG2 = ("-c:v", "mpeg2video", "-bf", "2", "-q:v", "2", "-pix_fmt", "yuv420p")
MPEG4 = ("-c:v", "mpeg4", "-bf", "2", "-q:v", "2")
OUT_OF_ORDER = {
    "in.avi": groups(25, 2),
    "in.h264": groups(25, 2),
    "in.mpg": groups(25, 2),
    "packed.avi": MPEG4,
}


@pytest.mark.parametrize("name", OUT_OF_ORDER)
def test_a_copy_is_refused_and_encoding_works(
    ffmpeg: FFmpeg, tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / name, frames=50, video=OUT_OF_ORDER[name])
    output = tmp_path / "out.mp4"
    words = [str(clip.path), str(output)]
    assert run(["transcode", *words, "--copy"]) == 2
    assert "no presentation times" in capfd.readouterr().err
    assert run(["trim", *words, "--start", "0.2"]) == 2
    assert "--exact" in capfd.readouterr().err
    assert run(["transcode", *words]) == 0
    assert indices(output, clip.width, clip.height) == list(range(50))


@pytest.mark.parametrize("name", ["in.m2v", "in.mpg", "in.vob"])
def test_mpeg_2_is_copied_in_order(ffmpeg: FFmpeg, tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, frames=50, video=MPEG2)
    for extension in ("mp4", "mkv"):
        output = tmp_path / f"out.{extension}"
        assert run(["transcode", str(clip.path), str(output), "--copy"]) == 0
        assert indices(output, clip.width, clip.height) == list(range(50))
        joined = tmp_path / f"joined.{extension}"
        assert run(["merge", str(joined), str(clip.path), str(clip.path)]) == 0
        assert indices(joined, clip.width, clip.height) == [*range(50), *range(50)]


def test_avi_is_copied_into_avi(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "in.avi", frames=50, video=MPEG4)
    output = tmp_path / "out.avi"
    assert run(["transcode", str(clip.path), str(output), "--copy"]) == 0
    assert indices(output, clip.width, clip.height) == list(range(50))
