"""Interlaced video is shown without combs, unless the user wants to see them."""

from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from avio_cli.ffmpeg.process.run import run
from tests.player.conftest import Play

MOVING = (
    "-f lavfi -i color=black:s=320x240:r=50:d=10[a];color=white:s=60x240:r=50:d=10[b];"
    "[a][b]overlay=x=mod(t*400\\,320):y=0,tinterlace=interleave_top"
)
TAGGED = "-c:v mpeg2video -flags +ilme+ildct -q:v 2"


@pytest.fixture(params=["tagged", "untagged"])
def video(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.mkv"
    coding = "-c:v ffv1" if request.param == "untagged" else TAGGED
    filters = ",setfield=prog" if request.param == "untagged" else ",setfield=tff"
    words = f"-v error -y {MOVING}{filters} {coding}".split()
    done = run([imageio_ffmpeg.get_ffmpeg_exe(), *words, str(path)])
    assert done.status == 0, done.stderr
    return path


def combs(path: Path) -> float:
    """How much lines differ from both neighbours, on average."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="gray")
    lines = frame.astype(np.int32)
    inner = lines[1:-1]
    same_side = (inner - lines[:-2]) * (inner - lines[2:])
    return float(np.sqrt(same_side.clip(0)).mean())


def test_combs_vanish_where_tags_or_the_user_say_so(
    play: Play, video: Path, tmp_path: Path
) -> None:
    script = ["key SPACE", "seek 0.4", "key c", "wait 0.5", "key d", "seek 0.6"]
    options = ("--record-dir", str(tmp_path))
    play(video, script=[*script, "key c", "wait 0.5", "quit"], options=options)
    first, second = map(combs, sorted(tmp_path.glob("*.png")))  # named by time
    before, after = (second, first) if video.stem == "tagged" else (first, second)
    assert before > 5 * after
