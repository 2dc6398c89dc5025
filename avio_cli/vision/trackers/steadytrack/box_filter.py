"""The filter of SteadyTrack: centre, width and height, each with its velocity.

Four Kalman filters of two values each over arrays of tracks, as in ByteTrack's, but of
the width in place of the aspect, and with noise in units of the box's own width (x, w)
and height (y, h). At low rates people change their pace between two frames: the noise
grows with the root of the frame's duration.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.trackers.kalman import BoxStates
from avio_cli.vision.trackers.steadytrack.settings import SteadyTrackSettings

Floats = NDArray[np.float64]

FULL_RATE = 30
"""Frames a second from which on a frame is as short as any."""
_SIZES = np.array([2, 3, 2, 3])
_LEAST_SIZE = 0.01


@dataclass(frozen=True, slots=True)
class BoxFilter:
    """The filter for some settings; all boxes (n, 4) are x y width height."""

    settings: SteadyTrackSettings

    def initiate(self, measured: Floats, elapsed: float) -> BoxStates:
        """Start to track boxes seen once.

        Args:
            measured: (n, 4).
            elapsed: frames since the frame before: how far they may move until the
                next.
        """
        settings = self.settings
        moments = np.zeros((5, len(measured), 4))
        units = _units(measured)
        moments[0] = measured
        moments[2] = (2 * settings.measurement_noise * units) ** 2
        scale = settings.first_velocity * self._slowness(elapsed) / max(elapsed, 1.0)
        moments[4] = (scale * self._drift * units) ** 2
        return BoxStates(moments)

    def predict(self, states: BoxStates, elapsed: float) -> BoxStates:
        """Predict ahead by one frame, however long it was.

        Args:
            states: n boxes.
            elapsed: its duration in frames of the nominal rate, 0 or more; two
                frames' worth is a frame at half the rate.
        """
        slowness, share = self._slowness(elapsed), min(elapsed, 1.0)
        units = _units(states.values)
        moments = states.moments.copy()
        values, velocities, variances, covariances, velocity_variances = moments
        values += elapsed * velocities
        np.maximum(values[:, 2:], _LEAST_SIZE, out=values[:, 2:])
        variances += elapsed * (2 * covariances + elapsed * velocity_variances)
        covariances += elapsed * velocity_variances
        units *= units
        position = share * slowness * self.settings.position_noise**2
        variances += position * units
        units *= self._drift**2 * (share * slowness**3 / max(elapsed, 1.0) ** 2)
        velocity_variances += units
        return BoxStates(moments)

    def update(self, states: BoxStates, measured: Floats, noise: Floats) -> BoxStates:
        """Update with one measurement of each box.

        Args:
            states: n boxes, predicted to the time of the measurement.
            measured: (n, 4).
            noise: (n, 4): variances of the measurement.
        """
        mixed = states.moments[2:4]
        gains = mixed / (states.variances + noise)
        moments = np.empty_like(states.moments)
        moments[:2] = states.moments[:2] + gains * (measured - states.values)
        moments[2:4] = mixed - gains[0] * mixed
        moments[4] = states.velocity_variances - gains[1] * states.covariances
        return BoxStates(moments)

    def noise(self, states: BoxStates) -> Floats:
        """Variances (n, 4) of what strong detections measure."""
        return (self.settings.measurement_noise * _units(states.values)) ** 2

    @property
    def _drift(self) -> Floats:
        steady = self.settings.size_velocity
        return self.settings.velocity_noise * np.array([1, 1, steady, steady])

    def _slowness(self, elapsed: float) -> float:
        frames = FULL_RATE / float(self.settings.frame_rate) * max(elapsed, 1.0)
        return float(max(frames, 1.0) ** 0.5)


def measure(boxes: Floats) -> Floats:
    """Turn boxes x1 y1 x2 y2 (n, 4) into x y width height."""
    measured = np.empty_like(boxes)
    measured[:, 2:] = boxes[:, 2:] - boxes[:, :2]
    measured[:, :2] = boxes[:, :2] + measured[:, 2:] / 2
    return measured


def boxes_of(values: Floats) -> Floats:
    """Turn x y width height (n, 4) into boxes x1 y1 x2 y2."""
    boxes = np.empty_like(values)
    boxes[:, :2] = values[:, :2] - values[:, 2:] / 2
    boxes[:, 2:] = boxes[:, :2] + values[:, 2:]
    return boxes


def _units(values: Floats) -> Floats:
    units: Floats = np.maximum(values.take(_SIZES, axis=1), 1.0)
    return units
