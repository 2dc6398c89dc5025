"""Open a source: a live one over a single connection, any other as ever."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from urllib.parse import urlsplit

from avio_cli.ffmpeg.clock import has_no_times
from avio_cli.ffmpeg.live.relay import IncompleteError, Relay, UncarriedError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.bounds import use_one_pool
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo, VideoStream

_ARRIVAL = Fraction(1, 90000)
_PORTS, _KNOCK_SECONDS = {"http": 80, "https": 443}, 2.0
_JOINED = ("udp:", "rtp:")
"""What is sent whether anyone listens or not, and can be joined again and again."""
_QUICK = ("-analyzeduration", "2000000")
"""MPEG-TS may gain streams: ffmpeg looks for them for five seconds (5.1, 9.0)."""


def open_live(
    ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str] = ()
) -> MediaSource:
    """Open a live source, once: the first who decodes it gets this connection.

    Whoever decodes it afterwards opens it again, and so does the first one of a device.
    Close it where nobody decodes it.

    Args:
        ffmpeg: the binary to run.
        url: a device or a network address, one that `is_relayed`.
        options: further options of ffmpeg for the source.

    Raises:
        InputError: it cannot be opened, or sends neither video nor audio.
        FFmpegError: the program itself does not work.
    """
    use_one_pool()  # threads come and go with connections
    try:
        relay, info = _looked_at(ffmpeg, url, options)
    except UncarriedError:  # who reads it opens it again
        return MediaSource.probe(ffmpeg, url, options)
    if relay.has_file and _takes_others(url):
        # It is read like one: searched, and with what no relay passes on.
        relay.close()
        return MediaSource.probe(ffmpeg, url, options)
    info = replace(info, duration=None) if relay.has_file else info
    if url.kind == "device":
        # It can be opened again, and must not wait: a pipe holds less than one of its
        # frames, x11grab grabs later what it has missed (5.1, 9.0), and what a camera
        # holds back is old.
        relay.close()
    return MediaSource(ffmpeg, url, _with_fine_times(info), relay=relay)


def _looked_at(
    ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str]
) -> tuple[Relay, MediaInfo]:
    if url.url.lower().startswith(_JOINED):
        with suppress(IncompleteError):  # it has a keyframe more rarely
            return _described(ffmpeg, url, (*_QUICK, *options))
    return _described(ffmpeg, url, options)


def _described(
    ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str]
) -> tuple[Relay, MediaInfo]:
    relay = Relay(ffmpeg, url, options)
    try:
        return relay, relay.describe()
    except BaseException:
        relay.close()
        raise


def _takes_others(url: MediaUrl) -> bool:
    """Whether a server takes another client, or it is not known that it does not.

    A program that listens for one client (``ffmpeg -listen 1``) closes its port when
    that has come.

    Args:
        url: an address over HTTP, to which a connection is open.
    """
    import socket  # 20 ms

    address = urlsplit(url.url)
    scheme = address.scheme.lower()
    if _goes_through_proxy(address.hostname or ""):
        return True  # our own connection would go another way than that of ffmpeg
    try:
        place = (address.hostname or "", address.port or _PORTS[scheme])
        socket.create_connection(place, _KNOCK_SECONDS).close()
    except ConnectionRefusedError:
        return False
    except (OSError, ValueError, KeyError):
        return True
    return True


def _goes_through_proxy(host: str) -> bool:
    """Whether ffmpeg reaches a host through a proxy: one for both schemes (9.0)."""
    if not os.environ.get("http_proxy"):
        return False
    excepted = os.environ.get("no_proxy", "").replace(",", " ").split()
    domains = [name.lstrip("*").lstrip(".") for name in excepted]
    return "*" not in excepted and not any(
        host == domain or host.endswith(f".{domain}") for domain in domains if domain
    )


def _with_fine_times(info: MediaInfo) -> MediaInfo:
    """Let frames without times of their own get those of their arrival.

    ffmpeg counts the images of a camera that sends JPEG over HTTP at 25 a second,
    however many it sends (5.1, 9.0).
    """
    if not has_no_times(info):
        return info
    streams = tuple(
        replace(stream, time_base=_ARRIVAL)
        if isinstance(stream, VideoStream)
        else stream
        for stream in info.streams
    )
    return replace(info, streams=streams)


@contextmanager
def opened(
    ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str] = ()
) -> Iterator[MediaSource]:
    """Open any source; where it is live and was not decoded, it is closed at the end.

    Raises:
        InputError: it cannot be opened, or is not media.
        FFmpegError: the program itself does not work.
    """
    opening = open_live if url.is_relayed else MediaSource.probe
    source = opening(ffmpeg, url, options)
    try:
        yield source
    finally:
        source.close()
