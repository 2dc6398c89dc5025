"""Colours survive the way through bgr24 and back, by the formulas of the standards."""

from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.decode.reader import MediaReader
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import Frame
from tests.decode.reading import plain_decode
from tests.encode.making import encode

PATCHES = ((0, 0, 255), (0, 255, 0), (255, 0, 0), (128, 128, 128), (30, 60, 90))
"""Blue, green and red of: red, green, blue, grey, brown."""
SIDE = 32
WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "": (0.299, 0.114),
    "bt2020nc": (0.2627, 0.0593),
}
"""What red and blue weigh in the brightness (ITU-R BT.709, BT.601, BT.2020)."""


def expected_yuv(patch: tuple[int, int, int], matrix: str, full: bool) -> list[float]:
    weight_red, weight_blue = WEIGHTS[matrix]
    blue, green, red = (level / 255 for level in patch)
    y = weight_red * red + (1 - weight_red - weight_blue) * green + weight_blue * blue
    cb = (blue - y) / (2 - 2 * weight_blue)
    cr = (red - y) / (2 - 2 * weight_red)
    if full:
        return [255 * y, 128 + 255 * cb, 128 + 255 * cr]
    return [16 + 219 * y, 128 + 224 * cb, 128 + 224 * cr]


def bars() -> NDArray[np.uint8]:
    patches = [np.full((SIDE, SIDE, 3), patch, np.uint8) for patch in PATCHES]
    return np.concatenate(patches, axis=1)


SIZE = (SIDE * len(PATCHES), SIDE)


def middles(planes: tuple[NDArray[np.uint8], ...]) -> list[list[float]]:
    """Levels in the middle of each patch, a list for each patch."""
    levels_by_patch: list[list[float]] = [[] for _ in PATCHES]
    for plane in planes:
        step = plane.shape[1] // len(PATCHES)
        for number, levels in enumerate(levels_by_patch):
            cut = slice(number * step + step // 4, (number + 1) * step - step // 4)
            rows = slice(plane.shape[0] // 4, -plane.shape[0] // 4)
            levels.append(float(plane[rows, cut].mean()))
    return levels_by_patch


def make_video(path: Path, matrix: str, full: bool) -> Path:
    scaled = f"scale=out_color_matrix={matrix or 'bt601'}:out_range="
    scaled += "pc:flags=accurate_rnd" if full else "tv:flags=accurate_rnd"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "rawvideo"]
    argv += ["-pix_fmt", "bgr24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", "25", "-i", "-"]
    scaled += f",format={'yuvj420p' if full else 'yuv420p'}"
    argv += ["-vf", scaled if matrix else f"{scaled},setparams=colorspace=unknown"]
    argv += ["-c:v", "libx264", "-qp", "1", "-color_range", "pc" if full else "tv"]
    argv += ["-colorspace", matrix] if matrix else []
    done = run([*argv, f"file:{path}"], input=bars().tobytes() * 3)
    assert done.status == 0, done.stderr
    return path


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.sampled(4)
def test_a_video_keeps_its_colours_through_bgr(
    matrix: str, full: bool, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    video = make_video(tmp_path / "video.mp4", matrix, full)
    source = MediaSource.probe(ffmpeg, parse_url(video))
    assert source.info.videos[0].color.matrix == matrix
    with MediaReader(source) as reader:
        frames = list(reader)
    for patch, levels in zip(PATCHES, bgr_middles(frames[0]), strict=True):
        assert np.abs(np.subtract(levels, patch)).max() <= 3
    result = tmp_path / "result.mp4"
    encode(ffmpeg, result, frames, source=source, options={"qp": "4"})

    after = probe(ffmpeg, parse_url(result)).videos[0]
    assert after.color.matrix == matrix
    assert (after.color.range == "pc") == full
    name = "yuvj420p" if full else "yuv420p"
    planes = plain_decode(ffmpeg, result, SIZE, name)[0]
    for patch, levels in zip(PATCHES, middles(planes), strict=True):
        wanted = expected_yuv(patch, matrix, full)
        assert np.abs(np.subtract(levels, wanted)).max() <= 2, (patch, levels, wanted)


def bgr_middles(frame: Frame) -> list[list[float]]:
    image = frame.planes[0]
    return middles(tuple(image[:, :, channel] for channel in range(3)))  # type: ignore[arg-type]


def test_frames_without_a_video_become_what_players_expect(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """Their colours are unspecified: BT.601 in limited range is assumed."""
    frame = Frame((bars(),), "bgr24", 0, 0, Fraction(1, 25))
    encode(ffmpeg, tmp_path / "a.mp4", [frame], options={"qp": "4"})
    planes = plain_decode(ffmpeg, tmp_path / "a.mp4", SIZE, "yuv420p")[0]
    for patch, levels in zip(PATCHES, middles(planes), strict=True):
        wanted = expected_yuv(patch, "", full=False)
        assert np.abs(np.subtract(levels, wanted)).max() <= 2
