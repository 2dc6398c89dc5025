"""YOLOv8, 9, 11, 12: centre, size and classes of each cell, no objectness.

Ultralytics' exports have a column a cell: (4 + classes, cells). Other tools transpose
it to a row a cell. Boxes are in pixels of the input, scores between 0 and 1.
"""

import numpy as np

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


def decode(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``yolov8``, whichever way it lies."""
    table = _a_row_a_cell(tensors[TABLE], wanted.spec)
    rows, scores, classes = select(table[:, 4:], wanted)
    return Candidates(corners(np.ascontiguousarray(table[rows, :4])), scores, classes)


def _a_row_a_cell(table: Floats, spec: ModelSpec) -> Floats:
    """The table with a row a cell.

    A table that is as wide as it is high is taken as Ultralytics writes it.

    Args:
        table: as in the output, either way.
        spec: how many classes there are.

    Returns:
        A view of it, which may lie in memory column by column.

    Raises:
        ValueError: neither side is as long as the description says.
    """
    wanted = 4 + spec.score_columns
    if table.ndim == 2:
        for turned in (table.T, table):
            if turned.shape[1] == wanted:
                return turned
    raise ValueError(
        f"its output is {table.shape}: neither side is {wanted}, which is 4 and "
        f"{spec.score_columns} classes"
    )
