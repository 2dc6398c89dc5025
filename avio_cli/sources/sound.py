"""Sound as it leaves ffmpeg, made into blocks on the source's own clock."""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from avio_cli.ffmpeg.nut import NutReader
from avio_cli.frame import AudioBlock
from avio_cli.media import MediaInfo


def sound_blocks(
    packets: NutReader, shift: int, speed: Fraction
) -> Iterator[AudioBlock]:
    """Yield what a stream of 16-bit sound holds.

    Args:
        packets: the stream.
        shift: whole seconds that were added to its times.
        speed: how fast it was made to be played: at 2, a second of it is two of the
            source.
    """
    stream = packets.streams[0]
    base = stream.time_base
    origin: int | None = None
    for packet in packets:
        pts = packet.pts - int(shift / base)
        origin = pts if origin is None else origin
        yield AudioBlock(
            np.frombuffer(packet.payload, np.int16).reshape(-1, stream.channels),
            round(stream.sample_rate / speed),
            origin + round((pts - origin) * speed),
            base,
        )


def time_shift(info: MediaInfo, time_base: Fraction) -> int:
    """Whole seconds, a whole number of ticks too, that make all times positive."""
    starts = [s.start_pts * s.time_base for s in info.streams if s.start_pts]
    earliest = min([*starts, info.start or Fraction(0)])
    if earliest >= 0:
        return 0
    step = time_base.numerator
    return int(-math.floor(earliest / step) * step)
