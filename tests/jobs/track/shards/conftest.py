"""A model that needs no weights, and videos whose frames all differ."""

from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.ffmpeg.process.run import run as run_child
from tests.vision.detectors.layouts.known_boxes import CASES
from tests.vision.detectors.layouts.variants import Variant, build

GREY = "color=s=160x128:r=25:d=3,geq=lum='40+mod(N*37,160)':cb=128:cr=128"
"""Each frame has a grey of its own, and the model's scores follow it."""
NOISE = f"{GREY},noise=alls=60:allf=t:all_seed=1"
"""Frames of some kilobytes, so that damage is within one."""
UNEVEN = ("-vf", "setpts=PTS+mod(N*7\\,5)*0.006/TB", "-fps_mode", "vfr")
SMALL = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25")
OPEN_GOP = "open-gop=1:keyint=15:min-keyint=15:bframes=3:scenecut=0"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network whose scores are those of the first pixel."""
    variant = Variant("stretch", (160, 128), (160, 128), kind="uint8", count=1)
    return build(tmp_path, CASES["yolo-e2e"], variant)[0].path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Variable rate, frames stored out of order, over the bounds of open GOPs."""
    params = ("-x264-params", OPEN_GOP, "-video_track_timescale", "90000")
    return made(tmp_path / "in.mp4", GREY, *UNEVEN, "-c:v", "libx264", *params)


def made(path: Path, source: str, *words: str) -> Path:
    """A video of one of ffmpeg's sources."""
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    done = run_child([*ffmpeg, "-f", "lavfi", "-i", source, *words, str(path)])
    assert done.status == 0, done.stderr
    return path
