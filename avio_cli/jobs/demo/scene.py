"""A synthetic scene with known ground truth: shapes cross a static background."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks

WIDTH, HEIGHT = 640, 360
RATE = 25
FRAMES = 250
VISIBLE_SHARE = 0.25
"""An object is in the ground truth while this share of its box is in the frame."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class MovingShape:
    """One shape that enters at a side and crosses the frame in a straight line."""

    shape: Literal["ellipse", "rectangle"]
    size: tuple[int, int]
    """Width and height in pixels."""
    color: tuple[int, int, int]
    """bgr."""
    enters: float
    """Seconds at which its edge touches the frame."""
    height: float
    """Pixels from the top to its middle where it enters."""
    speed: tuple[float, float]
    """Pixels a second to the right and down; it comes from the left if that is > 0."""

    def box(self, seconds: float) -> Box:
        """Where it is: x1 y1 x2 y2 in pixels, not clipped."""
        width, height = self.size
        across, down = self.speed
        passed = seconds - self.enters
        x = (-width / 2 if across > 0 else WIDTH + width / 2) + across * passed
        y = self.height + down * passed
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2


MOVERS = (
    MovingShape("ellipse", (40, 84), (60, 60, 200), 1.0, 120, (90, 0)),
    MovingShape("rectangle", (60, 60), (200, 120, 40), 1.6, 250, (-110, -4)),
    MovingShape("ellipse", (36, 72), (50, 170, 60), 2.4, 270, (75, -8)),
    MovingShape("rectangle", (84, 40), (40, 190, 220), 3.2, 50, (-140, 3)),
    MovingShape("ellipse", (46, 88), (190, 60, 170), 4.4, 150, (-80, 0)),
    MovingShape("rectangle", (48, 90), (230, 230, 230), 5.4, 300, (125, -6)),
)
"""In the order in which they are drawn; track ids count from 1. The fifth passes in
front of the first."""


def draw_frame(index: int) -> NDArray[np.uint8]:
    """Draw the frame of an index: (360, 640, 3) bgr24, a new array."""
    frame = _background().copy()
    for mover in MOVERS:
        _draw_shape(frame, mover, mover.box(index / RATE))
    rounded: NDArray[np.uint8] = np.rint(frame).astype(np.uint8)
    return rounded


def true_tracks(index: int) -> Tracks:
    """Ground truth of a frame; boxes are clipped to it, scores are 1."""
    limits = (WIDTH, HEIGHT, WIDTH, HEIGHT)
    boxes, ids = [], []
    for track_id, mover in enumerate(MOVERS, 1):
        whole = mover.box(index / RATE)
        box = tuple(np.clip(whole, 0, limits).tolist())
        if _area(box) >= VISIBLE_SHARE * _area(whole):
            boxes.append(box)
            ids.append(track_id)
    count = len(ids)
    return Tracks(
        np.array(boxes, np.float32).reshape(count, 4),
        np.ones(count, np.float32),
        np.zeros(count, np.int64),
        np.array(ids, np.int64),
    )


def _area(box: tuple[float, ...]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


@cache
def _background() -> NDArray[np.float32]:
    """Coarse patches blended into each other, with fine noise; always the same."""
    random = np.random.default_rng(7)
    patches = random.uniform(70, 150, (10, 17, 3))
    rows, columns = np.linspace(0, 8.999, HEIGHT), np.linspace(0, 15.999, WIDTH)
    top, left = rows.astype(int), columns.astype(int)
    down, across = (rows - top)[:, None, None], (columns - left)[:, None]
    bands = patches[:, left] * (1 - across) + patches[:, left + 1] * across
    smooth = bands[top] * (1 - down) + bands[top + 1] * down
    noise = random.uniform(-6, 6, (HEIGHT, WIDTH, 1))
    return np.asarray(smooth + noise, np.float32)


def _draw_shape(frame: NDArray[np.float32], mover: MovingShape, box: Box) -> None:
    rows = slice(max(0, int(box[1]) - 1), max(0, int(box[3]) + 2))
    columns = slice(max(0, int(box[0]) - 1), max(0, int(box[2]) + 2))
    area = frame[rows, columns]
    if area.size:
        y, x = np.mgrid[rows, columns][:, : area.shape[0], : area.shape[1]] + 0.5
        share = _coverage(mover, box, x, y)[:, :, None]
        area += share * (np.array(mover.color, np.float32) - area)


def _coverage(
    mover: MovingShape, box: Box, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float32]:
    """How much of each pixel is covered, 0 to 1: antialiased edges move smoothly."""
    width, height = mover.size
    across = np.abs(x - (box[0] + box[2]) / 2)
    down = np.abs(y - (box[1] + box[3]) / 2)
    if mover.shape == "rectangle":
        inside = np.minimum(width / 2 - across, height / 2 - down)
    else:
        radius = np.hypot(across * 2 / width, down * 2 / height)
        inside = (1 - radius) * min(width, height) / 2
    share: NDArray[np.float32] = np.clip(inside + 0.5, 0, 1).astype(np.float32)
    return share
