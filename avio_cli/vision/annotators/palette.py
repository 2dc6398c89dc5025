"""Colours: one for each track id, and their values in the planes of a frame."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.color import LUMA_WEIGHTS
from avio_cli.media.frame import PixelFormat

Bgr = tuple[int, int, int]
"""Blue, green, red; 0 to 255, sRGB."""

PlaneValues = tuple[int | Bgr, ...]
"""A colour as one value a plane: an integer, or all three, in the plane's order."""

BLACK: Bgr = (16, 16, 16)
WHITE: Bgr = (255, 255, 255)

_GOLDEN = 0.6180339887498949
_LIGHTNESS = (0.74, 0.67, 0.8)

_TO_CONE_ROOTS = np.array(
    [
        [1, 0.3963377774, 0.2158037573],
        [1, -0.1055613458, -0.0638541728],
        [1, -0.0894841775, -1.2914855480],
    ]
)
_TO_LINEAR_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


@lru_cache(maxsize=1024)
def color_of(track_id: int) -> Bgr:
    """Return the colour that a track id has in every frame of every run.

    Hues step by the golden ratio, so that consecutive ids, and any few of them
    together, are far apart on the colour circle; lightness cycles through three
    steps. All are bright enough for black text (contrast above 6 to 1) and
    strong enough to be seen on white. The colour space is Oklab (B. Ottosson, 2020).
    """
    hue = 2 * np.pi * (0.08 + track_id * _GOLDEN % 1)
    lightness = _LIGHTNESS[track_id % len(_LIGHTNESS)]
    for chroma in np.arange(0.2, 0.0, -0.01):
        rgb = _linear_rgb(lightness, chroma * np.cos(hue), chroma * np.sin(hue))
        if rgb.min() >= 0 and rgb.max() <= 1:
            break
    red, green, blue = (round(255 * _encode(float(value))) for value in rgb)
    return blue, green, red


def _linear_rgb(lightness: float, a: float, b: float) -> NDArray[np.float64]:
    cones = (_TO_CONE_ROOTS @ np.array([lightness, a, b])) ** 3
    return np.asarray(_TO_LINEAR_RGB @ cones)


def _encode(linear: float) -> float:
    """Apply the transfer curve of sRGB."""
    if linear <= 0.0031308:
        return 12.92 * linear
    return float(1.055 * linear ** (1 / 2.4) - 0.055)


def plane_values(
    bgr: Bgr, layout: PixelFormat, matrix: str, color_range: str
) -> PlaneValues:
    """Convert a colour to its value in each plane of a frame.

    Args:
        bgr: the colour.
        layout: pixel format of the frame.
        matrix: a result of `matrix_of`; not used for bgr24.
        color_range: ``pc`` for 0 to 255, all else for 16 to 235.
    """
    if layout.channels == 3:
        return (bgr[::-1] if layout.red_first else bgr,)
    blue, green, red = (value / 255 for value in bgr)
    red_weight, blue_weight = LUMA_WEIGHTS[matrix]
    luma = red_weight * red + blue_weight * blue
    luma += (1 - red_weight - blue_weight) * green
    values: list[int | Bgr] = [_quantize(luma, 0, 219, 16, layout.bits, color_range)]
    if layout.is_planar:
        for part, weight in ((blue, blue_weight), (red, red_weight)):
            chroma = (part - luma) / (2 - 2 * weight)
            values.append(_quantize(chroma, 128, 224, 128, layout.bits, color_range))
    return tuple(values)


def _quantize(
    value: float, full_zero: int, span: int, zero: int, bits: int, color_range: str
) -> int:
    """Quantize as ITU-T H.273 does: narrow range scales from 8 bits, full does not."""
    scale = 1 << (bits - 8)
    if color_range == "pc":
        top = (1 << bits) - 1
        return min(top, round(value * top + full_zero * scale))
    return round((value * span + zero) * scale)
