"""Interlaced video becomes progressive where that is wanted; timestamps stay."""

from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.clips import decode
from tests.reference import timeline

SIZE = (96, 64)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A white bar that moves 8 pixels from field to field, so that it shows combs."""
    path = tmp_path_factory.mktemp("interlaced") / "in.mp4"
    moving = "color=black:s=96x64:r=50:d=0.4[b];color=white:s=16x64:r=50:d=0.4[w];"
    moving += "[b][w]overlay=x='mod(n*8,80)',interlace=scan=tff:lowpass=0"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-filter_complex", moving]
    argv += ["-c:v", "libx264", "-flags", "+ildct+ilme", "-x264-params", "tff=1"]
    done = run([*argv, "-crf", "4", "-pix_fmt", "yuv420p", f"file:{path}"])
    assert done.status == 0, done.stderr
    return path


def combs(path: Path) -> float:
    """How much neighbouring rows differ, on average over all frames."""
    frames = np.stack(decode(path, *SIZE, "gray")).astype(float)
    return float(np.abs(np.diff(frames, axis=1)).mean())


@pytest.mark.parametrize(
    ("choice", "whole"), [("auto", True), ("on", True), ("off", False)]
)
@pytest.mark.sampled(3)
def test_the_choice_decides(
    choice: str,
    whole: bool,
    video: Path,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "out.mp4"
    arguments = ["transcode", str(video), str(output), "--deinterlace", choice]
    assert avio(arguments) == 0
    said = capfd.readouterr().err.count("interlaced frames are deinterlaced")
    assert said == (choice == "auto")
    assert (combs(output) < combs(video) / 4) == whole
    assert timeline(output).relative == timeline(video).relative


def test_before_a_callback_too(
    video: Path, ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "same.py"
    code.write_text("def same(frame):\n    pass\n")
    output = tmp_path / "out.mp4"
    arguments = ["transcode", str(video), str(output), "--callback", f"{code}:same"]
    assert avio(arguments) == 0
    assert capfd.readouterr().err.count("interlaced frames are deinterlaced") == 1
    assert combs(output) < combs(video) / 4
    assert timeline(output).relative == timeline(video).relative


@pytest.mark.parametrize(
    "command", ["trim {} {} --exact --start 0.1", "track {} -o {} --model motion"]
)
def test_other_commands_warn_too(
    command: str,
    video: Path,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert avio(command.format(video, tmp_path / "out.mp4").split()) == 0
    assert capfd.readouterr().err.count("interlaced frames are deinterlaced") == 1


def test_what_keeps_every_pixel_keeps_the_fields(
    video: Path,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "out.mkv"
    arguments = ["transcode", str(video), str(output), "--preset", "mkv-ffv1"]
    assert avio(arguments) == 0
    assert "deinterlaced" not in capfd.readouterr().err
    assert combs(output) == combs(video)
