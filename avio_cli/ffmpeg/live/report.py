"""What a relay's log says that its source contains."""

import re
from dataclasses import replace
from fractions import Fraction

from avio_cli.ffmpeg.probe.ffmpeg_report import media_from_report
from avio_cli.ffmpeg.probe.genuine_report import genuine
from avio_cli.ffmpeg.process.log import COLOR
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import AudioStream, MediaInfo, Stream, VideoStream

# Pixel formats are tried one after the other: such a line would be no news.
_CHANGED = re.compile(r"driver changed (the (?:video|time per frame) from .+)")
_SECOND_INPUT = re.compile(r"(Input|Stream) #1\b")


def media_from_relay(log: str, url: MediaUrl) -> MediaInfo | None:
    """Parse the log of a relay until it began to send.

    Args:
        log: with its colours.
        url: the source.

    Returns:
        What it contains, on the clock of the pipe, which starts at 0 and never jumps;
        None where it was not opened.

    Raises:
        InputError: the source has written lines into its report.
    """
    name = url.display_name
    if url.microphone:
        first, _, second = COLOR.sub("", log).partition("[info] Input #1")
    else:
        first, second = genuine(log, name), ""
    info = media_from_report(first, name, None)
    if info is None:
        return None
    if second:
        info = _with_microphone(info, f"[info] Input #1{second}")
    duration = info.duration or None  # 0: FLV that is sent live
    return replace(_from_zero(info), duration=duration, jumps=False)


def driver_changes(log: str) -> list[str]:
    """What a camera does not have as it was asked for: Linux takes the nearest."""
    return _CHANGED.findall(COLOR.sub("", log))


def _with_microphone(info: MediaInfo, log: str) -> MediaInfo:
    heard = media_from_report(_SECOND_INPUT.sub(r"\1 #0", log), info.source, None)
    audios = heard.audios if heard else ()
    count = len(info.streams)
    added = (replace(stream, index=count + i) for i, stream in enumerate(audios))
    return replace(info, streams=(*info.streams, *added))


def _from_zero(info: MediaInfo) -> MediaInfo:
    streams = tuple(_shifted(stream, info.origin) for stream in info.streams)
    return replace(info, streams=streams, start=Fraction(0))


def _shifted(stream: Stream, origin: Fraction) -> Stream:
    """Its first time, counted from that of the source."""
    if not isinstance(stream, VideoStream | AudioStream) or stream.start_pts is None:
        return stream
    start = stream.start_pts - round(origin / stream.time_base)
    return replace(stream, start_pts=start)
