"""A seek: what was asked for, and which readers lead there soonest."""

from dataclasses import dataclass
from fractions import Fraction

from avio_cli.demux.frame_index import FrameIndex

START_SECONDS = Fraction(1, 2)
"""Of a film that could be decoded while ffmpeg starts: 0.2 s of ours, with 1080p."""
HANDING_ON = Fraction(3, 2)
"""What a frame costs that is handed on, where one that is only decoded costs 1."""


@dataclass(slots=True)
class Seek:
    """A seek under way; times in seconds after the source's start."""

    target: Fraction
    """What was asked for."""
    asked: float
    """When, on the monotonic clock."""
    from_user: bool = True
    """Whether the user asked for it; else only the readers change."""
    last_frame: bool = False
    """Whether the last frame there is shall be shown, not the first."""
    keeps_current_frame: bool = False
    """Whether the frame shown stays: the readers only begin at it."""
    preroll: Fraction = Fraction(0)
    """How much before the target the readers begin."""
    reads_on: bool = False
    """Whether the readers that run go on to it, and no others begin."""

    @property
    def start(self) -> Fraction:
        """Where the readers begin."""
        return max(Fraction(0), self.target - self.preroll)


def reading_on_is_cheaper(
    reached: Fraction, target: Fraction, index: FrameIndex | None
) -> bool:
    """Whether going on costs less than a new session; in seconds of the film.

    Args:
        reached: what has been decoded.
        target: after it.
        index: tells where a new session would begin to decode; None: at the target.
    """
    key = target if index is None else index.key_before(target + index.time_base)
    anew = START_SECONDS + max(Fraction(0), target - key)
    return HANDING_ON * (target - reached) <= anew
