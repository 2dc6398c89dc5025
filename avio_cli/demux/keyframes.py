"""Where a video can be cut without encoding it: its keyframes, found by seeking."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.demux.framecrc import (
    COPIED,
    FramecrcPacket,
    FramecrcReader,
    framecrc_command,
    whole_lines,
)
from avio_cli.ffmpeg.command import source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import MediaUrl

_MARGINS = tuple(map(Fraction, (0, 1, 4, 16, 64, 256)))
"""Seconds: where a demuxer lands late, seek ever earlier."""
_ROUNDING = Fraction(1, 1000)
"""Seconds: times typed by people, or floats, are this close to those of packets."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A frame at which a copy can start; in seconds on the source's own clock."""

    pts_seconds: Fraction
    dts_seconds: Fraction
    """Earlier than `pts_seconds` where later frames are stored before earlier ones."""


def keyframe_before(
    ffmpeg: FFmpeg, address: MediaUrl, stream: int, time: Fraction
) -> Keyframe | None:
    """The last keyframe at or before a time.

    Args:
        ffmpeg: the binary to run.
        address: a source that can be read several times.
        stream: the video's index in the container.
        time: seconds on the source's own clock.

    Returns:
        None where there is none.

    Raises:
        FFmpegError: the source cannot be read.
    """
    for margin in _MARGINS:
        seek = time - margin
        found = _last_keyframe(ffmpeg, address, stream, seek, time)
        if found is not None:
            return found
        if seek <= 0:
            return None
    return _last_keyframe(ffmpeg, address, stream, Fraction(0), time)


def _last_keyframe(
    ffmpeg: FFmpeg, address: MediaUrl, stream: int, seek: Fraction, time: Fraction
) -> Keyframe | None:
    """The last keyframe up to a time among those after a seek."""
    last = None
    for packet in _packets(ffmpeg, address, stream, seek):
        shown, decoded = packet.presentation_time, packet.decode_time
        if shown is None or decoded is None:
            continue
        if packet.key and not packet.discard and shown <= time + _ROUNDING:
            last = Keyframe(shown, decoded)
        if decoded > time:
            break
    return last


def _packets(
    ffmpeg: FFmpeg, address: MediaUrl, stream: int, seek: Fraction
) -> Iterator[FramecrcPacket]:
    """The packets after a seek."""
    position = ("-ss", f"{float(seek):.6f}") if seek > 0 else ()
    # -seek_timestamp: the position is on the source's clock, not from its start.
    options = (*(("-seek_timestamp", "1") if position else ()), *position)
    maps = ("-map", f"0:{stream}")
    command = framecrc_command(source_input(address, options), (*maps, *COPIED))
    with Process(command.argv(ffmpeg.path), stdout=True) as child:
        yield from FramecrcReader(whole_lines(child.stdout))
        child.finish()
