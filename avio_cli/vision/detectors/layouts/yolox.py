"""YOLOX and YOLOv5: a row a cell, with its box, objectness and classes.

The algorithm is that of YOLOX (Ge et al., arXiv:2107.08430): one box for each cell of
three grids, no anchor boxes; a score is objectness times the best class. YOLOv5 has
three rows a cell, already decoded.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avio_cli.models.layouts import TABLE
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.layouts.candidates import (
    Candidates,
    Floats,
    Tensors,
    Wanted,
    corners,
    select,
)


def decode_cells(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``yolox``: boxes in cells, sizes as logarithms."""
    table = _checked(tensors[TABLE], wanted.spec)
    grid = grid_of(wanted.spec.input_size, wanted.spec.strides)
    rows, scores, classes = candidates(table, wanted)
    return Candidates(grid.boxes(table[rows, :4], rows), scores, classes)


def decode_pixels(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``yolox-decoded``: centres and sizes in pixels, a row a cell."""
    _checked(tensors[TABLE], wanted.spec)
    return decode_rows(tensors, wanted)


def decode_rows(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``yolov5``: centres and sizes in pixels, in any number of rows."""
    table = tensors[TABLE]
    columns = wanted.spec.columns
    if table.ndim != 2 or table.shape[1] != columns:
        raise ValueError(f"its output is {table.shape}, not rows of {columns} numbers")
    rows, scores, classes = candidates(table, wanted)
    return Candidates(corners(table[rows, :4]), scores, classes)


def candidates(
    table: Floats, wanted: Wanted
) -> tuple[NDArray[np.intp], Floats, NDArray[np.int64]]:
    """Select the rows that are worth decoding.

    No score is above its objectness, so most rows are dropped before their classes are
    read.

    Args:
        table: (anchors, 5 + classes): box, objectness, classes.
        wanted: lowest score and classes.

    Returns:
        Row numbers (n,), scores (n,) and best classes (n,).
    """
    return select(table[:, 5:], wanted, table[:, 4])


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a model's output, row by row."""

    cells: Floats
    """(anchors, 2): column and row of each cell in its grid."""
    strides: Floats
    """(anchors, 1): pixels a cell."""

    @classmethod
    def of(cls, spec: ModelSpec) -> "Grid":
        """The grids of a model at its input size, in the order of its strides."""
        return grid_of(spec.input_size, spec.strides)

    def boxes(self, raw: Floats, rows: NDArray[np.intp]) -> Floats:
        """Corners of the boxes of some rows, in pixels of the model's input.

        Args:
            raw: (n, 4): the centre's offset from its cell in cells, and the logarithm
                of the size in cells.
            rows: (n,): which rows of the output they are.
        """
        centres = (raw[:, :2] + self.cells[rows]) * self.strides[rows]
        with np.errstate(over="ignore"):  # sizes are then found to be infinite
            sizes = np.exp(raw[:, 2:]) * self.strides[rows]
        return corners(np.concatenate((centres, sizes), axis=1))


@lru_cache(maxsize=8)
def grid_of(input_size: tuple[int, int], strides: tuple[int, ...]) -> Grid:
    """The grids at an input size, in the order of the strides."""
    width, height = input_size
    shapes = [(height // stride, width // stride) for stride in strides]
    cells = [np.indices(shape)[::-1].reshape(2, -1).T for shape in shapes]
    steps = np.repeat(strides, [len(part) for part in cells])
    return Grid(
        np.concatenate(cells).astype(np.float32),
        steps.astype(np.float32)[:, np.newaxis],
    )


def _checked(table: Floats, spec: ModelSpec) -> Floats:
    if table.shape != (spec.anchors, spec.columns):
        raise ValueError(
            f"its output is {table.shape}, not {(spec.anchors, spec.columns)}: strides "
            "or classes of its description do not fit the model"
        )
    return table
