"""CPU time that decoding the outputs of a detector takes for a frame, by layout.

    python -m benchmarks.layouts [--quick] [--rounds N]

Outputs have 80 classes, and as many rows as the grids of an input of 640x640 have
cells, also those of detectors that give fewer; three times as many for YOLOv5. 100
candidates score above 0.1. No model runs. Selection, boxes, suppression and coordinates
of the frame are timed, each frame by itself.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from statistics import median

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.frame import Frame
from avio_cli.models.classes import COCO_CLASSES
from avio_cli.models.description import complete_spec
from avio_cli.vision.detectors.network import NetworkDetector
from avio_cli.vision.detectors.plausibility import FRAMES
from benchmarks.plan import Plan, read_plan
from benchmarks.tables import Table

SIDE, CELLS, GOOD, CLASSES = 640, 8400, 100, len(COCO_CLASSES)
CALLS = 30
"""Frames a round."""
Array = NDArray[np.generic]
Arrays = dict[str, Array]


class Boxes:
    """Boxes with scores: the same for all layouts."""

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        centres = random.uniform(50, SIDE - 50, (CELLS, 2))
        sizes = random.uniform(20, 90, (CELLS, 2))
        self.centred = np.hstack((centres, sizes))
        self.corners = np.hstack((centres - sizes / 2, centres + sizes / 2))
        scores = random.uniform(0, 0.05, (CELLS, CLASSES))
        good = random.choice(CELLS, GOOD, replace=False)
        scores[good, random.integers(0, CLASSES, GOOD)] = random.uniform(0.11, 1, GOOD)
        self.scores, self.best = scores, scores.max(axis=1)
        self.labels = scores.argmax(axis=1)
        self.objectness = np.where(self.best > 0.1, 1.0, 0.02)[:, np.newaxis]
        self.cells = random.uniform(0, 1, (CELLS, 4))

    def rows(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """A table with objectness."""
        return np.hstack((boxes, self.objectness, self.scores))


Express = Callable[[Boxes], tuple[Array, ...]]
EXPRESSED: Mapping[str, Express] = {
    "yolox": lambda b: (b.rows(b.cells),),
    "yolox-decoded": lambda b: (b.rows(b.centred),),
    "yolov5": lambda b: (np.tile(b.rows(b.centred), (3, 1)),),
    "yolov8": lambda b: (np.hstack((b.centred, b.scores)).T,),
    "yolov8, transposed": lambda b: (np.hstack((b.centred, b.scores)),),
    "yolo-e2e": lambda b: (np.column_stack((b.corners, b.best, b.labels)),),
    "detr": lambda b: (b.centred / SIDE, np.log(b.scores / (1 - b.scores))),
    "detr-post": lambda b: (b.labels, b.corners, b.best),
    "mmdet": lambda b: (np.column_stack((b.corners, b.best)), b.labels),
    "nms": lambda b: (np.array([CELLS]), b.corners, b.best, b.labels),
}
"""The outputs of each layout, in the order of `avio_cli.models.layouts`."""


@cache
def _boxes() -> Boxes:
    return Boxes()


class _NoRuntime:
    """Runs nothing: outputs are given to the detector by hand."""

    takes_pixels = False

    def run(self, batch: NDArray[np.float32], *others: Array) -> Arrays:
        raise NotImplementedError

    def close(self) -> None:
        pass


def prepared(name: str) -> tuple[NetworkDetector, Arrays]:
    """A detector of a layout, and its outputs for one image."""
    values = {"name": name, "input_size": (SIDE, SIDE), "classes": COCO_CLASSES}
    spec = complete_spec({**values, "layout": name.partition(",")[0]})
    made = EXPRESSED[name](_boxes())
    outputs = {
        content: np.ascontiguousarray(
            array[np.newaxis], np.float32 if array.dtype.kind == "f" else np.int64
        )
        for content, array in zip(spec.form.outputs, made, strict=True)
    }
    return NetworkDetector(_NoRuntime(), spec), outputs


def milliseconds(name: str, calls: int) -> tuple[list[float], int]:
    """What each frame took, of CPU time, and how many boxes are left."""
    detector, outputs = prepared(name)
    nothing = np.zeros((1, 1, 3), np.uint8)
    frame = Frame((nothing,), "bgr24", 0, 0, Fraction(1, 25), nothing)
    taken, count = [], 0
    for _ in range(FRAMES + calls):  # the first are looked at more closely
        begin = time.process_time()
        count = len(detector.decode(outputs, frame))
        taken.append(1e3 * (time.process_time() - begin))
    return taken[FRAMES:], count


def tables(plan: Plan) -> Iterator[Table]:
    """One table: milliseconds a frame of each layout."""
    calls = CALLS * plan.rounds
    rows = tuple(_row(name, *milliseconds(name, calls)) for name in EXPRESSED)
    columns = ("layout", "rows", "CPU ms a frame, least", "median", "boxes")
    note = f"{calls} frames each, 80 classes, {GOOD} boxes above 0.1."
    yield Table("Decoding the outputs of a detector", columns, rows, note)


def _row(name: str, taken: list[float], count: int) -> tuple[str, ...]:
    rows = 3 * CELLS if name == "yolov5" else CELLS
    return name, str(rows), f"{min(taken):.2f}", f"{median(taken):.2f}", str(count)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    for table in tables(read_plan(__doc__, arguments)):
        print(table.text())


if __name__ == "__main__":
    main()
