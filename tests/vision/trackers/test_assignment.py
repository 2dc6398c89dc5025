from itertools import permutations

import lap
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from avio_cli.vision.trackers import assignment
from avio_cli.vision.trackers.assignment import assign

Floats = NDArray[np.float64]


def assigned(costs: Floats, limit: float) -> dict[int, int]:
    """Row to column, from a full matrix."""
    rows, columns = np.nonzero(np.ones(costs.shape, bool))
    chosen = assign(rows, columns, costs.ravel(), limit)
    assert rows[chosen].tolist() == sorted(rows[chosen])
    return dict(zip(rows[chosen].tolist(), columns[chosen].tolist(), strict=True))


def limited(costs: Floats, limit: float) -> dict[int, int]:
    """What the original calls: a solver that knows the limit itself."""
    if not costs.size:
        return {}
    partners = lap.lapjv(costs, extend_cost=True, cost_limit=limit)[1]
    return {row: int(column) for row, column in enumerate(partners) if column >= 0}


def saved(costs: Floats, limit: float, pairs: dict[int, int]) -> float:
    return sum(limit - costs[row, column] for row, column in pairs.items())


def most_saved(costs: Floats, limit: float) -> float:
    """The best of all assignments, by trying each."""
    rows, columns = costs.shape
    if rows > columns:
        return most_saved(costs.T, limit)
    gains = np.maximum(limit - costs, 0)
    orders = permutations(range(columns), rows)
    return max(sum(gains[range(rows), order]) for order in orders)


def matrices(
    most: int, elements: st.SearchStrategy[float]
) -> st.SearchStrategy[Floats]:
    shapes = st.tuples(st.integers(0, most), st.integers(0, most))
    return shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=elements))


LIMITS = st.sampled_from((0.5, 0.7, 0.8, 0.9))


@settings(deadline=None)
@given(matrices(4, st.integers(0, 10).map(lambda tenths: tenths / 10)), LIMITS)
def test_no_other_choice_saves_more_even_among_equal_costs(
    costs: Floats, limit: float
) -> None:
    pairs = assigned(costs, limit)
    assert len(set(pairs.values())) == len(pairs)
    assert all(costs[pair] < limit for pair in pairs.items())
    assert saved(costs, limit, pairs) == pytest.approx(most_saved(costs, limit))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.integers(1, 14), LIMITS)
def test_it_is_the_solver_with_a_cost_limit(
    seed: int, rows: int, columns: int, limit: float
) -> None:
    costs = np.random.default_rng(seed).random((rows, columns))
    assert assigned(costs, limit) == limited(costs, limit)


def test_it_is_the_solver_with_a_cost_limit_on_a_crowd() -> None:
    random = np.random.default_rng(7)
    costs = np.where(random.random((120, 150)) < 0.05, random.random((120, 150)), 1.0)
    assert assigned(costs, 0.8) == limited(costs, 0.8)


def test_solving_first_and_limiting_then_would_choose_otherwise() -> None:
    """Minimal total cost would take two pairs of 0.6 and 0.7, and cut them both."""
    costs = np.array([[0.1, 0.6], [0.7, 2.0]])
    assert assigned(costs, 0.5) == {0: 0}


def test_a_pair_at_the_limit_is_not_chosen() -> None:
    assert assigned(np.array([[0.8]]), 0.8) == {}


def test_pairs_not_listed_are_never_chosen() -> None:
    rows, columns = np.array([0, 1]), np.array([0, 0])
    assert assign(rows, columns, np.array([0.3, 0.2]), 0.8).tolist() == [1]


def test_nothing_is_assigned_among_nothing() -> None:
    none = np.empty(0, np.intp)
    assert not len(assign(none, none, np.empty(0), 0.8))


def test_only_doubtful_pairs_reach_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    solve = assignment._solve

    def counted(rows: NDArray[np.intp], *others: NDArray[np.generic]) -> object:
        sizes.append(len(rows))
        return solve(rows, *others)  # type: ignore[arg-type]  # handed on as they are

    monkeypatch.setattr(assignment, "_solve", counted)
    costs = np.full((40, 40), 0.9)
    np.fill_diagonal(costs, 0.1)
    costs[0, 1] = 0.5  # dearer than what both have: no doubt
    costs[10:12, 10:12] = 0.3  # a tie: which pair is chosen is for the solver
    assigned(costs, 0.8)
    assert sizes == [4]
