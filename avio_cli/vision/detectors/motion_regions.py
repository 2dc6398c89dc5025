"""Moving regions: compensate exposure, connect regions, merge fragments."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.optional import load_opencv

Regions = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Boxes (n, 4), x1 y1 x2 y2, and (n,) how many pixels of the mask each has."""

_MOST_REGIONS = 100
"""If there are more, only the largest are used: the mask is full of noise."""


def connected_regions(cv2: Any, mask: NDArray[np.uint8], least_area: float) -> Regions:
    """Find the regions of a mask whose boxes have at least an area.

    Args:
        cv2: OpenCV.
        mask: uint8 (h, w): not 0 inside regions.
        least_area: pixels; fragments of a quarter of it may be merged into larger
            ones.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    regions = stats[1:].astype(np.int64)
    regions = regions[regions[:, 4] >= least_area / 4]
    regions = regions[np.argsort(-regions[:, 4], kind="stable")][:_MOST_REGIONS]
    boxes, filled = regions[:, :4], regions[:, 4]
    boxes[:, 2:] += boxes[:, :2]
    boxes, filled = merge_fragments(boxes, filled)
    large = np.flatnonzero((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) >= least_area)
    return boxes[large], filled[large]


def merge_fragments(boxes: NDArray[np.int64], filled: NDArray[np.int64]) -> Regions:
    """Merge the fragments of one object: a smaller part above or below a larger.

    Two regions are parts of one object when they share a third of the narrower one's
    width, the gap between them is under a third of the taller one's height, and one
    is clearly less tall (a head, feet), so that two people stay two.

    Args:
        boxes: int64 (n, 4): x1 y1 x2 y2.
        filled: int64 (n,): moving pixels in each.

    Returns:
        The merged boxes and their moving pixels.
    """
    merged = True
    while merged and len(boxes) > 1:
        merged = False
        first, second = np.nonzero(np.triu(_belong_together(boxes), 1))
        if len(first):
            one, other = first[0], second[0]
            boxes[one, :2] = np.minimum(boxes[one, :2], boxes[other, :2])
            boxes[one, 2:] = np.maximum(boxes[one, 2:], boxes[other, 2:])
            filled[one] += filled[other]
            boxes, filled = np.delete(boxes, other, 0), np.delete(filled, other)
            merged = True
    return boxes, filled


def _belong_together(boxes: NDArray[np.int64]) -> NDArray[np.bool_]:
    left, top, right, bottom = boxes.T
    width, height = right - left, bottom - top
    shared = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    gap = np.maximum.outer(top, top) - np.minimum.outer(bottom, bottom)
    tall, small = np.maximum.outer(height, height), np.minimum.outer(height, height)
    aligned = shared >= 0.3 * np.minimum.outer(width, width)
    together: NDArray[np.bool_] = aligned & (gap <= 0.3 * tall) & (small <= 0.6 * tall)
    return together


_ALIKE = 10
"""Levels of 255 by which pixels of the same scene differ at most."""


def compensate_exposure(
    view: NDArray[np.uint8], background: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Match a view's exposure to that of its background.

    Each colour is divided by the median of its ratio to the background's, if that
    makes more of the view look like the background; it does not where something
    large is in front of the camera.

    Args:
        view: uint8 (h, w, 3).
        background: of the same size.

    Returns:
        The view itself, or a corrected copy.
    """
    few, past = (image[::4, ::4].astype(np.float32) + 1 for image in (view, background))
    gain = np.median(few / past, axis=(0, 1))
    if _likeness(few / gain, past) <= _likeness(few, past):
        return view
    table = np.clip(np.rint(np.arange(256)[:, None] / gain), 0, 255)
    steady: NDArray[np.uint8] = load_opencv().LUT(view, table.astype(np.uint8)[None])
    return steady


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float((np.abs(one - other).max(axis=2) < _ALIKE).mean())
