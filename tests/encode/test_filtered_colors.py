"""Colours stay what a user's filters made them, and the tags say so."""

import json
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.filtered import filtered
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from tests.conftest import missing

FFPROBE = Path("/usr/bin/ffprobe")
RED = "color=0xdc1e1e:s=64x48:r=25:d=0.2,scale=out_color_matrix={matrix}:out_range=tv"
TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)


def _video(path: Path, matrix: str, depth: str, tags: str) -> Path:
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i"]
    argv += [f"{RED.format(matrix=matrix)},format={depth},setparams={tags}"]
    assert run([*argv, "-crf", "1", f"file:{path}"]).status == 0
    return path


@pytest.fixture
def sdr(tmp_path: Path) -> Path:
    return _video(tmp_path / "sdr.mkv", "bt709", "yuv420p", "range=tv:colorspace=bt709")


@pytest.fixture
def hdr(tmp_path: Path) -> Path:
    tags = "range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084"
    return _video(tmp_path / "hdr.mkv", "bt2020", "yuv420p10le", tags)


@pytest.fixture(params=["ffmpeg", "bgr24", "yuv420p"])
def choice(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    if request.param == "ffmpeg":
        return []
    code = tmp_path / "same.py"
    text = "def same(frame):\n    pass\n\n\nsame.pixel_format = {!r}\n"
    code.write_text(text.format(request.param))
    return ["--callback", f"{code}:same"]


def _tags(path: Path) -> dict[str, str]:
    if not FFPROBE.exists():
        missing("the system's ffprobe")
    argv = [str(FFPROBE), "-v", "error", "-of", "json", "-show_streams", str(path)]
    found: dict[str, str] = json.loads(run(argv).stdout)["streams"][0]
    return found


def _shown(path: Path) -> NDArray[np.uint8]:
    """The pixel in the middle, as players show it."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", f"file:{path}"]
    argv += ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    return np.frombuffer(run(argv).stdout, np.uint8).reshape(-1, 3)[64 * 24 + 32]


@pytest.mark.parametrize(
    "filters",
    ["format=rgb24", "curves=all='0/0 1/1'", "scale=out_range=pc", "format=gbrp,null"],
)
def test_filters_that_change_the_format_leave_the_colours(
    filters: str, sdr: Path, choice: list[str], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """ffmpeg 5.1 made YUV of RGB by BT.601, under the tag of BT.709."""
    output = tmp_path / "out.mkv"
    assert avio(["transcode", str(sdr), str(output), "--vf", filters, *choice]) == 0
    assert np.abs(_shown(output).astype(int) - _shown(sdr)).max() <= 6
    assert _tags(output)["color_space"] == "bt709"


def test_what_is_tone_mapped_is_not_tagged_as_hdr(
    hdr: Path, choice: list[str], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """PQ stayed as the tag of what was SDR: with 5.1, and through every callback."""
    output = tmp_path / "out.mkv"
    assert avio(["transcode", str(hdr), str(output), "--vf", TONE_MAP, *choice]) == 0
    tags = _tags(output)
    assert (tags["color_transfer"], tags["color_primaries"]) == ("bt709", "bt709")
    plain = tmp_path / "plain.png"
    argv = [ffmpeg.path, "-v", "error", "-i", str(hdr), "-frames:v", "1"]
    assert run([*argv, "-vf", f"{TONE_MAP},format=rgb24", str(plain)]).status == 0
    assert np.abs(_shown(output).astype(int) - _shown(plain)).max() <= 4


def test_what_filters_make_of_the_tags_is_found(sdr: Path, ffmpeg: FFmpeg) -> None:
    video = probe(ffmpeg, parse_url(sdr)).videos[0]
    kept = filtered(ffmpeg, video, "crop=32:32")
    assert kept is not None
    assert (kept.pixel_format, kept.color.matrix) == ("yuv420p", "bt709")
    changed = filtered(ffmpeg, video, "colorspace=all=smpte170m:iall=bt709")
    assert changed is not None
    assert changed.color.transfer == "smpte170m"
    assert filtered(ffmpeg, video, "nonsense") is None
