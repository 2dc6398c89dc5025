"""Packets: whether viewers may have a source's own video, and where it comes from."""

import sys
from importlib.util import find_spec
from typing import Protocol

from avio_cli.ffmpeg.clock import may_jump
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.seeking import EXACT_SEEK_DEMUXERS
from avio_cli.live_page.copied.file_packets import FilePackets
from avio_cli.live_page.copied.live_packets import LivePackets
from avio_cli.live_page.copied.muxing import CODECS
from avio_cli.live_page.copied.store import PacketStore
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream


class Packets(Protocol):
    """Puts the packets of a source where viewers get them."""

    def time_of(self, frame: Frame) -> float | None:
        """When a frame is shown on the clock of what viewers get; None: never."""
        ...

    def close(self) -> None:
        """End it; safe to call twice."""
        ...


def has_web_sockets() -> bool:
    """Whether what serves WebSockets is installed."""
    return find_spec("wsproto") is not None


def not_copied(source: MediaSource, video: VideoStream) -> str:
    """Why viewers get images instead of the source's own video; empty: they need not.

    Args:
        source: what is read.
        video: its stream.
    """
    if not has_web_sockets():
        return "wsproto is not installed"
    if video.codec not in CODECS:
        return f"browsers do not play {video.codec}"
    if not video.is_upright or video.is_interlaced:
        kind = "interlaced" if video.is_interlaced else "rotated"
        return f"the source is {kind}, and shown as it is seen"
    if source.relay is not None:
        return "" if sys.platform != "win32" else "not of live sources on Windows"
    url, container = source.url, source.info.container
    if url.kind != "file" or source.is_live:
        return "the source is read once"
    is_exact = container.startswith(EXACT_SEEK_DEMUXERS)
    if source.generates_pts or may_jump(source.info) or not is_exact:
        return f"{container.split(',')[0]} is not searched exactly"
    return ""


def open_packets(
    source: MediaSource, video: VideoStream, store: PacketStore
) -> FilePackets | LivePackets:
    """Begin to pass packets on; only where `not_copied` has no reason not to."""
    if source.relay is not None:
        return LivePackets(source.ffmpeg, video, store)
    return FilePackets(source, video, store)
