"""Where to start decoding to reach a time, and how to keep times above zero."""

import math
from collections.abc import Iterator
from fractions import Fraction

from avio_cli.media.info import MediaInfo

EXACT_SEEK_DEMUXERS = ("mov", "matroska")
"""Demuxers that never land after the time they seek to."""
SEEK_MARGIN = Fraction(10)
"""Seconds by which the others seek earlier; ffmpeg drops what is too early."""

_LATE = Fraction(1, 10)
"""Seconds after its file at which a video starts late: what primes audio is less."""


def seek_options(seconds: Fraction) -> tuple[str, ...]:
    """Input options to start at a position, after the source's start; none for 0."""
    return ("-ss", f"{float(seconds):.6f}") if seconds > 0 else ()


def precedes_video(info: MediaInfo, seconds: Fraction) -> bool:
    """Whether a position is before the first frame of a video.

    A seek would end at that frame, and lose the audio before it (5.1 and 9.0).

    Args:
        info: the source.
        seconds: after its start.
    """
    starts = (v.start_pts * v.time_base for v in info.videos if v.start_pts is not None)
    late = (start for start in starts if start > info.origin + _LATE)
    return any(info.origin + seconds <= start for start in late)


def range_options(info: MediaInfo, seconds: Fraction) -> tuple[str, ...]:
    """The same for an output that has an ``-ss`` of its own.

    ffmpeg 5.1 drops copied packets before the number given here, as if it counted on
    the source's clock: too many where that clock starts before 0.
    """
    if precedes_video(info, seconds):
        return ()
    position = info.origin + seconds
    if info.origin >= 0 or seconds <= 0:
        return seek_options(seconds)
    if position <= 0:
        return ()
    return ("-seek_timestamp", "1", "-ss", f"{float(position):.6f}")


def seek_margin(info: MediaInfo) -> Fraction:
    """Seconds by which to seek earlier than wanted; 0 where a seek never lands late."""
    exact = info.container.startswith(EXACT_SEEK_DEMUXERS)
    return Fraction(0) if exact else SEEK_MARGIN


def seek_positions(start: Fraction, rate: Fraction | None) -> Iterator[Fraction]:
    """Where to start decoding, in seconds: ever earlier, as some demuxers land late.

    Args:
        start: seconds after the source's start.
        rate: frames a second, where known.
    """
    margins = [2 / rate if rate else Fraction(1, 5), *map(Fraction, (1, 4, 16, 64))]
    for margin in margins:
        if start > margin:
            yield start - margin
    yield Fraction(0)


def time_shift(info: MediaInfo, time_base: Fraction) -> int:
    """Whole seconds, a whole number of ticks too, that make all times positive."""
    starts = [s.start_pts * s.time_base for s in info.streams if s.start_pts]
    earliest = min([*starts, info.origin])
    if earliest >= 0:
        return 0
    step = time_base.numerator
    return int(-math.floor(earliest / step) * step)
