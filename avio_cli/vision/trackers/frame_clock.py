"""The clock of a tracker: true time, counted in frames of the nominal rate."""

from dataclasses import dataclass
from fractions import Fraction

from avio_cli.errors import UsageError

_TICKS = 1024
"""A frame has this many ticks. A power of two keeps sums of times exact, and rounding
to ticks makes the frames of a constant rate exactly one frame apart."""

_MOST_RATE = 1_000_000
"""And one frame in as many seconds is the least: times stay numbers of float64."""


def check_frame_rate(rate: Fraction) -> None:
    """Refuse a rate that no video has.

    Raises:
        UsageError: it is 0, or further from 1 than a million times.
    """
    if not Fraction(1, _MOST_RATE) <= rate <= _MOST_RATE:
        raise UsageError(f"frame_rate must be from 1/{_MOST_RATE} to {_MOST_RATE}")


@dataclass(slots=True)
class TrackerClock:
    """Convert the times of frames into frames elapsed.

    Args:
        rate: frames a second that count as one frame each.
        counting: let every frame be one frame, whatever its time.
    """

    rate: Fraction
    counting: bool = False
    frames: int = 0
    """Frames so far."""
    now: float = 0.0
    """Time of the last frame, in frames; the first is at 1."""
    stamp: float = 0.0
    """Its own time, in frames; the source may start anywhere."""

    def advance(self, seconds: float | None) -> float:
        """Advance to the next frame.

        Args:
            seconds: its time; one before the last frame's is that of a
                restarted stream, and counts as one frame. None: a frame later.

        Returns:
            Frames elapsed since the last one, 0 or more; 1 for the first.
        """
        stamp = self.stamp + 1 if seconds is None else self._stamp(seconds)
        elapsed = stamp - self.stamp
        if self.counting or self.frames == 0 or elapsed < 0:
            elapsed = 1.0
        self.frames += 1
        self.now += elapsed
        self.stamp = stamp
        return elapsed

    def since(self, seconds: float) -> float:
        """Frames from the last frame to a later time; 0 where frames are counted."""
        return 0.0 if self.counting else max(0.0, self._stamp(seconds) - self.stamp)

    def _stamp(self, seconds: float) -> float:
        return round(seconds * float(self.rate) * _TICKS) / _TICKS
