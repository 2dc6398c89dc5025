"""A shift, zoom and roll that explain most of what boxes are off by.

Reweighted least squares over complex numbers, for several lanes at once: a lane is one
of several runs of a tracker that lie side by side.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Complexes = NDArray[np.complex128]
Rows = NDArray[np.intp]

LEAST_BOXES = 4
"""In a lane: fewer explain nothing."""
_ROUNDS = 4
_TINY = 1e-12
_SHIFT_RIDGE, _TURN_RIDGE = 0.001, 0.3


def by_lane(
    lanes: Rows, places: Complexes, residuals: Complexes, variances: Floats
) -> tuple[Complexes, Complexes, Floats]:
    """Put values (n,) into tables (lanes, most): unused places vary infinitely."""
    count = int(lanes.max(initial=0)) + 1
    if count == 1:
        return places[np.newaxis], residuals[np.newaxis], variances[np.newaxis]
    order = lanes.argsort(kind="stable")
    counts = np.bincount(lanes, minlength=count)
    starts = np.cumsum(counts) - counts
    where = lanes[order], np.arange(len(lanes)) - starts[lanes[order]]
    shape = (count, int(counts.max()))
    tables = (
        np.zeros(shape, complex),
        np.zeros(shape, complex),
        np.full(shape, np.inf),
    )
    for table, values in zip(tables, (places, residuals, variances), strict=True):
        table[where] = values[order]
    return tables


def fit(
    places: Complexes, residuals: Complexes, variances: Floats
) -> tuple[Complexes, Complexes]:
    """Fit shift and turn by reweighted least squares, and shrink them.

    Args:
        places: (lanes, n): from the centre, in widths.
        residuals: (lanes, n): where the boxes are off their predictions.
        variances: (lanes, n): of boxes about it, infinite where there is none.

    Returns:
        (lanes,) of each.
    """
    there = np.isfinite(variances)
    parts = np.stack((variances, residuals.real, residuals.imag))
    spread, right, down = _medians(parts, there)
    shift, turn, ridge = right + 1j * down, np.zeros(len(right), complex), 1 / spread
    squares = places.real**2 + places.imag**2
    terms = (
        np.ones_like(places),
        squares,
        places,
        residuals,
        places.conj() * residuals,
    )
    table = np.stack(terms, axis=2, dtype=complex).view(float)
    left = residuals - shift[:, np.newaxis]
    for _ in range(_ROUNDS):
        weights = _weights(left, variances)
        sums = (weights[:, np.newaxis] @ table).view(complex)[:, 0]
        total, second, first, moved, turned = sums.T
        total = total.real + _SHIFT_RIDGE * ridge
        second = second.real + _TURN_RIDGE * ridge
        pull = first.conj() / total
        turn = (turned - moved * pull) / (second - (first * pull).real)
        shift = (moved - first * turn) / total
        left = residuals - shift[:, np.newaxis] - turn[:, np.newaxis] * places
    enough = there.sum(axis=1) >= LEAST_BOXES
    kept = enough * _explained(shift, left, _weights(left, variances))
    return kept * shift, kept * turn


def _weights(left: Complexes, variances: Floats) -> Floats:
    weights: Floats = 1 / (variances + left.real**2 + left.imag**2)
    return weights


def _explained(shift: Complexes, left: Complexes, weights: Floats) -> Floats:
    """Which share (lanes,) of a fit to believe: by its size, and what it leaves."""
    total = np.maximum(weights.sum(axis=1), _TINY)
    spread = (weights * (left.real**2 + left.imag**2)).sum(axis=1) / total
    count = total * total / np.maximum((weights * weights).sum(axis=1), _TINY**2)
    size = shift.real**2 + shift.imag**2
    doubt = size + spread / np.maximum(count - 2, 0.5)
    kept: Floats = np.divide(size, doubt, out=np.zeros_like(size), where=size > 0)
    return kept


def _medians(parts: Floats, there: Flags) -> Floats:
    """The medians (parts, lanes) of values (parts, lanes, n) that are there.

    Where none is, it is 1.
    """
    counts = there.sum(axis=1)
    ordered = np.sort(np.where(there, parts, np.inf), axis=2)
    lanes, last = np.arange(len(there)), there.shape[1] - 1
    lower, upper = (counts - 1).clip(0) // 2, np.minimum(counts // 2, last)
    middle = ordered[:, lanes, lower] + ordered[:, lanes, upper]
    medians: Floats = np.where(counts > 0, middle / 2, 1.0)
    return medians
