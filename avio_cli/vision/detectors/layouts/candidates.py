"""What every layout is decoded into, and how scores are made and selected."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.models.spec import ModelSpec

Floats = NDArray[np.float32]
Tensors = Mapping[str, NDArray[Any]]
"""The outputs for one image, by what they contain."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes that a model proposes for one image, before any is suppressed."""

    boxes: Floats
    """(n, 4): x1 y1 x2 y2 in pixels of the model's input."""
    scores: Floats
    """(n,): 0 to 1."""
    classes: NDArray[np.int64]
    """(n,): index into the spec's classes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which candidates are of use."""

    spec: ModelSpec
    confidence: float
    """Lowest score."""
    classes: tuple[int, ...] = ()
    """Classes to keep; empty for all."""

    def of_classes(self, classes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of them are to be kept."""
        if not self.classes:
            return np.ones(len(classes), bool)
        return _chosen(self.classes, len(self.spec.classes))[classes]


@lru_cache(maxsize=32)
def _chosen(classes: tuple[int, ...], count: int) -> NDArray[np.bool_]:
    """For each of so many classes, whether it is one of these."""
    return np.isin(np.arange(count), classes)


Decode = Callable[[Tensors, Wanted], Candidates]
"""Decodes the tensors of a layout.

Raises:
    ValueError: they are not of this layout; the message says what is wrong.
"""


def corners(boxes: Floats) -> Floats:
    """Corners (n, 4) of boxes given as centre and size."""
    halves = boxes[:, 2:] / 2
    return np.concatenate((boxes[:, :2] - halves, boxes[:, :2] + halves), axis=1)


def select(
    scores: Floats, wanted: Wanted, factors: Floats | None = None
) -> tuple[NDArray[np.intp], Floats, NDArray[np.int64]]:
    """Select the rows whose best class has a sufficient score.

    Most rows are dropped by a look at their largest number, before any is converted.

    Args:
        scores: (rows, columns), as in the output.
        wanted: lowest score and classes.
        factors: (rows,): scores that those of the classes are multiplied by.

    Returns:
        Row numbers (n,), scores (n,), and classes (n,).

    Raises:
        ValueError: there are not as many columns as the description says.
    """
    columns = _class_columns(scores, wanted.spec)
    activation = wanted.spec.activation
    first = columns.max(axis=1) if factors is None else factors
    rows = np.flatnonzero(first >= _before(activation, wanted.confidence))
    picked = _activated(columns[rows], activation)
    if activation == "softmax":
        picked = _softmax(scores[rows])[:, list(wanted.spec.numbers)]
    classes = picked.argmax(axis=1)
    best = picked[np.arange(len(rows)), classes]
    if factors is not None:
        best = best * _activated(factors[rows], activation)
    keep = (best >= wanted.confidence) & wanted.of_classes(classes)
    return rows[keep], best[keep], classes[keep]


def classes_of(labels: NDArray[Any], spec: ModelSpec) -> NDArray[np.int64]:
    """Classes of the model's own numbers; -1 for the background.

    Raises:
        ValueError: a number is that of no class.
    """
    if not np.isfinite(labels).all():
        raise ValueError("its labels are no numbers")
    numbers = np.asarray(spec.numbers)
    whole = labels.astype(np.int64)
    order = numbers.argsort()
    place = np.minimum(numbers[order].searchsorted(whole), len(numbers) - 1)
    found = order[place]
    known = numbers[found] == whole
    unknown = whole[~known & (whole != _background(spec)) & (whole >= 0)]
    if len(unknown):
        raise ValueError(
            f"it found class number {unknown[0]}, and its description has "
            f"{len(numbers)} classes"
        )
    return np.where(known, found, -1)


def _background(spec: ModelSpec) -> int:
    return {"none": -1, "first": 0, "last": max(spec.numbers) + 1}[spec.background]


def _class_columns(scores: Floats, spec: ModelSpec) -> Floats:
    numbers, count = spec.numbers, scores.shape[1]
    if count < spec.score_columns or (
        count > spec.score_columns and not spec.class_ids
    ):
        raise ValueError(f"it has {count} columns of scores, not {spec.score_columns}")
    return scores if count == len(numbers) else scores[:, list(numbers)]


def _before(activation: str, score: float) -> float:
    """The number in the output that becomes a score; a little less, for rounding."""
    if activation == "none":
        return score
    if activation == "softmax" or score <= 0:
        return -np.inf
    return float(np.log(score / max(1 - score, 1e-9))) - 1e-3


def _activated(values: Floats, activation: str) -> Floats:
    if activation != "sigmoid":
        return values
    # Where exp overflows, the score is 0 to the last bit.
    with np.errstate(over="ignore"):
        made = 1 / (1 + np.exp(-values))
    return made.astype(np.float32, copy=False)


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares
