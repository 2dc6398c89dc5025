"""Hides what is in boxes: blurred or pixelated, so that it cannot be recognised.

Both reduce a box to few cells first. What is finer than a cell is gone, not only
smeared: a Gaussian blur alone could partly be computed back.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from avio_cli.media.frame import Box, Samples
from avio_cli.optional import load_opencv
from avio_cli.vision.annotators.canvas import Canvas
from avio_cli.vision.annotators.held_boxes import widened
from avio_cli.vision.annotators.label_placement import Rectangle
from avio_cli.vision.annotators.parts import Redaction

_LEAST_CELL = 8
"""Pixels: the eighth of a small box would be so small that it hides nothing."""
_SMOOTHED = 64
"""Samples of a side in which blur is computed."""


def hide(canvas: Canvas, box: Box, rule: Redaction) -> None:
    """Hide one box, in all planes; what is outside of the frame is left out."""
    wide = widened(box, rule.margin)
    region = _covering(wide, canvas)
    if region.right <= region.left or region.bottom <= region.top:
        return
    # Of the whole box: of one that is hardly in the frame little is to be seen, too.
    longer = max(wide[2] - wide[0], wide[3] - wide[1])
    cell = max(_LEAST_CELL, longer / rule.cells)
    cells = (
        max(1, int((region.right - region.left) / cell)),
        max(1, int((region.bottom - region.top) / cell)),
    )
    for samples in _parts(canvas, region):
        samples[...] = _WAYS[rule.how](samples, cells)


def hide_all(canvas: Canvas, rule: Redaction) -> None:
    """Hide a whole frame, of which nobody knows the boxes."""
    hide(canvas, (0, 0, canvas.width, canvas.height), rule)


def _covering(box: Box, canvas: Canvas) -> Rectangle:
    """The pixels that a box touches, out to whole chroma samples."""
    x1, y1, x2, y2 = box
    return Rectangle(
        max(0, math.floor(x1 / 2) * 2),
        max(0, math.floor(y1 / 2) * 2),
        min(canvas.width, math.ceil(x2 / 2) * 2),
        min(canvas.height, math.ceil(y2 / 2) * 2),
    )


def _parts(canvas: Canvas, region: Rectangle) -> Iterator[Samples]:
    for plane, (across, down) in zip(canvas.planes, canvas.divisors, strict=True):
        rows = slice(region.top // down, -(-region.bottom // down))
        yield plane[rows, region.left // across : -(-region.right // across)]


def _reduced(samples: Samples, cells: tuple[int, int]) -> Samples:
    """Average to so many cells across and down, each of whole samples.

    What is left over at the right and below counts nowhere: with cells of fractions of
    samples OpenCV (5.0) takes eight times as long.
    """
    cv2 = load_opencv()
    height, width = samples.shape[:2]
    across, down = min(cells[0], width), min(cells[1], height)
    whole = samples[: height // down * down, : width // across * across]
    few: Samples = cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA)
    return few


def _pixelated(samples: Samples, cells: tuple[int, int]) -> Samples:
    cv2 = load_opencv()
    height, width = samples.shape[:2]
    few = _reduced(samples, cells)
    size = (width, few.shape[0])
    lines: Samples = cv2.resize(few, size, interpolation=cv2.INTER_NEAREST)
    # By OpenCV (5.0) alone it takes twice as long.
    result: Samples = lines[np.arange(height) * len(few) // height]
    return result


def _blurred(samples: Samples, cells: tuple[int, int]) -> Samples:
    """Interpolate between the cells, and smooth the creases that this leaves.

    They are smoothed in a small image: in a large one that takes five times as long.
    """
    cv2 = load_opencv()
    height, width = samples.shape[:2]
    few = _reduced(samples, cells)
    across, down = (min(_SMOOTHED, -(-n // 2)) for n in (width, height))
    small = cv2.resize(few, (across, down), interpolation=cv2.INTER_LINEAR)
    window = (across // few.shape[1] | 1, down // few.shape[0] | 1)
    smooth = cv2.blur(small, window)
    result: Samples = cv2.resize(
        smooth, (width, height), interpolation=cv2.INTER_LINEAR
    )
    return result


_WAYS: dict[str, Callable[[Samples, tuple[int, int]], Samples]] = {
    "blur": _blurred,
    "pixelate": _pixelated,
}
