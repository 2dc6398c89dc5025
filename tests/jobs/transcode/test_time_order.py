"""Frames whose times go back or repeat are all kept, each after the one before."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.clips import make_clip
from tests.reference import timeline

RATE, FRAMES = 25, 20
BACK = (8, 9)
"""Frames that are stored with a time 0.2 s too early."""


@pytest.fixture(scope="module", params=["if(between(N,8,9),TS-200,TS)", "repeated"])
def video(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A Matroska whose frames 8 and 9 are not after frame 7 in time."""
    folder = tmp_path_factory.mktemp("back")
    coding = "-c:v libx264 -bf 0 -pix_fmt yuv420p".split()
    plain = make_clip(folder / "plain.mkv", frames=FRAMES, video=coding)
    times = request.param
    if times == "repeated":
        times = "if(between(N,8,9),280,TS)"
    path = folder / "back.mkv"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(plain.path)]
    done = run([*argv, "-c", "copy", "-bsf:v", f"setts=ts='{times}'", str(path)])
    assert done.status == 0, done.stderr
    return path


@pytest.fixture(params=["ffmpeg", "callback"])
def choice(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    if request.param == "ffmpeg":
        return []
    code = tmp_path / "same.py"
    code.write_text("def same(frame):\n    pass\n")
    return ["--callback", f"{code}:same"]


@pytest.mark.all_cases
@pytest.mark.parametrize("extension", ["mp4", "mkv"])
@pytest.mark.sampled(6)
def test_all_frames_are_kept_in_order(
    extension: str,
    video: Path,
    choice: list[str],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / f"out.{extension}"
    assert avio(["transcode", str(video), str(output), *choice]) == 0
    said = capfd.readouterr().err
    assert said.count("warning") == 1
    assert "2 frames were not after the one before in time" in said
    times = [float(time) for time in timeline(output).relative]
    assert len(times) == FRAMES
    assert all(later > time for time, later in pairwise(times))
    for number, time in enumerate(times):
        wanted = 7 / RATE if number in BACK else number / RATE
        assert time == pytest.approx(wanted, abs=0.0031)


def test_times_in_order_are_left_alone(
    choice: list[str],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    clip = make_clip(tmp_path / "in.mp4", frames=FRAMES, rate=Fraction(1000))
    output = tmp_path / "out.mkv"
    assert avio(["transcode", str(clip.path), str(output), *choice]) == 0
    assert "warning" not in capfd.readouterr().err
    assert len(timeline(output).relative) == FRAMES
