"""Copies of video whose packets do not say when they are shown.

AVI and raw streams store frames in the order of decoding, without presentation times;
MPEG program streams (DVD) have them for some frames only. A copy would show frames that
were stored out of order in that order.
"""

from contextlib import closing
from dataclasses import replace
from itertools import islice

from avio_cli.demux.packet_list import list_copied_packets
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import VideoStream

_LOOKED_AT = 250
"""Packets at the start: B-frames come within the first GOP."""
_GENERATED = ("mpeg1video", "mpeg2video")
"""Codecs of which ffmpeg's ``+genpts`` is right (5.1 and 9.0); H.264 may refer to
frames of any number, and gets wrong times."""


def with_generated_pts(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings, with presentation times generated where a copy lacks them.

    Raises:
        UsageError: they cannot be generated.
    """
    copies = settings.streams.remux and settings.streams.video
    videos = source.info.videos
    if not copies or not videos or not lacks_pts(source, videos[0], settings.container):
        return settings
    if videos[0].codec in _GENERATED:
        chosen = "" if settings.start else last_pts_filter(source, videos[0])
        return replace(settings, generate_pts=True, pts_filter=chosen)
    raise no_presentation_times(source, "omit --copy: encoding keeps their order")


def with_pts(
    source: MediaSource, video: VideoStream | None, container: Container, hint: str
) -> MediaSource:
    """The same source, with presentation times generated where a copy lacks them.

    Args:
        source: what is copied.
        video: which of its videos; None: there is none.
        container: of the result.
        hint: what to do where they cannot be generated.

    Raises:
        UsageError: they cannot be generated.
    """
    if video is None or not lacks_pts(source, video, container):
        return source
    if video.codec in _GENERATED:
        return replace(source, generates_pts=True)
    raise no_presentation_times(source, hint)


def last_pts_filter(source: MediaSource, video: VideoStream) -> str:
    """The bitstream filter that corrects the last time that ``+genpts`` makes.

    A reference frame is shown when the next one is decoded. ffmpeg shows the last one
    of all as long after the frame before it as itself lasts, not as long as that one
    lasts (5.1 and 9.0): after a telecine these differ by a field.

    Returns:
        The filter, for packets that are read from the start; empty: it is right.
    """
    number, last, length, own = -1, None, 0, 0
    with closing(list_copied_packets(source, [video])) as packets:
        for count, packet in enumerate(packets):
            if packet.pts is None and packet.dts is not None:
                number, last, own = count, packet.dts, packet.duration or 0
            elif packet.pts != packet.dts:
                last = None  # a later reference frame has its time
            newest, length = packet.dts, packet.duration or 0
    if last is None or newest is None or newest + own <= last or own == length:
        return ""
    # As a ratio: in 5.1 the ticks are those of the muxer, whatever TB says.
    ratio = (newest + length - last) / (newest + own - last)
    later = f"DTS+(PTS-DTS)*{ratio:.9f}"
    return f"setts=pts='if(eq(N,{number}),{later},PTS)':dts=DTS"


def no_presentation_times(source: MediaSource, hint: str) -> UsageError:
    """The error that a copy would show frames out of order."""
    return UsageError(
        f"{source.name}: the video has no presentation times, a copy would show its "
        "frames out of order",
        hint=hint,
    )


def lacks_pts(source: MediaSource, video: VideoStream, container: Container) -> bool:
    """Whether frames have no presentation time, and the container of a copy wants it.

    Args:
        source: what is copied.
        video: which of its videos.
        container: of the result.

    Raises:
        InputError: the source cannot be read.
    """
    if container.constant_rate or not source.can_reopen:
        return False
    with closing(list_copied_packets(source, [video])) as packets:
        return any(packet.pts is None for packet in islice(packets, _LOOKED_AT))
