"""A seek: what was requested, and whether decoding forward gets there sooner."""

from dataclasses import dataclass
from fractions import Fraction

from avio_cli.demux.frame_index import FrameIndex

START_SECONDS = Fraction(1, 2)
"""Video that could be decoded while ffmpeg starts: 0.2 s of real time, with 1080p."""
OUTPUT_COST = Fraction(3, 2)
"""Cost of a frame that is output, where one that is only decoded costs 1."""


@dataclass(slots=True)
class Seek:
    """A seek in progress; times in seconds after the source's start."""

    target: Fraction
    """The requested time."""
    asked: float
    """When it was requested, on the monotonic clock."""
    from_user: bool = True
    """Whether the user requested it; else only the readers are restarted."""
    last_frame: bool = False
    """Whether to show the last frame from there on, not the first."""
    keeps_current_frame: bool = False
    """Whether the current frame stays: the readers only start at it."""
    preroll: Fraction = Fraction(0)
    """How long before the target the readers start."""
    decodes_forward: bool = False
    """Whether the running session decodes up to it; no new one is started."""

    @property
    def start(self) -> Fraction:
        """Where the readers start."""
        return max(Fraction(0), self.target - self.preroll)


def decoding_forward_is_cheaper(
    reached: Fraction, target: Fraction, index: FrameIndex | None
) -> bool:
    """Whether decoding forward costs less than a new session, in seconds of video.

    Args:
        reached: time of the last decoded frame.
        target: after it.
        index: where a new session would start to decode; None: at the target.
    """
    key = target if index is None else index.key_before(target + index.time_base)
    restart_cost = START_SECONDS + max(Fraction(0), target - key)
    return OUTPUT_COST * (target - reached) <= restart_cost
