"""MPEG video whose aspect ratio changes midway, while its size stays.

Television does so between 4:3 and 16:9. ffmpeg notices other sizes only (5.1 and 9.0):
what follows is encoded, and shown, as what the source starts with.
"""

import logging
from fractions import Fraction

from avio_cli.demux.packet_reader import PacketReader
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import VideoStream

_LOG = logging.getLogger("avio.encode")
_CODECS = ("mpeg1video", "mpeg2video")
_SEQUENCE = b"\x00\x00\x01\xb3"
_RATIOS = {1: "square pixels", 2: "4:3", 3: "16:9", 4: "2.21:1"}
"""ISO/IEC 13818-2, 6.3.3."""


def warn_of_changed_aspect(
    source: MediaSource, start: Fraction, end: Fraction | None
) -> None:
    """Warn of the first change in a range that is encoded.

    Args:
        source: what is read; not looked at where it cannot be read twice.
        start: seconds after the source's start.
        end: likewise; None: to the end.
    """
    video = next(iter(source.info.videos), None)
    if video is None or video.codec not in _CODECS or not source.can_reopen:
        return
    if source.url.kind == "url":
        return
    try:
        change = first_change(source, video, start, end)
    except AvioError:  # decoding will fail, too, and say why
        return
    if change is not None:
        time, before, after = change
        _LOG.warning(
            "the aspect ratio changes from %s to %s at %.3f s: what follows is shown "
            "as %s; `avio trim` can cut there",
            *(before, after, time, before),
        )


def first_change(
    source: MediaSource, video: VideoStream, start: Fraction, end: Fraction | None
) -> tuple[Fraction, str, str] | None:
    """When the aspect ratio is first another one in a range than at the source's start.

    Returns:
        The time, and the one at the start and then; None: it is the same.

    Raises:
        InputError: the source cannot be read.
    """
    first: tuple[bytes, str] | None = None
    with PacketReader(source, [video]) as packets:
        base = packets.streams[0].time_base
        for packet in packets:
            time = packet.pts * base - source.origin
            if end is not None and time >= end:
                return None
            said = _size_and_ratio(packet.payload[:8].tobytes())
            first = first or said
            if said is None or first is None or time < start:
                continue
            if said[0] == first[0] and said != first:
                return time, first[1], said[1]
    return None


def _size_and_ratio(packet: bytes) -> tuple[bytes, str] | None:
    """What a packet that begins with a sequence header says of them; None: nothing."""
    if len(packet) < 8 or packet[:4] != _SEQUENCE:
        return None
    return packet[4:7], _RATIOS.get(packet[7] >> 4, "another one")
