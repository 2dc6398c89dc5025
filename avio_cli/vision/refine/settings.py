"""Settings of refinement; docs/tracking.md explains it."""

import math
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class RefineSettings:
    """How tracks are refined; found on annotated sequences, see docs/tracking.md."""

    runs: int = 16
    """Half of them go forward and half backward; one of each is not perturbed."""
    seed: int = 16
    """Of the perturbation: the same detections give the same tracks."""
    box_jitter: float = 0.02
    """Standard deviation added to x and width, in widths, and y and height, in
    heights."""
    score_jitter: float = 0.02
    """Standard deviation added to scores."""
    score_spread: float = 0.0
    """Standard deviation added to all scores of one run."""
    size_spread: float = 0.0
    """Standard deviation of the logarithm by which one run enlarges all boxes."""
    share: float = 0.6
    """Least share of the runs that must have a detection in a track."""
    remembered: int = 60
    """Latest detections of a track that count."""
    decay: float = 0.98
    """How much less each older one of them counts than the next one."""
    least_agreement: float = 0.3
    """Weighted share of the runs that must see a detection in a track."""
    reach: float = 1.0
    """How far a track moves from one frame to the next at most, in heights."""
    reach_growth: float = 0.3
    """And how much further for each frame that it was not seen."""
    memory: int = 30
    """Frames after which a track that is not seen ends."""
    least_boxes: int = 5
    """Tracks with fewer detections are dropped."""
    class_vote: bool = False
    """Whether a track is of the class that the scores of its boxes speak for most."""
    sigma: float = 3.0
    """Standard deviation in frames, at 30 a second, of the window that smooths
    centres; sizes have twice that."""
    short_gap: int = 10
    """Frames without detection that are filled in any case."""
    long_gap: int = 29
    """And at most, where something in front hides the object."""
    block: int = 2000
    """Frames that are decided at once: what bounds memory."""
    lookahead: int = 200
    """Frames after a block that are seen before it is decided."""
    context: int = 120
    """Frames before a block that are kept."""

    def window(self, rate: Fraction) -> float:
        """Standard deviation of the window, in frames of that rate."""
        return self.sigma * math.sqrt(rate / 30)


MODES = {"fast": RefineSettings(runs=8), "best": RefineSettings(runs=16)}
"""What ``--refine`` can be."""


def refine_settings(mode: str) -> RefineSettings:
    """The settings of a mode.

    Raises:
        UsageError: there is no such mode.
    """
    if mode not in MODES:
        raise UsageError(
            f"--refine cannot be {mode!r}",
            hint=did_you_mean(mode, MODES, count=1, list_all=True),
        )
    return MODES[mode]
