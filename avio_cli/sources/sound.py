"""Sound as it leaves ffmpeg, made into blocks on the source's own clock."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from avio_cli.ffmpeg.nut import NutReader
from avio_cli.frame import AudioBlock


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
