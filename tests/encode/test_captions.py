"""Closed captions inside of a video: named, kept, or said to be lost."""

import json
import re
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run

BUNDLED = imageio_ffmpeg.get_ffmpeg_exe()
LOST = "closed captions are lost"
_SEI = bytes.fromhex("b50031 47413934 03 41ff fc942c ff")
"""ATSC A/53: one pair of bytes of CEA-608 that erases the shown memory."""
_SLICE = re.compile(rb"\x00\x00\x00?\x01[\x41\x61\x01\x65\x21]")


def make(folder: Path, captions: bool = True) -> Path:
    """H.264 with captions before each frame's slice."""
    raw, path = folder / "in.h264", folder / "in.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=0.4"]
    coding = "-c:v libx264 -preset ultrafast -threads 1 -pix_fmt yuv420p".split()
    ffmpeg(*source, *coding, str(raw))
    unit = b"\x00\x00\x00\x01\x06\x04" + bytes([len(_SEI)]) + _SEI + b"\x80"
    if captions:
        raw.write_bytes(_SLICE.sub(lambda m: unit + m[0], raw.read_bytes()))
    ffmpeg("-r", "25", "-i", str(raw), "-c", "copy", str(path))
    return path


def ffmpeg(*words: str) -> None:
    done = run([BUNDLED, "-v", "error", "-y", *words])
    assert done.status == 0, done.stderr


@pytest.mark.parametrize("captions", [True, False])
def test_they_are_named(
    captions: bool,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = str(make(tmp_path, captions))
    assert avio(["info", path]) == 0
    assert ("closed captions" in capfd.readouterr().out) is captions
    assert avio(["info", path, "--json"]) == 0
    (video,) = json.loads(capfd.readouterr().out)["streams"]
    assert video["closed_captions"] is captions


@pytest.mark.parametrize(
    ("name", "words", "lost"),
    [
        ("out.mp4", (), False),
        ("out.mkv", ("--copy",), False),
        ("out.avi", (), True),
        ("out.webm", (), True),
        ("out.mp4", ("--callback",), True),
    ],
)
@pytest.mark.sampled(3)
def test_they_are_kept_or_said_to_be_lost(
    name: str,
    words: tuple[str, ...],
    lost: bool,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source, result = make(tmp_path), tmp_path / name
    (tmp_path / "c.py").write_text("def same(frame): pass\n")
    more = (f"{tmp_path / 'c.py'}:same",) if "--callback" in words else ()
    assert avio(["transcode", str(source), str(result), *words, *more]) == 0
    assert capfd.readouterr().err.count(LOST) == lost
    assert (b"GA94\x03" in result.read_bytes()) is not lost


def test_a_video_without_any_gives_no_warning(
    ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = make(tmp_path, captions=False)
    assert avio(["transcode", str(source), str(tmp_path / "out.avi")]) == 0
    assert LOST not in capfd.readouterr().err
