"""A range of copied streams: no frame after its end, and no hole before it.

ffmpeg ends a copy by the times at which packets are decoded: of frames that are stored
out of order it would keep a later one, and drop those before it (5.1 and 9.0).
"""

from collections.abc import Iterator
from dataclasses import replace

from avio_cli.demux.cut_points import (
    TickRange,
    end_of,
    packets_around,
    packets_to_keep,
)
from avio_cli.demux.packet_selection import drop_filter
from avio_cli.encode.job import LOG
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import AudioStream, Stream, VideoStream
from avio_cli.mux.streams import plan_streams


def with_copied_end(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings, with the packets of each video that a copy keeps.

    Frames that others refer to are stored before them: where one is shown after the
    end, all before it are kept, too, and the end is theirs.

    What cannot be read twice, or has no keyframe there, is cut by ffmpeg alone.
    """
    if settings.end is None or not settings.streams.remux or not source.can_reopen:
        return settings
    counts, end = {}, settings.end
    for video in _videos(settings, source):
        bounds = TickRange.from_seconds(
            source.info, video, settings.start, settings.end
        )
        try:
            window = packets_around(source, video, bounds)
        except InputError:
            continue
        count = packets_to_keep(window, bounds)
        if count and any(map(bounds.is_past, window[count:])):
            counts[video.index] = count
        if any(map(bounds.is_shown_after, window[:count])):
            shown = end_of(window[:count], nominal_rate(video), video.time_base)
            end = max(end, shown - source.origin)
    if end > settings.end:
        LOG.warning(
            "a copy ends %.3f s later: frames before the end are coded after one that "
            "is shown later",
            end - settings.end,
        )
    return replace(settings, copied_packets=counts, end=end)


def copied_range(settings: EncodeSettings, index: int, stream: Stream) -> Iterator[str]:
    """Options for the range of one copied audio stream, at that index of the output."""
    if settings.start and isinstance(stream, AudioStream):
        # Otherwise the audio would start at the keyframe that was sought.
        yield from (f"-copypriorss:{index}", "0")
    if hidden := settings.hidden_audio.get(stream.index):
        yield from (f"-bsf:{index}", drop_filter(f"gte(n,{hidden})"))


def end_filter(settings: EncodeSettings, stream: Stream) -> str:
    """The bitstream filter that drops what is after the end; empty: nothing is."""
    count = settings.copied_packets.get(stream.index)
    return "" if count is None else drop_filter(f"lt(n,{count})")


def _videos(settings: EncodeSettings, source: MediaSource) -> Iterator[VideoStream]:
    for mapped in plan_streams(
        source.info, settings.container, settings.streams
    ).mapped:
        if isinstance(mapped.stream, VideoStream) and mapped.action == "copy":
            yield mapped.stream
