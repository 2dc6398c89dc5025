"""Light, dark and red in every output are those of the source, as a player decodes."""

from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run as avio
from avio_cli.encode.color_signal import signals_matrix, signals_range
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.presets import find_preset, preset_paths

BUNDLED = imageio_ffmpeg.get_ffmpeg_exe()
EXTENSIONS = {"mp4": ".mp4", "mov": ".mov", "matroska": ".mkv", "webm": ".webm"}
PRESETS = [
    name
    for name in sorted(preset_paths())
    if find_preset(name).video and name != "stream-rtmp"
]
SOURCES = {
    "mjpeg": ("yuvj422p", ".mov", "-c:v mjpeg -q:v 1"),
    "gray": ("gray", ".mkv", "-c:v ffv1 -color_range pc"),
    "nv12": ("nv12", ".mkv", "-c:v rawvideo -color_range pc -allow_raw_vfw 1"),
    "ten": ("yuv420p10le", ".mkv", "-c:v ffv1 -color_range pc"),
}
RED = (255, 0, 0)
SLOW_BGR = pytest.param("bgr", marks=pytest.mark.slow)
SLOW_TRACK = pytest.param("track", marks=pytest.mark.slow)
CALLBACKS = """
def bgr(frame): pass
def yuv(frame): pass
yuv.pixel_format = "yuv420p"
"""


def make(path: Path, source: str, filters: str, options: str) -> Path:
    argv = [BUNDLED, "-v", "error", "-f", "lavfi", "-i", f"{source}:r=25:d=1"]
    done = run([*argv, "-vf", filters, *options.split(), str(path)])
    assert done.status == 0, done.stderr
    return path


def ramp(folder: Path, name: str) -> Path:
    """From black to white, by all 256 levels."""
    pixels, extension, options = SOURCES[name]
    filters = "format=gray,geq=lum=X,scale=in_range=pc:out_range=pc,format=" + pixels
    size = "nullsrc=s=256x128"
    return make(folder / f"{name}{extension}", size, filters, options)


def decoded(path: Path, matrix: str = "") -> NDArray[np.float64]:
    """The first frame as RGB, by its tags, or by a matrix."""
    size = f"scale=in_color_matrix={matrix}:flags=" if matrix else "scale=flags="
    filters = f"{size}accurate_rnd+full_chroma_int,format=rgb24"
    argv = [BUNDLED, "-v", "error", "-i", str(path), "-frames:v", "1"]
    done = run([*argv, "-vf", filters, "-f", "rawvideo", "-"])
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, 3).astype(float)


def convert(source: Path, preset: str, folder: Path, how: str, *more: str) -> Path:
    chosen = find_preset(preset)
    extension = next(iter(chosen.extensions), EXTENSIONS.get(chosen.container, ""))
    result = folder / f"result{extension}"
    (folder / "callbacks.py").write_text(CALLBACKS)
    words = ["transcode", str(source), str(result)]
    if how == "track":
        words = ["track", str(source), "-o", str(result), "--model", "motion"]
        words += ["--no-draw"]
    elif how:
        words += ["--callback", f"{folder / 'callbacks.py'}:{how}"]
    assert avio([*words, "--preset", preset, "-q", *more]) == 0
    return result


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("how", ["", SLOW_BGR, "yuv"])
@pytest.mark.sampled(9)
def test_every_preset_keeps_full_range_as_light_and_dark(
    how: str, preset: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = ramp(tmp_path, "mjpeg")
    result = convert(source, preset, tmp_path, how)
    before, after = decoded(source), decoded(result)
    assert abs(before.mean() - after.mean()) <= 1
    if preset != "gif":  # it is dithered
        far = np.abs(np.subtract(*(np.percentile(x, (5, 95)) for x in (before, after))))
        assert far.max() <= 3


@pytest.mark.parametrize("name", ["gray", "nv12", "ten"])
@pytest.mark.parametrize("how", ["", SLOW_BGR, "yuv", SLOW_TRACK])
@pytest.mark.parametrize("preset", ["mov-prores", "mkv-ffv1"])
@pytest.mark.sampled(4)
def test_full_range_of_every_layout_stays_light_and_dark(
    preset: str, how: str, name: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = ramp(tmp_path, name)
    after = decoded(convert(source, preset, tmp_path, how))
    far = np.abs(
        np.percentile(decoded(source), (5, 95)) - np.percentile(after, (5, 95))
    )
    assert far.max() <= 3


@pytest.mark.parametrize("how", ["", SLOW_BGR, "yuv", SLOW_TRACK])
@pytest.mark.parametrize("size", ["1280x720", "320x240"])
@pytest.mark.parametrize("preset", ["mp4-h264", "avi-mpeg4"])
@pytest.mark.sampled(4)
def test_rgb_video_becomes_yuv_that_decodes_to_the_same(
    preset: str, size: str, how: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = make(tmp_path / "in.mov", f"color=red:s={size}", "null", "-c:v qtrle")
    result = convert(source, preset, tmp_path, how)
    # AVI has no tag: the matrix is the one that players take by size.
    large = "bt709" if size == "1280x720" else "bt601"
    seen = decoded(result, large if preset == "avi-mpeg4" else "")
    assert np.allclose(seen.mean(axis=0), RED, atol=3)


@pytest.mark.parametrize("how", ["", SLOW_BGR, "yuv"])
@pytest.mark.parametrize("preset", ["mp4-h264", "avi-mpeg4"])
@pytest.mark.parametrize(
    ("size", "width", "here", "there"),
    [("1280x720", "640", "bt709", "bt601"), ("640x480", "1280", "bt601", "bt709")],
)
@pytest.mark.sampled(4)
def test_untagged_video_is_converted_to_what_its_new_size_counts_as(
    size: str,
    width: str,
    here: str,
    there: str,
    preset: str,
    how: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
) -> None:
    filters = f"format=gbrp,scale=out_color_matrix={here}:out_range=tv,format=yuv420p"
    options = "-c:v libx264 -preset ultrafast -qp 1"
    untagged = f"{filters},setparams=colorspace=unknown"
    source = make(tmp_path / "in.mp4", f"color=red:s={size}", untagged, options)
    result = convert(source, preset, tmp_path, how, "--width", width, "--upscale")
    assert np.allclose(decoded(result, there).mean(axis=0), RED, atol=7)


@pytest.mark.parametrize(
    ("encoder", "muxer", "range_", "matrix"),
    [
        ("libx264", "avi", True, True),
        ("hevc_vaapi", "mp4", True, True),
        ("prores_ks", "matroska", False, True),
        ("mpeg4", "avi", False, False),
        ("mpeg4", "matroska", True, True),
        ("ffv1", "matroska", True, True),
        ("ffv1", "mov", False, True),
    ],
)
def test_what_an_output_can_say(
    encoder: str, muxer: str, range_: bool, matrix: bool
) -> None:
    assert signals_range(encoder, muxer) is range_
    assert signals_matrix(encoder, muxer) is matrix
