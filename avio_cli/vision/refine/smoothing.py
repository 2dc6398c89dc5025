"""Smoothing of tracks over past and future: a local-linear fit at every frame.

All tracks lie behind each other on one axis of frames, with more room between two than
the window is wide. So the sums of all fits are convolutions along that axis.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.refine.table import Floats, Integers

CUT = 4.0
"""Standard deviations to each side after which the window ends."""
_SINGLE = 1e-3
"""Where the window's weight is nearly all at one frame, there is no line to fit."""
_LEAST, _MOST = 0.05, 1.0
"""Weights of detections: their score, in these bounds."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Boxes of tracks, sorted by track and frame."""

    tracks: Integers
    """(n,): numbers."""
    frames: Integers
    """(n,)."""
    boxes: Floats
    """(n, 4): x1 y1 x2 y2."""
    scores: NDArray[np.float32]
    classes: Integers

    def __getitem__(self, rows: NDArray[np.bool_] | Integers | slice) -> "Rows":
        return Rows(
            *(self.tracks[rows], self.frames[rows], self.boxes[rows]),
            *(self.scores[rows], self.classes[rows]),
        )

    def __len__(self) -> int:
        return len(self.tracks)


def joined(one: Rows, other: Rows) -> Rows:
    """Rows of both, in no particular order."""
    return Rows(
        *(
            np.concatenate((getattr(one, field.name), getattr(other, field.name)))
            for field in fields(Rows)
        )
    )


def smoothed(rows: Rows, sigma: float) -> Floats:
    """Smooth the boxes of tracks.

    Args:
        rows: detections of tracks.
        sigma: standard deviation of the window in frames, for centres; sizes have
            twice that.

    Returns:
        (n, 4): x1 y1 x2 y2.
    """
    if not len(rows):
        return rows.boxes
    room = int(2 * CUT * sigma) + 1
    places = _places(rows, room)
    weights = np.clip(rows.scores.astype(np.float64), _LEAST, _MOST)
    sizes = rows.boxes[:, 2:] - rows.boxes[:, :2]
    centres = rows.boxes[:, :2] + sizes / 2
    middle = _fit(places, weights, centres, sigma)
    half = np.maximum(_fit(places, weights, sizes, 2 * sigma), 1e-3) / 2
    return np.concatenate((middle - half, middle + half), axis=1)


def _places(rows: Rows, room: int) -> Integers:
    """Place each box on the common axis."""
    steps = np.diff(rows.frames)
    steps[np.diff(rows.tracks) != 0] = room
    return np.concatenate(([0], np.cumsum(steps)))


def _fit(places: Integers, weights: Floats, values: Floats, sigma: float) -> Floats:
    """Fit a line around each place, and return its value there.

    Args:
        places: (n,): rising.
        weights: (n,).
        values: (n, d).
        sigma: of the Gaussian window.
    """
    reach = int(CUT * sigma)
    offsets = np.arange(-reach, reach + 1, dtype=np.float64)
    window = np.exp(-0.5 * (offsets / sigma) ** 2)
    # Offsets run against the direction of a convolution.
    kernels = (window, -offsets * window, offsets**2 * window)

    def sums(amounts: Floats, power: int) -> Floats:
        axis = np.zeros(places[-1] + 1 + 2 * reach)
        axis[places + reach] = amounts
        return np.convolve(axis, kernels[power], "valid")[places]

    s0, s1, s2 = (sums(weights, power) for power in range(3))
    spread = s0 * s2 - s1 * s1
    single = spread <= _SINGLE * s0 * s0
    divisor = np.where(single, 1, spread)
    fitted = np.empty_like(values)
    for column, value in enumerate(values.T):
        t0, t1 = (sums(weights * value, power) for power in range(2))
        fitted[:, column] = np.where(single, t0 / s0, (s2 * t0 - s1 * t1) / divisor)
    return fitted
