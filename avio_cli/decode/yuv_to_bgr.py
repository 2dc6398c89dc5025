"""YUV frames of 8 bits to bgr24 or rgb24: right for every matrix and range, and fast.

Half the bytes pass through the pipe. Chroma is repeated, not interpolated: what a
callback does not touch is averaged back to the same chroma by the encoder.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avio_cli.ffmpeg.nut.buffers import pixels_for
from avio_cli.media.color import LUMA_WEIGHTS
from avio_cli.optional import load_opencv

_ROWS = 128
"""Rows at a time: what is in between stays near the processor, and calls are few."""

_TWICE = np.uint16(0x0101)
"""Times a byte: that byte twice."""


class YuvToBgr:
    """Converts frames of one size; not for use by several threads at once.

    Args:
        matrix: a key of `LUMA_WEIGHTS`.
        full_range: whether the levels go from 0 to 255.
        red_first: whether the result is rgb24.
    """

    def __init__(
        self, matrix: str, *, full_range: bool, red_first: bool = False
    ) -> None:
        self._cv2 = load_opencv()
        weights = conversion_weights(matrix, full_range=full_range)
        self._weights = weights[::-1].copy() if red_first else weights

    def __call__(self, planes: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Convert a frame.

        Args:
            planes: Y, U and V, uint8; 4:2:0, 4:2:2 or 4:4:4, odd sizes rounded up.

        Returns:
            (H, W, 3), new. At most one level from the exact value, without bias.
        """
        luma, *chroma = planes
        height, width = luma.shape
        across, down = width > chroma[0].shape[1], height > chroma[0].shape[0]
        result = pixels_for(height, width)
        for top in range(0, height, _ROWS):
            rows = slice(top, min(top + _ROWS, height))
            wide = [_enlarged(plane, rows, across, down) for plane in chroma]
            wide = [plane[: rows.stop - top, :width] for plane in wide]
            packed = self._cv2.merge([luma[rows], *wide])
            self._cv2.transform(packed, self._weights, dst=result[rows])
        return result


def _enlarged(
    plane: NDArray[np.uint8], rows: slice, across: bool, down: bool
) -> NDArray[np.uint8]:
    """Repeat the samples that belong to the given rows of luma."""
    part = plane[rows.start // 2 : -(-rows.stop // 2)] if down else plane[rows]
    copies = 2 if down else 1
    if not across:
        return np.repeat(part, copies, axis=0) if down else part
    # Beside each other and below each other in one pass.
    doubled = np.empty((len(part), copies, part.shape[1]), np.uint16)
    np.multiply(part[:, np.newaxis], _TWICE, out=doubled)
    return doubled.view(np.uint8).reshape(len(part) * copies, -1)


def conversion_weights(matrix: str, *, full_range: bool) -> NDArray[np.float64]:
    """The (3, 4) weights of Y, U, V and 1 in B, G and R; ITU-R BT.601, 709 and 2020."""
    red, blue = LUMA_WEIGHTS[matrix]
    green = 1 - red - blue
    luma, chroma = (1.0, 1.0) if full_range else (255 / 219, 255 / 224)
    to_blue, to_red = 2 * (1 - blue) * chroma, 2 * (1 - red) * chroma
    weights = np.array(
        [
            [luma, to_blue, 0],
            [luma, -to_blue * blue / green, -to_red * red / green],
            [luma, 0, to_red],
        ]
    )
    zero = np.array([0 if full_range else 16, 128, 128])
    return np.column_stack([weights, -weights @ zero])
