"""Where association is in doubt, and what likeness says there."""

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.trackers.assignment import Indices

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_DIGITS = 6
"""Equal embeddings change nothing at all."""


def doubtful(
    rows: Indices, columns: Indices, costs: Floats, limit: float, margin: float
) -> Indices:
    """Find the pairs between which a small difference decides.

    Args:
        rows: (p,): names of tracks, not negative.
        columns: (p,): of detections.
        costs: (p,).
        limit: pairs that cost as much are out of the question.
        margin: how near costs are that differ too little.

    Returns:
        (k,): indices of pairs that are near the best one of their track or detection,
        and not alone so.
    """
    (possible,) = (costs < limit).nonzero()
    some = np.zeros(len(possible), bool)
    for names in (rows[possible], columns[possible]):
        some |= _near_best(names, costs[possible], margin)
    return possible[some]


def _near_best(names: Indices, costs: Floats, margin: float) -> Flags:
    _, groups = np.unique(names, return_inverse=True)
    best = np.full(len(names), np.inf)
    np.minimum.at(best, groups, costs)
    near = costs <= best[groups] + margin
    counts = np.bincount(groups[near], minlength=len(names))
    result: Flags = near & (counts[groups] > 1)
    return result


def advantage(rows: Indices, columns: Indices, likeness: Floats) -> Floats:
    """By how much each pair is more alike than its rivals.

    Args:
        rows: (p,): tracks.
        columns: (p,): detections.
        likeness: (p,).

    Returns:
        (p,): likeness less its mean over the pairs with the same track or detection,
        itself included; 0 where a pair has no rival.
    """
    totals, counts = likeness * -1, np.full(len(likeness), -1)
    for names in (rows, columns):
        _, groups = np.unique(names, return_inverse=True)
        totals = totals + np.bincount(groups, weights=likeness)[groups]
        counts = counts + np.bincount(groups)[groups]
    ahead: Floats = np.round(likeness - totals / counts, _DIGITS)
    return ahead
