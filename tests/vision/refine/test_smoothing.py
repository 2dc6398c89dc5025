import numpy as np

from avio_cli.vision.refine.smoothing import Rows, smoothed


def rows(tracks: list[int], frames: list[int], lefts: list[float]) -> Rows:
    left = np.array(lefts, np.float64)
    boxes = np.stack((left, 0 * left, left + 20, 0 * left + 50), axis=1)
    return Rows(
        np.array(tracks, np.int64),
        np.array(frames, np.int64),
        boxes,
        np.full(len(left), 0.9, np.float32),
        np.zeros(len(left), np.int64),
    )


def test_a_straight_path_stays_where_it_is() -> None:
    path = rows([1] * 40, list(range(40)), [3.0 * n for n in range(40)])
    assert np.allclose(smoothed(path, 3.0), path.boxes)


def test_a_straight_path_with_holes_stays_too() -> None:
    frames = [*range(10), *range(17, 30), 41]
    path = rows([1] * len(frames), frames, [3.0 * n for n in frames])
    assert np.allclose(smoothed(path, 3.0), path.boxes)


def test_noise_is_reduced_to_a_third() -> None:
    noise = np.random.default_rng(0).normal(0, 2, 400)
    path = rows([1] * 400, list(range(400)), list(noise))
    assert smoothed(path, 3.0)[:, [0, 2]].mean(axis=1).std() < 0.4 * noise.std()


def test_tracks_do_not_touch_each_other() -> None:
    one = rows([1] * 9, list(range(9)), [0.0] * 9)
    both = rows([1] * 9 + [2] * 9, [*range(9)] * 2, [0.0] * 9 + [500.0] * 9)
    assert np.allclose(smoothed(both, 3.0)[:9], smoothed(one, 3.0))


def test_a_single_box_stays_where_it_is() -> None:
    path = rows([1, 2], [0, 5], [7.0, 9.0])
    assert np.allclose(smoothed(path, 3.0), path.boxes)


def test_each_fit_is_that_of_weighted_least_squares() -> None:
    """Against the normal equations, solved one frame after the other."""
    random = np.random.default_rng(1)
    frames = np.flatnonzero(random.random(60) > 0.2)
    path = rows(
        [1] * len(frames), frames.tolist(), random.normal(0, 9, len(frames)).tolist()
    )
    found = smoothed(path, 3.0)[:, [0, 2]].mean(axis=1)
    centres = path.boxes[:, [0, 2]].mean(axis=1)
    for place, frame in enumerate(frames):
        offsets = (frames - frame).astype(float)
        near = np.abs(offsets) <= 12
        weights = np.sqrt(np.exp(-0.5 * (offsets / 3) ** 2) * 0.9)[near]
        terms = np.stack((np.ones(near.sum()), offsets[near]), axis=1)
        fitted = np.linalg.lstsq(
            terms * weights[:, None], centres[near] * weights, rcond=None
        )[0]
        assert np.isclose(found[place], fitted[0])
