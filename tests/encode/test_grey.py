"""Grey keeps its levels, whatever range it is of, and is the luma of what it is of."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.ffmpeg.locate import FFmpeg
from tests.encode.test_color_signal import SLOW_TRACK, avio, decoded, make

CALLBACKS = """
def bgr(frame): pass
def yuv(frame): pass
def grey(frame): pass
yuv.pixel_format, grey.pixel_format = "yuv420p", "gray"
"""
LEVEL = 200
"""Of full range."""


def transcode(source: Path, result: Path, how: str, *options: str) -> Path:
    callbacks = result.parent / "callbacks.py"
    callbacks.write_text(CALLBACKS)
    words = ["transcode", str(source), str(result), "-q", *options]
    if how == "track":
        words = ["track", str(source), "-o", str(result), "--model", "motion"]
        words += ["--no-draw", "-q"]
    elif how:
        words += ["--callback", f"{callbacks}:{how}"]
    assert avio(words) == 0
    return result


def brightness(path: Path) -> NDArray[np.float64]:
    # As YUV: ffmpeg takes limited grey for full range (see `limited_grey_filter`).
    return decoded(path).mean(axis=0)


@pytest.mark.parametrize("how", ["", "bgr", "yuv", "grey", SLOW_TRACK])
@pytest.mark.parametrize("bits", ["", "10le"])
@pytest.mark.sampled(4)
def test_limited_grey_stays_as_light(
    bits: str, how: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    stored = (16 + LEVEL / 255 * 219) * (4 if bits else 1)
    filters = f"format=gray{bits},geq=lum={stored:.0f},setparams=range=tv"
    source = make(tmp_path / "in.mkv", "nullsrc=s=64x64", filters, "-c:v ffv1")
    result = transcode(source, tmp_path / "out.mp4", how)
    assert np.allclose(brightness(result), LEVEL, atol=3)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.gif"])
@pytest.mark.parametrize(
    ("matrix", "luma"), [("bt709", 0.2848), ("smpte170m", 0.413), ("bt2020nc", 0.322)]
)
@pytest.mark.sampled(3)
def test_grey_frames_are_the_luma_of_the_video(
    matrix: str, luma: float, name: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    converted = matrix.replace("smpte170m", "bt601").replace("nc", "")
    filters = f"format=gbrp,scale=out_color_matrix={converted}:out_range=tv:"
    filters += f"flags=accurate_rnd,format=yuv444p,setparams=colorspace={matrix}"
    options = f"-c:v ffv1 -colorspace {matrix} -color_range tv"
    source = make(tmp_path / "in.mkv", "color=magenta:s=64x64", filters, options)
    preset = ["--preset", "mkv-ffv1"] if name == "out.mkv" else []
    result = transcode(source, tmp_path / name, "grey", *preset)
    assert np.allclose(brightness(result), 255 * luma, atol=4)
