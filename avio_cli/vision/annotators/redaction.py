"""Hides what is in boxes: blurred or pixelated, so that it cannot be recognised.

Both reduce a box to few cells first. What is finer than a cell is gone, not only
smeared: a Gaussian blur alone could partly be computed back.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from avio_cli.detections import Detections, Tracks
from avio_cli.media.frame import Samples
from avio_cli.optional import load_opencv
from avio_cli.vision.annotators.canvas import Canvas
from avio_cli.vision.annotators.label_placement import Rectangle
from avio_cli.vision.annotators.parts import Redaction

Box = tuple[float, float, float, float]

_LEAST_CELL = 8
"""Pixels: the eighth of a small box would be so small that it hides nothing."""
_SMOOTHED = 64
"""Samples of a side in which blur is computed."""


class Redactor:
    """Hide the boxes of tracks, and for a while the last one of a track that is gone.

    A track begins only when its object was detected twice: what is detected is hidden,
    too.

    Args:
        rule: how.
    """

    def __init__(self, rule: Redaction) -> None:
        self._rule = rule
        self._held: dict[int, tuple[Box, float]] = {}
        self._detected: tuple[list[Box], float] = ([], -math.inf)
        self._now = -math.inf

    def __call__(
        self, canvas: Canvas, tracks: Tracks, detections: Detections, seconds: float
    ) -> None:
        """Hide the boxes of one frame, whose time is `seconds`."""
        self._see(tracks, seconds)
        hidden = [box for box, _ in self._held.values()]
        for box in hidden:
            hide(canvas, box, self._rule)
        areas = [_widened(box, self._rule.margin) for box in hidden]
        for box in self._untracked(detections, seconds):
            if not any(_holds(area, box) for area in areas):
                hide(canvas, box, self._rule)

    def _untracked(self, detections: Detections, seconds: float) -> list[Box]:
        """What is detected; of a frame without detections, what was shortly before.

        With a stride most frames are not looked at.
        """
        sure = detections.boxes[detections.scores >= self._rule.least]
        if len(sure):
            self._detected = ([_box(row) for row in sure.tolist()], seconds)
        boxes, last = self._detected
        return boxes if 0 <= seconds - last <= self._rule.hold else []

    def _see(self, tracks: Tracks, seconds: float) -> None:
        """Take this frame's boxes, and forget those that were held long enough.

        When time jumps back (a seek, a loop) all are forgotten.
        """
        jumped = seconds < self._now
        self._now = seconds
        oldest = math.inf if jumped else seconds - self._rule.hold
        lasting = {i: h for i, h in self._held.items() if h[1] >= oldest}
        boxes = zip(tracks.ids.tolist(), tracks.boxes.tolist(), strict=True)
        self._held = lasting | {id_: (_box(box), seconds) for id_, box in boxes}


def hide(canvas: Canvas, box: Box, rule: Redaction) -> None:
    """Hide one box, in all planes; what is outside of the frame is left out."""
    wide = _widened(box, rule.margin)
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


def _box(row: list[float]) -> Box:
    x1, y1, x2, y2 = row
    return x1, y1, x2, y2


def _widened(box: Box, margin: float) -> Box:
    x1, y1, x2, y2 = box
    across, down = margin * (x2 - x1), margin * (y2 - y1)
    return x1 - across, y1 - down, x2 + across, y2 + down


def _holds(area: Box, box: Box) -> bool:
    """Whether a box is inside of an area."""
    starts = area[0] <= box[0] and area[1] <= box[1]
    return starts and box[2] <= area[2] and box[3] <= area[3]


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
