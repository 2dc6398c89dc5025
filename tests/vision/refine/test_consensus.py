import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from avio_cli.vision.refine.consensus import Consensus, _shares
from avio_cli.vision.refine.runs import without_single
from avio_cli.vision.refine.settings import RefineSettings
from avio_cli.vision.refine.table import DetectionTable

RUNS = 4
HOW = RefineSettings(runs=RUNS)
Integers = NDArray[np.int64]


def table_of(frames: list[list[int]]) -> tuple[DetectionTable, Integers]:
    """One box for each id of each frame, all at one place; and their ids."""
    counts = [0, *map(len, frames)]
    ids = np.array([number for frame in frames for number in frame], np.int64)
    boxes = np.tile([0.0, 0, 40, 100], (len(ids), 1))
    scores, classes = np.ones(len(ids), np.float32), np.zeros(len(ids), np.int64)
    times = tuple(number / 30 for number in range(len(frames)))
    return DetectionTable(0, times, np.cumsum(counts), boxes, scores, classes), ids


def same_groups(first: Integers, second: Integers) -> bool:
    """Whether two numberings put the same elements together."""
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    return len(pairs) == len(set(first.tolist())) == len(set(second.tolist()))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(1, 6), unique=True), min_size=1, max_size=40))
def test_the_consensus_of_identical_runs_is_the_run(frames: list[list[int]]) -> None:
    table, ids = table_of(frames)
    runs = ids[:, np.newaxis] * 2 * RUNS + 2 * np.arange(RUNS)  # each has its own ids
    found = Consensus(HOW, RUNS).sweep(table, runs, table.frames)
    gaps = [np.diff(table.numbers[ids == number]).max(initial=0) for number in set(ids)]
    if max(gaps, default=0) <= HOW.memory:
        assert same_groups(found, ids)


def test_ids_beyond_32_bits_are_as_good_as_small_ones() -> None:
    table, ids = table_of([[1, 2]] * 20)
    for offset in (2**30 - 20, 2**31 - 20, 2**40):
        runs = ids[:, np.newaxis] * 2 * RUNS + 2 * np.arange(RUNS) + 2 * offset
        runs[:, 1::2] += 1  # of backward runs
        consensus = Consensus(HOW, RUNS)
        found = consensus.sweep(table, runs, range(10))
        consensus.exchange_backward(runs[:20], found[:20])
        found += consensus.sweep(table, runs, range(10, 20))
        assert same_groups(found, ids)


def test_most_runs_decide() -> None:
    table, ids = table_of([[1, 2]] * 20)
    runs = np.repeat(ids[:, np.newaxis], RUNS, axis=1)
    late = table.numbers >= 10
    runs[late, 0] = 3 - runs[late, 0]  # one run exchanges the two
    runs = runs * 2 * RUNS + 2 * np.arange(RUNS)
    found = Consensus(HOW, RUNS).sweep(table, runs, table.frames)
    assert same_groups(found, ids)


def test_a_detection_of_too_few_runs_is_in_no_track() -> None:
    table, ids = table_of([[1]] * 10)
    runs = np.repeat(ids[:, np.newaxis], RUNS, axis=1)
    runs[5, :2] = 0  # two of four are less than 60 %
    found = Consensus(HOW, RUNS).sweep(table, runs * 2, table.frames)
    assert found.tolist() == [1] * 5 + [0] + [1] * 4


def test_a_copy_can_be_swept_on_alone() -> None:
    table, ids = table_of([[1, 2]] * 30)
    runs = np.repeat(ids[:, np.newaxis], RUNS, axis=1) * 2
    consensus = Consensus(HOW, RUNS)
    consensus.sweep(table, runs, range(10))
    ahead = consensus.copy().sweep(table, runs, range(10, 20))
    again = consensus.sweep(table, runs, range(10, 20))
    assert np.array_equal(ahead, again)


def test_backward_runs_of_the_next_block_take_the_place_of_the_last_ones() -> None:
    table, ids = table_of([[1, 2]] * 40)
    forward = np.repeat(2 * ids[:, np.newaxis], 2, axis=1)
    backward = np.repeat(2 * ids[:, np.newaxis] + 1, 2, axis=1)
    runs = np.concatenate((forward, backward), axis=1)
    consensus = Consensus(HOW, RUNS)
    first = consensus.sweep(table, runs, range(20))
    runs[:, 2:] = 99 - runs[:, 2:]  # other ids, and each other's
    runs[:, 2:] += 1 - runs[:, 2:] % 2
    before = table.before(20)
    consensus.exchange_backward(runs[:before], first[:before])
    found = first + consensus.sweep(table, runs, range(20, 40))
    assert same_groups(found, ids)


def test_ids_of_days_take_no_memory() -> None:
    ids = np.array([[10**12, 10**12], [10**12 + 1, 0]])
    assert without_single(ids).tolist() == [[10**12, 10**12], [0, 0]]


def test_many_pairs_are_compared_as_few_are() -> None:
    random = np.random.default_rng(1)
    one = random.integers(0, 4, (50, 1, 8)).astype(np.int32)
    other = random.integers(0, 4, (50, 5, 8)).astype(np.int32)
    weights = 0.9 ** np.arange(5)
    whole = _shares(one, other, weights)
    parts = [
        _shares(one[i : i + 7], other[i : i + 7], weights) for i in range(0, 50, 7)
    ]
    assert np.concatenate(parts).tolist() == whole.tolist()
