from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.decode.yuv_to_bgr import YuvToBgr
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut.buffers import buffers_in_use
from avio_cli.media.color import LUMA_WEIGHTS
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from tests.decode.reading import make, read

RANDOM = np.random.default_rng(7)


def random_planes(name: str, width: int, height: int) -> list[NDArray[np.uint8]]:
    shapes = PIXEL_FORMATS[name].shapes(width, height)
    return [RANDOM.integers(0, 256, shape, np.uint8) for shape in shapes]


def exact(
    planes: Sequence[NDArray[Any]],
    matrix: str,
    *,
    full_range: bool,
    chroma: tuple[int, int] = (1, 1),
) -> NDArray[np.float64]:
    """By the definition of luma and of the colour differences, in floating point."""
    luma = planes[0].astype(float)
    rows, columns = np.indices(luma.shape)
    blue_minus, red_minus = (
        plane[rows // chroma[1], columns // chroma[0]].astype(float) - 128
        for plane in planes[1:]
    )
    if not full_range:
        luma = (luma - 16) / 219 * 255
        blue_minus, red_minus = blue_minus / 224 * 255, red_minus / 224 * 255
    of_red, of_blue = LUMA_WEIGHTS[matrix]
    blue = luma + blue_minus * 2 * (1 - of_blue)
    red = luma + red_minus * 2 * (1 - of_red)
    green = (luma - of_red * red - of_blue * blue) / (1 - of_red - of_blue)
    levels: NDArray[np.float64] = np.stack([blue, green, red], axis=2)
    return levels.clip(0, 255)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
def test_every_matrix_and_range_is_within_a_level_and_without_bias(
    matrix: str, full_range: bool
) -> None:
    planes = random_planes("yuv444p", 640, 360)

    result = YuvToBgr(matrix, full_range=full_range)(planes)

    difference = result - exact(planes, matrix, full_range=full_range)
    assert np.abs(difference).max() < 1
    assert np.abs(difference.mean(axis=(0, 1))).max() < 0.1


@pytest.mark.parametrize(
    ("name", "size"),
    tuple(
        product(
            ["yuv420p", "yuv422p", "yuv444p"],
            [
                (1, 1),
                (2, 2),
                (3, 5),
                (64, 64),
                (65, 129),
                (33, 130),
                (1, 130),
                (130, 1),
            ],
        )
    ),
)
def test_chroma_belongs_to_its_pixels_in_every_layout_and_size(
    name: str, size: tuple[int, int]
) -> None:
    planes = random_planes(name, *size)

    result = YuvToBgr("bt709", full_range=False)(planes)

    expected = exact(
        planes, "bt709", full_range=False, chroma=PIXEL_FORMATS[name].chroma
    )
    assert result.shape == (size[1], size[0], 3)
    assert np.abs(result - expected).max() < 1


def test_pixels_are_in_memory_of_their_own_until_nobody_holds_them() -> None:
    convert = YuvToBgr("bt709", full_range=False)
    dark, bright = (np.full((400, 400), level, np.uint8) for level in (16, 235))
    first = convert([dark] * 3)
    kept, address = first.copy(), first.ctypes.data

    with buffers_in_use():
        second = convert([bright] * 3)
        assert second.ctypes.data != address
        assert np.array_equal(first, kept)
        del first
        third = convert([bright] * 3)
        assert third.ctypes.data == address


def test_black_and_white_are_exact() -> None:
    grey = np.full((1, 2), 128, np.uint8)
    luma = np.array([[16, 235, 16, 235]], np.uint8)

    result = YuvToBgr("bt601", full_range=False)([luma, grey, grey])

    assert result.tolist() == [[[0] * 3, [255] * 3, [0] * 3, [255] * 3]]


@pytest.mark.parametrize(
    "pixel_format", ["yuv420p", "yuvj420p", "nv12", "yuyv422", "yuv422p", "yuv444p"]
)
def test_frames_of_a_source_keep_its_mean_level(
    tmp_path: Path, ffmpeg: FFmpeg, pixel_format: str
) -> None:
    clip = make(
        tmp_path / "noise.nut",
        "-f lavfi -i testsrc2=s=160x96:d=0.2,noise=alls=40 -c:v rawvideo"
        f" -pix_fmt {pixel_format}",
    )

    frames = read(ffmpeg, clip)
    layout = "yuv420p" if pixel_format == "nv12" else pixel_format.replace("j", "")
    layout = "yuv422p" if pixel_format == "yuyv422" else layout
    stored = read(ffmpeg, clip, pixel_format=layout)

    full = pixel_format == "yuvj420p"
    levels = [frame.pixels.mean() for frame in frames]
    expected = [
        exact(
            frame.planes, "bt601", full_range=full, chroma=PIXEL_FORMATS[layout].chroma
        ).mean()
        for frame in stored
    ]
    assert len(frames) == 5
    assert levels == pytest.approx(expected, abs=0.3)
