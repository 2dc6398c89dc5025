"""DETR and what came of it: boxes from 0 to 1, and numbers that become scores.

RF-DETR, RT-DETR, D-FINE and DEIM as Hugging Face's tools and their authors' export
them. Each query has a box and a number a class; nothing is suppressed. An export with
its post-processing has labels, boxes in pixels, and scores instead.
"""

import numpy as np

from avio_cli.models.layouts import BOXES, LABELS, SCORES
from avio_cli.vision.detectors.layouts.candidates import (
    Candidates,
    Tensors,
    Wanted,
    classes_of,
    corners,
    select,
)


def decode(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``detr``: boxes as parts of the input, a column of scores a class.

    Only the best class of a query is taken, as everywhere here: the authors' own
    post-processing can return one box with several classes.
    """
    boxes, scores = tensors[BOXES], tensors[SCORES]
    if boxes.shape[1:] != (4,) or scores.ndim != 2 or len(boxes) != len(scores):
        raise ValueError(
            f"its outputs are {boxes.shape} and {scores.shape}, not boxes of 4 numbers "
            "and as many rows of scores"
        )
    rows, best, classes = select(scores, wanted)
    size = np.array(wanted.spec.input_size * 2, np.float32)
    return Candidates(corners(boxes[rows] * size), best, classes)


def decode_processed(tensors: Tensors, wanted: Wanted) -> Candidates:
    """Decode ``detr-post``: corners in pixels of the input, scores, labels."""
    boxes, scores, labels = tensors[BOXES], tensors[SCORES], tensors[LABELS]
    if not (boxes.shape == (len(scores), 4) and scores.shape == labels.shape):
        raise ValueError(
            f"its outputs are {labels.shape}, {boxes.shape} and {scores.shape}, not "
            "labels, boxes of 4 numbers, and as many scores"
        )
    rows = np.flatnonzero(scores >= wanted.confidence)
    classes = classes_of(labels[rows], wanted.spec)
    keep = (classes >= 0) & wanted.of_classes(classes)
    rows = rows[keep]
    return Candidates(boxes[rows], scores[rows], classes[keep])
