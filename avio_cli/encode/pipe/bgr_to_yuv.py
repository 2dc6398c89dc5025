"""Frames in bgr24 or rgb24 to yuv420p: right for every matrix and range, and fast.

Chroma is the mean of four pixels, as `decode.yuv_to_bgr` repeats it: what a callback
does not touch gets the chroma back that it was decoded with.
"""

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.color import LUMA_WEIGHTS
from avio_cli.media.frame import Samples, planes_of
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.optional import load_opencv

_ROWS = 64
"""Rows at a time, an even number: what is in between stays near the processor."""

_ROUNDED_UP = 1 / 32
"""Taken off the chroma. OpenCV's mean of four rounds halves up: an eighth of a level
too much where the four differ, nothing where they are equal, which has to stay so."""

_STEPS = 1024
"""Steps of a weight in OpenCV's integers, to which it rounds each weight alone."""


class BgrToYuv:
    """Converts frames of one size; not for use by several threads at once.

    Args:
        size: width and height.
        matrix: a key of `LUMA_WEIGHTS`.
        full_range: whether the levels shall go from 0 to 255.
        red_first: whether the frames are rgb24.
    """

    def __init__(
        self,
        size: tuple[int, int],
        matrix: str,
        *,
        full_range: bool,
        red_first: bool = False,
    ) -> None:
        self._cv2 = load_opencv()
        weights = _in_steps(conversion_weights(matrix, full_range=full_range))
        weights[1:, 3] -= _ROUNDED_UP
        self._weights = weights[:, [2, 1, 0, 3]] if red_first else weights
        layout, (width, height) = PIXEL_FORMATS["yuv420p"], size
        memory = np.empty(layout.size(width, height), np.uint8)
        self._planes = planes_of(memory, layout, width, height)
        self._packed = np.empty((_ROWS, width, 3), np.uint8)
        self._wide = np.empty((2, _ROWS, width), np.uint8)

    def __call__(self, pixels: NDArray[np.uint8]) -> tuple[Samples, ...]:
        """Convert a frame.

        Args:
            pixels: (H, W, 3).

        Returns:
            Y, U and V, about one level from the exact value at most; they are
            overwritten by the next call.

        Raises:
            ValueError: they are of another size or type.
        """
        luma, *chroma = self._planes
        if pixels.shape != (*luma.shape, 3) or pixels.dtype != np.uint8:
            raise ValueError(f"uint8 {(*luma.shape, 3)} expected")
        height = len(luma)
        pixels = np.ascontiguousarray(pixels)  # may be a part of an array, or mirrored
        for top in range(0, height, _ROWS):
            rows = slice(top, min(top + _ROWS, height))
            packed = self._packed[: rows.stop - top]
            wide = [plane[: len(packed)] for plane in self._wide]
            self._cv2.transform(pixels[rows], self._weights, dst=packed)
            self._cv2.split(packed, [luma[rows], *wide])
            for large, small in zip(wide, chroma, strict=True):
                self._average(large, small[top // 2 : -(-rows.stop // 2)])
        return self._planes

    def _average(self, large: NDArray[np.uint8], small: Samples) -> None:
        """Fill `small` with the means of squares of two by two."""
        down, across = (length % 2 for length in large.shape)
        if down or across:  # the last row or column counts twice
            large = np.pad(large, ((0, down), (0, across)), "edge")
        area, size = self._cv2.INTER_AREA, small.shape[::-1]
        self._cv2.resize(large, size, dst=small, interpolation=area)


def conversion_weights(matrix: str, *, full_range: bool) -> NDArray[np.float64]:
    """The (3, 4) weights of B, G, R and 1 in Y, U and V; ITU-R BT.601, 709 and 2020."""
    red, blue = LUMA_WEIGHTS[matrix]
    luma, chroma = (1.0, 1.0) if full_range else (219 / 255, 224 / 255)
    light = np.array([blue, 1 - red - blue, red])
    blue_minus, red_minus = np.eye(3)[0] - light, np.eye(3)[2] - light
    return np.column_stack(
        [
            [
                light * luma,
                blue_minus * chroma / (2 * (1 - blue)),
                red_minus * chroma / (2 * (1 - red)),
            ],
            [0 if full_range else 16, 128, 128],
        ]
    )


def _in_steps(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round the weights, but not their sums, so that grey stays grey and as light.

    What a sum of luma lacks is made up for in the middle of the levels.
    """
    factors = np.round(weights[:, :3] * _STEPS)
    exact = weights[:, :3].sum(axis=1)
    sums = np.round(exact * _STEPS)
    factors[:, 1] = sums - factors[:, 0] - factors[:, 2]
    offsets = weights[:, 3] + (exact - sums / _STEPS) * 127.5
    return np.column_stack([factors / _STEPS, offsets])
