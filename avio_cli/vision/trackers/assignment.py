"""Linear assignment with a cost limit, over the few possible pairs."""

import lap  # type: ignore[import-untyped]  # it ships no types
import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


def assign(
    rows: Indices, columns: Indices, costs: NDArray[np.float64], limit: float
) -> Indices:
    """Choose pairs so that no row or column is in two and the total cost is least.

    A row or column that stays alone counts ``limit / 2``, so a pair is worth choosing
    only where its cost is below the limit. This is what ``lap.lapjv`` does with
    ``extend_cost=True`` and ``cost_limit=limit`` on the full matrix, but the pairs
    whose choice is certain never reach the solver: nearly all, in tracking.

    Args:
        rows: (p,); pairs that are not listed cost the limit or more.
        columns: (p,).
        costs: (p,).
        limit: the cost of leaving both of a pair alone.

    Returns:
        (k,): indices of the chosen pairs, in order of their rows.
    """
    (open_pairs,) = (costs < limit).nonzero()
    if _distinct(rows[open_pairs]) and _distinct(columns[open_pairs]):
        return open_pairs[rows[open_pairs].argsort()]
    chosen = [open_pairs[:0]]
    while len(open_pairs):
        row, column = rows[open_pairs], columns[open_pairs]
        sure = _certain(row, column, limit - costs[open_pairs])
        if not sure.any():
            solved = _solve(row, column, costs[open_pairs] - limit)
            chosen.append(open_pairs[solved])
            break
        chosen.append(open_pairs[sure])
        free = ~(_among(row, row[sure]) | _among(column, column[sure]))
        open_pairs = open_pairs[free]
    result = np.concatenate(chosen)
    return result[np.argsort(rows[result])]


def _certain(
    rows: Indices, columns: Indices, gains: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Find the pairs that every best assignment contains.

    A pair does where it gains more than the next best pair of its row and the next
    best pair of its column together: swapping those two for it would always pay.

    Args:
        rows: (p,).
        columns: (p,).
        gains: (p,): what choosing the pair saves, above 0.
    """
    best = (gains == _maxima(rows, gains)) & (gains == _maxima(columns, gains))
    others = np.where(best, 0.0, gains)
    rivals = _maxima(rows, others) + _maxima(columns, others)
    alone = (_counts(rows, best) == 1) & (_counts(columns, best) == 1)
    certain: NDArray[np.bool_] = best & alone & (gains > rivals)
    return certain


def _solve(rows: Indices, columns: Indices, costs: NDArray[np.float64]) -> Indices:
    """Solve the uncertain pairs; all costs are below 0, which is that of no pair."""
    row_names, row = np.unique(rows, return_inverse=True)
    column_names, column = np.unique(columns, return_inverse=True)
    matrix = np.zeros((len(row_names), len(column_names)))
    matrix[row, column] = costs
    partners, _ = lap.lapjv(matrix, extend_cost=True, return_cost=False)
    return np.flatnonzero(partners[row] == column)


def _distinct(names: Indices) -> bool:
    return not len(names) or int(np.bincount(names).max()) == 1


def _maxima(groups: Indices, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest value (0 or more) of each element's group, one an element."""
    largest = np.zeros(groups.max() + 1)
    np.maximum.at(largest, groups, values)
    return largest[groups]


def _counts(groups: Indices, marked: NDArray[np.bool_]) -> Indices:
    """How many marked elements each element's group has, one an element."""
    return np.bincount(groups[marked], minlength=groups.max() + 1)[groups]


def _among(groups: Indices, named: Indices) -> NDArray[np.bool_]:
    """Whether each element's group is one of those named."""
    is_named = np.zeros(groups.max() + 1, bool)
    is_named[named] = True
    return is_named[groups]
