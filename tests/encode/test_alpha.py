"""An alpha channel is in the result, or a warning says that it is lost."""

from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.reference import streams

BUNDLED = imageio_ffmpeg.get_ffmpeg_exe()
LOST = "the alpha channel is lost"
SOURCES = {
    "vp9": ("yuva420p", "in.webm", "-c:v libvpx-vp9 -b:v 0 -crf 20"),
    "png": ("rgba", "in.mov", "-c:v png"),
    "prores": ("yuva444p10le", "in.mov", "-c:v prores_ks -profile:v 4444"),
}


def make(folder: Path, kind: str) -> Path:
    """A green video, seen in its right half only."""
    pixels, name, options = SOURCES[kind]
    filters = "format=rgba,geq=r=0:g=200:b=0:a='if(gt(X,W/2),255,0)',format=" + pixels
    argv = [BUNDLED, "-v", "error", "-f", "lavfi", "-i", "nullsrc=s=128x96:d=0.4:r=10"]
    done = run([*argv, "-vf", filters, *options.split(), str(folder / name)])
    assert done.status == 0, done.stderr
    return folder / name


def alpha(path: Path) -> float:
    """The mean of the alpha of the first frame; 255: opaque."""
    beside = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []
    argv = [BUNDLED, "-v", "error", *beside, "-i", f"file:{path}", "-frames:v", "1"]
    filters = "format=yuva444p,alphaextract,format=gray"
    done = run([*argv, "-vf", filters, "-f", "rawvideo", "-"])
    return float(np.frombuffer(done.stdout, np.uint8).mean())


def is_tagged(path: Path) -> bool:
    return any(key.lower() == "alpha_mode" for key in streams(path)[0].tags)


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("name", ["out.webm", "out.mkv", "out.gif"])
@pytest.mark.sampled(5)
def test_it_is_kept_where_the_output_can_hold_it(
    name: str,
    kind: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source, result = make(tmp_path, kind), tmp_path / name
    preset = ("--preset", "mkv-ffv1") if name == "out.mkv" else ()
    assert avio(["transcode", str(source), str(result), *preset]) == 0
    assert LOST not in capfd.readouterr().err
    assert abs(alpha(result) - 127) < 6


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("name", ["out.mp4", "callback.webm"])
@pytest.mark.sampled(3)
def test_it_is_named_where_it_is_lost(
    name: str,
    kind: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source, result = make(tmp_path, kind), tmp_path / name
    (tmp_path / "c.py").write_text("def same(frame): pass\n")
    callback = ("--callback", f"{tmp_path / 'c.py'}:same")
    words = callback if name == "callback.webm" else ()
    assert avio(["transcode", str(source), str(result), *words]) == 0
    assert capfd.readouterr().err.count(LOST) == 1
    assert alpha(result) == 255
    assert not is_tagged(result)


@pytest.mark.parametrize(("name", "kept"), [("out.webm", True), ("out.mp4", False)])
def test_a_copy_keeps_it_or_says_so(
    name: str,
    kept: bool,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source, result = make(tmp_path, "vp9"), tmp_path / name
    assert avio(["transcode", str(source), str(result), "--copy"]) == 0
    assert (LOST in capfd.readouterr().err) is not kept
    assert is_tagged(result) is kept
    if kept:
        assert abs(alpha(result) - 127) < 6


@pytest.mark.parametrize("kind", ["vp9", "png"])
def test_a_snapshot_says_that_it_is_lost(
    kind: str, ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["snapshot", str(make(tmp_path, kind)), str(tmp_path / "a.png")]
    assert avio([*words, "--at", "0"]) == 0
    assert LOST in capfd.readouterr().err


def test_merged_video_says_that_it_is_lost(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, result = make(tmp_path, "vp9"), tmp_path / "out.webm"
    assert avio(["merge", str(result), str(source), str(source)]) == 0
    assert LOST in capfd.readouterr().err
    assert not is_tagged(result)
