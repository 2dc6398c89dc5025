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
from avio_cli.media.containers import Container
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
        return replace(settings, generate_pts=True)
    raise no_presentation_times(source, "omit --copy: encoding keeps their order")


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
    if container.constant_rate or not source.url.can_reopen:
        return False
    with closing(list_copied_packets(source, [video])) as packets:
        return any(packet.pts is None for packet in islice(packets, _LOOKED_AT))
