from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.decode.yuv_to_bgr import YuvToBgr
from avio_cli.encode.pipe.bgr_to_yuv import BgrToYuv
from avio_cli.media.color import LUMA_WEIGHTS

RANDOM = np.random.default_rng(7)


def random_pixels(width: int, height: int) -> NDArray[np.uint8]:
    return RANDOM.integers(0, 256, (height, width, 3), np.uint8)


def scene(width: int, height: int) -> NDArray[np.uint8]:
    """Slow gradients with noise and sharp edges, as a camera sees them."""
    rows, columns = np.indices((height, width))
    light = 110 + 80 * np.sin(columns / 97) * np.cos(rows / 61)
    tint = np.array([-25, 5, 20]) * np.sign(np.sin(rows / 40 + columns / 55))[..., None]
    noise = RANDOM.normal(0, 3, (height, width, 3))
    levels: NDArray[np.uint8] = (light[..., None] + tint + noise).clip(0, 255).round()
    return levels.astype(np.uint8)


def exact(
    pixels: NDArray[np.uint8], matrix: str, *, full_range: bool
) -> tuple[NDArray[np.float64], ...]:
    """By the definition of luma and of the colour differences, in floating point."""
    blue, green, red = (pixels[:, :, channel].astype(float) for channel in range(3))
    of_red, of_blue = LUMA_WEIGHTS[matrix]
    light = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    blue_minus = (blue - light) / (2 * (1 - of_blue))
    red_minus = (red - light) / (2 * (1 - of_red))
    luma = light if full_range else 16 + light * 219 / 255
    scale = 1 if full_range else 224 / 255
    means = (mean_of_squares(128 + scale * d) for d in (blue_minus, red_minus))
    return luma, *means


def mean_of_squares(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of two by two; at an odd edge of what there is."""
    height, width = (-(-length // 2) for length in plane.shape)
    means = [
        plane[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].mean()
        for row in range(height)
        for column in range(width)
    ]
    return np.reshape(means, (height, width))


def assert_near(planes: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    for plane, levels in zip(planes, expected, strict=True):
        assert plane.shape == levels.shape
        assert np.abs(plane - levels).max() <= 1


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
@pytest.mark.parametrize("make", [random_pixels, scene])
def test_every_matrix_and_range_is_within_a_level_and_without_bias(
    make: Any, matrix: str, full_range: bool
) -> None:
    pixels = make(240, 180)

    planes = BgrToYuv((240, 180), matrix, full_range=full_range)(pixels)

    expected = exact(pixels, matrix, full_range=full_range)
    assert_near(planes, expected)
    bias = [np.mean(p - e) for p, e in zip(planes, expected, strict=True)]
    assert abs(bias[0]) < 0.02
    assert max(map(abs, bias)) < 0.12


@pytest.mark.parametrize(
    "size",
    [(1, 1), (2, 2), (3, 5), (64, 64), (65, 129), (33, 130), (1, 130), (130, 1)],
)
def test_chroma_is_the_mean_of_its_pixels_in_every_size(size: tuple[int, int]) -> None:
    pixels = random_pixels(*size)

    planes = BgrToYuv(size, "bt709", full_range=False)(pixels)

    assert_near(planes, exact(pixels, "bt709", full_range=False))


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
def test_grey_stays_without_colour_and_black_and_white_are_exact(
    matrix: str, full_range: bool
) -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8), 4).reshape(256, 4)
    grey = np.repeat(levels[:, :, np.newaxis], 3, axis=2)

    luma, *chroma = BgrToYuv((4, 256), matrix, full_range=full_range)(grey)

    assert [plane.min() == plane.max() == 128 for plane in chroma] == [True, True]
    black, white = (0, 255) if full_range else (16, 235)
    assert (luma[0, 0], luma[255, 0]) == (black, white)
    expected = black + (white - black) * np.arange(256) / 255
    assert np.abs(luma[:, 0] - expected).max() < 0.6


@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
@pytest.mark.parametrize("full_range", [False, True])
def test_flat_colours_are_exact_to_a_level(matrix: str, full_range: bool) -> None:
    levels = np.array([0, 1, 64, 128, 200, 254, 255], np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    pixels = colours.repeat(2, axis=0).repeat(2, axis=1)
    size = (pixels.shape[1], 2)

    planes = BgrToYuv(size, matrix, full_range=full_range)(pixels)

    assert_near(planes, exact(pixels, matrix, full_range=full_range))


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
def test_what_was_decoded_becomes_what_it_was(matrix: str, full_range: bool) -> None:
    """Colours that bgr24 has: no level of them is clipped."""
    luma = RANDOM.integers(60, 190, (90, 160), np.uint8)
    chroma = [RANDOM.integers(118, 138, (45, 80), np.uint8) for _ in range(2)]
    pixels = YuvToBgr(matrix, full_range=full_range)([luma, *chroma])

    planes = BgrToYuv((160, 90), matrix, full_range=full_range)(pixels)

    wrong = [
        np.mean(made != kept)
        for made, kept in zip(planes, [luma, *chroma], strict=True)
    ]
    assert_near(planes, (luma.astype(float), *(p.astype(float) for p in chroma)))
    assert max(wrong) < 0.001


def test_rgb24_is_bgr24_the_other_way_round() -> None:
    pixels = random_pixels(64, 32)
    bgr = BgrToYuv((64, 32), "bt709", full_range=False)
    rgb = BgrToYuv((64, 32), "bt709", full_range=False, red_first=True)

    for one, other in zip(bgr(pixels), rgb(pixels[:, :, ::-1]), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "part",
    [np.s_[::-1], np.s_[:, ::-1], np.s_[:, :, ::-1], np.s_[::2], np.s_[3:, 5:]],
    ids=["flipped", "mirrored", "reversed", "rows", "cropped"],
)
def test_parts_of_arrays_and_mirrored_ones_are_converted(part: Any) -> None:
    pixels = random_pixels(96, 64)[part]
    pixels.flags.writeable = False
    size = (pixels.shape[1], pixels.shape[0])

    planes = BgrToYuv(size, "bt601", full_range=False)(pixels)

    assert_near(planes, exact(pixels, "bt601", full_range=False))


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((32, 64, 3)), np.zeros((32, 64, 4), np.uint8), np.zeros((2, 2, 3), "u1")],
    ids=["float", "four channels", "another size"],
)
def test_what_is_no_frame_of_that_size_is_refused(pixels: Any) -> None:
    with pytest.raises(ValueError, match=r"uint8 \(32, 64, 3\) expected"):
        BgrToYuv((64, 32), "bt709", full_range=False)(pixels)
