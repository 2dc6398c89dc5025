"""Settings of appearance; docs/tracking.md explains what users can set."""

import math
from dataclasses import dataclass

from avio_cli.errors import UsageError

MOST_GAP = 3600.0
"""Seconds: what is remembered of every track is kept in memory and checkpoints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceSettings:
    """How appearance takes part in tracking.

    Likeness is the cosine of two embeddings, scaled so that 1 is equal and 0 is what
    objects known to be different have on average: it means the same for every model.

    Raises:
        UsageError: a value is out of range.
    """

    gap: float = 0.0
    """Seconds after which a track that was left is found again by appearance alone; 0:
    appearance decides only between candidates."""
    margin: float = 0.2
    """A pair is doubtful where another one of its track or detection costs at most so
    much more or less: only there crops are looked at."""
    weight: float = 0.5
    """What likeness counts beside the cost of a doubtful pair."""
    refresh: int = 10
    """Frames after which what is known of a track is renewed."""
    smoothing: float = 0.8
    """Share of what was known before in what is known then."""
    least_score: float = 0.5
    """Score from which a detection is good enough to learn from."""
    covered: float = 0.3
    """Share of a box above which another one on it spoils the crop."""
    least_likeness: float = 0.5
    """Of a track that is found again."""
    lead: float = 0.2
    """By how much more it must be like it than any other that it cannot be."""
    least_seen: int = 5
    """Detections of a track that can be found again."""
    speed: float = 1.5
    """How fast it may move meanwhile, in heights of its box a second."""
    most_left: int = 500
    """Tracks that were left and are remembered; those not seen for longest are not."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.gap) and 0 <= self.gap <= MOST_GAP):
            raise UsageError(f"--reid-gap must be from 0 to {MOST_GAP:g} seconds")
