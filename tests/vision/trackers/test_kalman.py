import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from avio_cli.vision.trackers.kalman import (
    BoxStates,
    boxes_of,
    initiate,
    measure,
    predict,
    stop_growth,
    update,
)

Floats = NDArray[np.float64]


class MatrixFilter:
    """The filter of the paper for one box: eight values and full matrices."""

    def __init__(self, measured: Floats) -> None:
        h = measured[3]
        self.mean = np.concatenate((measured, np.zeros(4)))
        deviations = [h / 10, h / 10, 1e-2, h / 10, h / 16, h / 16, 1e-5, h / 16]
        self.covariance = np.diag(np.square(deviations))

    def predict(self) -> None:
        h = self.mean[3]
        motion = np.eye(8) + np.eye(8, k=4)
        deviations = [h / 20, h / 20, 1e-2, h / 20, h / 160, h / 160, 1e-5, h / 160]
        self.mean = motion @ self.mean
        self.covariance = motion @ self.covariance @ motion.T
        self.covariance += np.diag(np.square(deviations))

    def update(self, measured: Floats) -> None:
        h = self.mean[3]
        seen = np.eye(4, 8)
        noise = np.diag(np.square([h / 20, h / 20, 1e-1, h / 20]))
        innovation = seen @ self.covariance @ seen.T + noise
        gain = self.covariance @ seen.T @ np.linalg.inv(innovation)
        self.mean = self.mean + gain @ (measured - seen @ self.mean)
        self.covariance = self.covariance - gain @ innovation @ gain.T


def assert_same(states: BoxStates, filters: list[MatrixFilter]) -> None:
    for row, one in enumerate(filters):
        full = np.zeros((8, 8))
        axis = np.arange(4)
        full[axis, axis] = states.variances[row]
        full[axis, axis + 4] = full[axis + 4, axis] = states.covariances[row]
        full[axis + 4, axis + 4] = states.velocity_variances[row]
        mean = np.concatenate((states.values[row], states.velocities[row]))
        np.testing.assert_allclose(mean, one.mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(full, one.covariance, rtol=1e-9, atol=1e-12)


def measurements(shape: tuple[int, ...]) -> st.SearchStrategy[Floats]:
    """Boxes as x y aspect height, the size of people in video."""
    low = np.array([-100.0, -100, 0.2, 20])
    high = np.array([2000.0, 1100, 2.0, 600])
    unit = arrays(np.float64, (*shape, 4), elements=st.floats(0, 1, width=32))
    return unit.map(lambda part: low + part * (high - low))


@settings(deadline=None)
@given(measurements((6, 3)), st.lists(st.booleans(), min_size=5, max_size=5))
def test_four_small_filters_are_the_filter_of_eight_values(
    measured: Floats, seen: list[bool]
) -> None:
    states = initiate(measured[0])
    filters = [MatrixFilter(row) for row in measured[0]]
    assert_same(states, filters)
    for frame, is_seen in enumerate(seen, 1):
        states = predict(states)
        for one in filters:
            one.predict()
        if is_seen:
            states = update(states, measured[frame])
            for one, row in zip(filters, measured[frame], strict=True):
                one.update(row)
        assert_same(states, filters)


def moving(measured: Floats) -> BoxStates:
    """Boxes with velocities, but of constant height."""
    states = initiate(measured[0])
    for frame in measured[1:]:
        states = update(predict(states), frame)
    stop_growth(states, np.ones(len(states), bool))
    return states


@settings(deadline=None)
@given(measurements((4, 2)), st.integers(1, 40))
def test_many_frames_at_once_are_as_many_steps(measured: Floats, frames: int) -> None:
    states = stepped = moving(measured)
    for _ in range(frames):
        stepped = predict(stepped)
    np.testing.assert_allclose(
        predict(states, frames).moments, stepped.moments, rtol=1e-9, atol=1e-12
    )


PARTS = st.floats(0, 20)


@settings(deadline=None)
@given(measurements((4, 2)), PARTS, PARTS)
def test_time_adds_up_in_fractions_too(
    measured: Floats, first: float, second: float
) -> None:
    states = moving(measured)
    apart = predict(predict(states, first), second)
    np.testing.assert_allclose(
        apart.moments, predict(states, first + second).moments, rtol=1e-7, atol=1e-9
    )


@settings(deadline=None)
@given(measurements((3, 2)), st.floats(0, 100))
def test_covariances_stay_positive_definite(measured: Floats, frames: float) -> None:
    states = predict(moving(measured), frames)
    for later in (states, update(states, measured[0])):
        assert (later.variances > 0).all()
        product = later.variances * later.velocity_variances
        assert (product > later.covariances**2).all()


def test_no_time_changes_nothing() -> None:
    states = moving(np.array([[[50.0, 60, 0.5, 80]], [[52, 61, 0.5, 81]]]))
    np.testing.assert_array_equal(predict(states, 0).moments, states.moments)


def test_a_box_at_constant_speed_is_foreseen() -> None:
    places = [np.array([[100.0 + 4 * t, 200 - 3 * t, 0.5, 100]]) for t in range(60)]
    states = moving(np.array(places))
    ahead = predict(states, 10).values
    np.testing.assert_allclose(ahead, [[100 + 4 * 69, 200 - 3 * 69, 0.5, 100]], atol=1)


@settings(deadline=None)
@given(measurements((5,)))
def test_boxes_and_measurements_turn_into_each_other(measured: Floats) -> None:
    np.testing.assert_allclose(measure(boxes_of(measured)), measured, rtol=1e-9)


def test_a_measured_box_is_its_centre_aspect_and_height() -> None:
    assert measure(np.array([[10.0, 20, 30, 60]])).tolist() == [[20, 40, 0.5, 40]]


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="moments must be"):
        BoxStates(np.zeros((4, 2, 4)))
