"""What is transparent is shown over black."""

from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from avio_cli.ffmpeg.process.run import run
from tests.player.conftest import Play

RED_FADING_IN = (
    "-v error -f lavfi -i color=red:s=256x64:r=25:d=4,format=yuva444p,"
    "geq=lum=lum(X\\,Y):cb=cb(X\\,Y):cr=cr(X\\,Y):a=X"
)


@pytest.mark.parametrize(
    ("name", "coding"),
    [("a.mkv", "-c:v ffv1"), ("a.png", "-frames:v 1 -pix_fmt rgba")],
)
def test_transparent_red_is_dark_red(
    play: Play, tmp_path: Path, name: str, coding: str, ffmpeg: object
) -> None:
    path, folder = tmp_path / name, tmp_path / "saved"
    folder.mkdir()
    words = f"{RED_FADING_IN} {coding} {path}"
    done = run([imageio_ffmpeg.get_ffmpeg_exe(), *words.split()])
    assert done.status == 0, done.stderr
    script = ["key SPACE", "key c", "wait 0.5", "quit"]
    play(path, script=script, options=("--record-dir", str(folder)))
    (saved,) = folder.iterdir()
    with av.open(str(saved)) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="rgb24")
    red = shown[32, :, 0].astype(int)
    assert np.abs(red - np.arange(256)).max() < 8
    assert shown[32, :, 1:].max() < 8
