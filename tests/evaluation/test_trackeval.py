"""The figures are those of TrackEval, on real tracks and on random ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from avio_cli.evaluation import Pairing, Rules
from avio_cli.evaluation.pairing import declared_length
from avio_cli.evaluation.run import read_and_count
from avio_cli.evaluation.score import Totals
from tests.evaluation.trackeval import assert_equal, figures_of_trackeval

FRAMES = 12


@pytest.mark.parametrize(
    "tracks",
    ["eval", *(pytest.param(n, marks=pytest.mark.slow) for n in ("demo", "short"))],
)
@pytest.mark.parametrize("names", ["MOT17-*", "[!M]*-*"])
@pytest.mark.slow
def test_real_tracks_have_the_figures_of_trackeval(
    shared: Path, tmp_path: Path, names: str, tracks: str
) -> None:
    folders = sorted(path.parent for path in (shared / "mot").glob(f"{names}/gt"))
    assert len(folders) >= 3
    pairs = tuple(
        Pairing(folder.name, folder / f"bytetrack/{tracks}.txt", folder / "gt/gt.txt")
        for folder in folders
    )
    totals = {pair.name: read_and_count(pair, Rules.AUTO) for pair in pairs}
    lengths = {pair.name: declared_length(pair.truth) for pair in pairs}
    motchallenge = names.startswith("MOT17")
    expected = figures_of_trackeval(pairs, lengths, tmp_path, motchallenge=motchallenge)
    for name, total in totals.items():
        assert_equal(total, expected[name])
    assert_equal(sum(totals.values(), Totals()), expected["COMBINED_SEQ"])


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    objects=st.integers(0, 6),
    noise=st.sampled_from([0.0, 2.0, 8.0, 20.0]),
    kept=st.sampled_from([0.0, 0.4, 0.9]),
    swapped=st.sampled_from([0.0, 0.2]),
)
@pytest.mark.slow
def test_random_tracks_have_the_figures_of_trackeval(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    objects: int,
    noise: float,
    kept: float,
    swapped: float,
) -> None:
    random = np.random.default_rng(seed)
    folder = tmp_path_factory.mktemp("random")
    truth = true_rows(random, objects)
    tracks = tracked_rows(random, truth, noise=noise, kept=kept, swapped=swapped)
    pair = Pairing("A", folder / "tracks.txt", folder / "gt.txt")
    np.savetxt(pair.truth, truth, delimiter=",", fmt="%.17g")
    np.savetxt(pair.records, tracks, delimiter=",", fmt="%.17g")
    for rules in (Rules.MOTCHALLENGE, Rules.ALL):
        expected = figures_of_trackeval(
            (pair,),
            {"A": FRAMES},
            folder / rules,
            motchallenge=rules is Rules.MOTCHALLENGE,
        )
        assert_equal(read_and_count(pair, rules), expected["A"])


def true_rows(random: np.random.Generator, objects: int) -> NDArray[np.float64]:
    """Moving boxes that come and go; of several classes, some with the flag 0."""
    rows = []
    for number in range(objects):
        first, last = np.sort(random.integers(1, FRAMES + 1, 2))
        x, y, vx, vy = random.uniform(0, 60, 4) - (0, 0, 30, 30)
        class_ = random.choice([1, 1, 1, 2, 3, 7, 8, 12])
        flag = float(random.random() < 0.8)
        for frame in range(first, last + 1):
            if random.random() < 0.9:
                t = frame / FRAMES
                box = (x + vx * t, y + vy * t, 30 + random.random(), 50.0)
                rows.append((frame, 3 * number, *box, flag, class_, 1))
    return np.array(rows).reshape(-1, 9)


def tracked_rows(
    random: np.random.Generator,
    truth: NDArray[np.float64],
    *,
    noise: float,
    kept: float,
    swapped: float,
) -> NDArray[np.float64]:
    """Tracks of most true boxes, with changes of ids, and some of nothing."""
    rows = []
    for frame in range(1, FRAMES + 1):
        found = truth[(truth[:, 0] == frame) & (random.random(len(truth)) < kept)]
        ids = found[:, 1] + 1
        if random.random() < swapped:
            ids = random.permutation(ids)
        for track, box in zip(ids, found[:, 2:6], strict=True):
            moved = box + random.normal(0, noise + 1e-9, 4)
            moved[2:] = abs(moved[2:])  # a negative size is refused
            rows.append((frame, track, *moved, random.random(), -1, -1, -1))
        for number in range(random.integers(0, 3)):
            box = random.uniform(0, 60, 4)
            rows.append((frame, 100 + number, *box, random.random(), -1, -1, -1))
    return np.array(rows).reshape(-1, 10)
