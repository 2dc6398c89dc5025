"""Where a video can be cut without encoding it: its keyframes, found by seeking."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Protocol, TypeVar

from avio_cli.demux.framecrc import (
    COPIED,
    FramecrcPacket,
    FramecrcReader,
    listing_command,
    whole_lines,
)
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process

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
    source: MediaSource, stream: int, time: Fraction
) -> Keyframe | None:
    """The last keyframe at or before a time.

    Args:
        source: one that can be read several times.
        stream: the video's index in the container.
        time: seconds on the source's own clock.

    Returns:
        None where there is none.

    Raises:
        FFmpegError: the source cannot be read.
    """

    def may_start(packet: FramecrcPacket) -> bool:
        shown = packet.presentation_time
        if shown is None or packet.discard:
            return False
        return packet.key and shown <= time + _ROUNDING

    packets = packets_from_keyframe(
        partial(_packets_until, source, stream, time), time - source.origin, may_start
    )
    if not packets or not may_start(packets[0]):
        return None
    shown, decoded = packets[0].presentation_time, packets[0].decode_time
    return None if shown is None or decoded is None else Keyframe(shown, decoded)


class _Keyed(Protocol):
    @property
    def key(self) -> bool: ...


_P = TypeVar("_P", bound=_Keyed)


def packets_from_keyframe(
    list_from: Callable[[Fraction], Generator[_P, None, None]],
    time: Fraction,
    may_start: Callable[[_P], bool],
) -> tuple[_P, ...]:
    """List packets from the last keyframe before a time on, in decoding order.

    Some demuxers land late when they seek: then it seeks ever earlier.

    Args:
        list_from: lists the packets of a video after a seek, up to some after `time`.
            Seconds after the start of the source.
        time: likewise; where to seek first.
        may_start: whether a packet is a keyframe that may be the first.

    Returns:
        Where there is no such keyframe, the packets from the first one that there is;
        empty without any.
    """
    packets: tuple[_P, ...] = ()
    for position in _positions(time):
        with closing(list_from(position)) as listed:
            packets = _from_last_start(listed, may_start)
        if packets and may_start(packets[0]):
            break
    return packets


def _positions(time: Fraction) -> Iterator[Fraction]:
    yield from (time - margin for margin in _MARGINS if time > margin)
    yield Fraction(0)


def _from_last_start(
    listed: Iterable[_P], may_start: Callable[[_P], bool]
) -> tuple[_P, ...]:
    packets: list[_P] = []
    for packet in listed:
        if may_start(packet):
            packets.clear()
        if packets or packet.key:
            packets.append(packet)
    return tuple(packets)


def _packets_until(
    source: MediaSource, stream: int, end: Fraction, seek: Fraction
) -> Generator[FramecrcPacket, None, None]:
    """The packets after a seek, up to the first that is decoded after the end."""
    maps = ("-map", f"0:{stream}")
    command = listing_command(source, (*maps, *COPIED), source.seek(seek))
    with Process(command.argv(source.ffmpeg.path), stdout=True) as child:
        for packet in FramecrcReader(whole_lines(child.stdout)):
            yield packet
            if packet.decode_time is not None and packet.decode_time > end:
                return
        child.finish()
