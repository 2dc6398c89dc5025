"""The box filter of ByteTrack over an array of tracks, in closed form.

The filter follows centre x, centre y, aspect (width / height) and height of a box,
each with its velocity: eight values. Its covariance starts diagonal, motion couples
a value only with its own velocity, and only the values themselves are measured, so
the 8 x 8 covariance never leaves four 2 x 2 blocks. Four filters of two values each,
worked out by hand over whole arrays, give the same numbers without a matrix inversion.

Source of model and noise: Zhang et al., "ByteTrack", ECCV 2022, which took them from
Wojke et al., "Simple Online and Realtime Tracking with a Deep Association Metric",
ICIP 2017.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ASPECT, _HEIGHT = 2, 3


class Noise:
    """How much values of boxes scatter, for one or more kinds of values.

    Args:
        kinds: two standard deviations each: that of x, y and height, in heights, and
            that of the aspect, whatever the size.
    """

    def __init__(self, *kinds: tuple[float, float]) -> None:
        by_height = [[share, share, 0, share] for share, _ in kinds]
        self._by_height = np.array(by_height)[:, np.newaxis]
        fixed = [[0, 0, aspect, 0] for _, aspect in kinds]
        self._fixed = np.array(fixed)[:, np.newaxis]

    def variances(self, values: Floats) -> Floats:
        """Squared deviations (kinds, n, 4) for boxes (n, 4) of x y aspect height."""
        deviations: Floats = values[:, _HEIGHT:] * self._by_height + self._fixed
        return deviations * deviations


MOTION = Noise((1 / 20, 1e-2), (1 / 160, 1e-5))
"""Of the values and of the velocities, a frame."""
MEASUREMENT = Noise((1 / 20, 1e-1))
FIRST = Noise((2 / 20, 1e-2), (10 / 160, 1e-5))
"""Of the values and of the velocities of a box seen once."""


@dataclass(frozen=True, slots=True)
class BoxStates:
    """The estimate of n boxes: Gaussians over values and velocities."""

    moments: Floats
    """float64 (5, n, 4): the properties below, for x y aspect height."""

    def __post_init__(self) -> None:
        if self.moments.ndim != 3 or self.moments.shape[::2] != (5, 4):
            raise ValueError(f"moments must be (5, n, 4), not {self.moments.shape}")

    def __len__(self) -> int:
        return int(self.moments.shape[1])

    def __getitem__(self, rows: NDArray[np.intp]) -> "BoxStates":
        return BoxStates(self.moments.take(rows, axis=1))

    @property
    def values(self) -> Floats:
        """(n, 4): expected x y aspect height, a view."""
        return self.moments[0, :]

    @property
    def velocities(self) -> Floats:
        """(n, 4): their expected change a frame, a view."""
        return self.moments[1, :]

    @property
    def variances(self) -> Floats:
        """(n, 4): of the values, a view."""
        return self.moments[2, :]

    @property
    def covariances(self) -> Floats:
        """(n, 4): of each value with its velocity, a view."""
        return self.moments[3, :]

    @property
    def velocity_variances(self) -> Floats:
        """(n, 4): of the velocities, a view."""
        return self.moments[4, :]

    @property
    def boxes(self) -> Floats:
        """(n, 4): expected x1 y1 x2 y2."""
        return boxes_of(self.values)


def measure(boxes: Floats) -> Floats:
    """Turn boxes x1 y1 x2 y2 (n, 4) into x y aspect height; heights must be above 0."""
    sizes = boxes[:, 2:] - boxes[:, :2]
    measured = np.empty_like(boxes)
    measured[:, :2] = boxes[:, :2] + sizes / 2
    measured[:, _ASPECT] = sizes[:, 0] / sizes[:, 1]
    measured[:, _HEIGHT] = sizes[:, 1]
    return measured


def boxes_of(values: Floats) -> Floats:
    """Turn x y aspect height (n, 4) into boxes x1 y1 x2 y2."""
    sizes = values[:, 2:].copy()
    sizes[:, 0] *= values[:, _HEIGHT]
    boxes = np.empty_like(values)
    boxes[:, :2] = values[:, :2] - sizes / 2
    boxes[:, 2:] = boxes[:, :2] + sizes
    return boxes


def initiate(measured: Floats) -> BoxStates:
    """Start to track boxes (n, 4) of x y aspect height, seen once, at rest."""
    moments = np.zeros((5, len(measured), 4))
    moments[0] = measured
    moments[2::2] = FIRST.variances(measured)
    return BoxStates(moments)


def predict(states: BoxStates, frames: float = 1.0) -> BoxStates:
    """Predict ahead in time.

    The noise is that of as many steps of one frame, summed in closed form, which
    holds for fractions too: predicting 2 and then 3 frames is predicting 5, but for
    the noise's scale, which is the height that each prediction starts from.

    Args:
        states: n boxes.
        frames: how long, 0 or more; 1 is the step of the original filter.
    """
    motion, drift = MOTION.variances(states.values)
    pairs = frames * (frames - 1) / 2  # 0 + 1 + … + (frames - 1)
    squares = pairs * (2 * frames - 1) / 3  # 0 + 1 + 4 + … + (frames - 1)²
    moments = states.moments.copy()
    values, velocities, variances, covariances, velocity_variances = moments
    values += frames * velocities
    variances += frames * (covariances + motion)
    covariances += frames * velocity_variances
    variances += frames * covariances
    velocity_variances += frames * drift
    if frames != 1:
        variances += squares * drift
        covariances += pairs * drift
    return BoxStates(moments)


def update(states: BoxStates, measured: Floats) -> BoxStates:
    """Update with one measurement of each box.

    Args:
        states: n boxes, predicted to the time of the measurement.
        measured: (n, 4) of x y aspect height.
    """
    mixed = states.moments[2:4]  # how the values vary, alone and with velocities
    gains = mixed / (states.variances + MEASUREMENT.variances(states.values))
    moments = np.empty_like(states.moments)
    moments[:2] = states.moments[:2] + gains * (measured - states.values)
    moments[2:4] = mixed - gains[0] * mixed
    moments[4] = states.velocity_variances - gains[1] * states.covariances
    return BoxStates(moments)


def stop_growth(states: BoxStates, rows: NDArray[np.bool_]) -> None:
    """Forget, in place, how fast the heights of some boxes change.

    Args:
        states: n boxes.
        rows: (n,).
    """
    states.velocities[rows, _HEIGHT] = 0
