"""Frames whose times go back or repeat: moved behind the one before, and counted.

Encoders and muxers want times that increase. Left alone, ffmpeg moves a packet by a
tick of its own time base, which the container may not be able to store, or gives two
frames one time (5.1 and 9.0).
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from avio_cli.media.info import VideoStream

_PRINTED = re.compile(r"(?:\[Eval @ \w+\] )?(?:\[\w+\] )?-?\d+\.0{6}")
"""What `increasing_times` has ffmpeg say of each frame: 9.0 names the component."""
_WARNING = 24  # AV_LOG_WARNING


def increasing_times(
    step: Fraction, video: VideoStream, *, counted: bool = True
) -> str:
    """The filter that moves each frame behind the one before, where it is not there.

    Frames at a usual rate that are nearer than a step count as such, too: they were
    moved before. All others keep their times.

    Args:
        step: seconds between two frames that the container keeps apart.
        video: what is decoded.
        counted: whether `MovedFrames` is to find them in the log.
    """
    ticks = max(1, ceil(step / video.time_base))
    usual = video.average_rate is not None and 2 * step * video.average_rate <= 1
    # At high rates only what follows a moved frame must keep a step from it.
    least = f"{ticks}" if usual else f"if(ld(0),{ticks},1)"
    kept = f"isnan(PREV_OUTPTS)+isnan(PTS)+gte(PTS,PREV_OUTPTS+{least})"
    moved = f"PREV_OUTPTS+{ticks}"
    said = f"print({moved},{_WARNING})" if counted else moved
    return f"setpts='if({kept},0*st(0,0)+PTS,0*st(0,1)+{said})'"


@dataclass(slots=True)
class MovedFrames:
    """Counts the frames that `increasing_times` moves, in ffmpeg's log."""

    count: int = 0

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        if _PRINTED.fullmatch(line.strip()):
            self.count += 1


def describe_moved(count: int) -> str:
    """The warning that so many frames were moved."""
    frames, were = ("frame", "was") if count == 1 else ("frames", "were")
    return f"{count} {frames} {were} not after the one before in time: moved after it"
