"""Detections to track: drawn ones, and a few boxes by hand."""

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks
from avio_cli.vision.boxes import Boxes, Letterbox, overlaps


def detections(*rows: tuple[float, ...]) -> Detections:
    """Rows of x1 y1 x2 y2 score and, if wanted, class."""
    table = np.array([(*row, 0)[:6] for row in rows], np.float64).reshape(-1, 6)
    return Detections(
        table[:, :4].astype(np.float32),
        table[:, 4].astype(np.float32),
        table[:, 5].astype(np.int64),
    )


def person(x: float, score: float = 0.9, kind: int = 0, y: float = 100) -> Detections:
    """One box of 40 x 100 pixels."""
    return detections((x, y, x + 40, y + 100, score, kind))


NOTHING = Detections()


def drawn_scene(seed: int, count: int, frames: int) -> list[Detections]:
    """Objects that drift through 640x480, cross, fade, vanish and return.

    All scores of a frame differ. The boxes are shaken by 2 % of their size.
    """
    random = np.random.default_rng(seed)
    heights = random.uniform(40, 120, count)
    sizes = np.stack((heights * random.uniform(0.3, 0.6, count), heights), axis=1)
    places = random.uniform((0, 0), (640, 480), (count, 2))
    speeds = random.normal(0, 3, (count, 2))
    phases = random.uniform(0, 60, count)
    scene = []
    for frame in range(frames):
        centres = (places + frame * speeds) % (640, 480)
        centres += random.normal(0, 0.02, centres.shape) * sizes
        scores = 0.5 + 0.45 * np.sin((frame + phases) / 9) + random.random(count) / 50
        seen = random.random(count) > 0.05
        boxes = np.concatenate((centres - sizes / 2, centres + sizes / 2), axis=1)
        kinds = np.arange(count) % 3
        scene.append(
            Detections(
                boxes[seen].astype(np.float32),
                scores[seen].astype(np.float32),
                kinds[seen],
            )
        )
    return scene


def same(first: Tracks, second: Tracks) -> bool:
    """Whether two results are equal to the last bit."""
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("boxes", "scores", "classes", "ids")
    )


def iou_matrix(
    first: Boxes, second: Boxes, *, margin: float = 0.0
) -> NDArray[np.float64]:
    """The overlaps as a matrix: every box with every other."""
    found = overlaps(first, second, margin=margin)
    matrix = np.zeros((len(first), len(second)))
    matrix[found.rows, found.columns] = found.iou
    return matrix


def input_scale(box: Letterbox) -> NDArray[np.float64]:
    """Pixels of a model's input to one of the frame, along x y x y."""
    across, down = np.divide(box.scaled_size, (box.width, box.height))
    return np.array((across, down, across, down))
