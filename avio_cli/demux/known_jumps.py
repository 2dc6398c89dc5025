"""Find out whether a source's clock jumps, before anything else reads it."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from avio_cli.demux.packet_list import ProcessFactory, start_listing
from avio_cli.demux.timeline import Timeline, list_timeline
from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.clock import may_jump
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import MediaInfo, Stream

_APART, _FAR = Fraction(1, 2), Fraction(2)
"""Seconds between the ends of streams from which, and up to which, MPEG-TS may lack its
end: where a muxer has ended it, they end as its source does."""


def with_known_jumps(
    source: MediaSource, start_process: ProcessFactory = start_listing
) -> MediaSource:
    """The same source; it says whether its clock jumps, and how long it really is.

    A local file whose clock can jump is read to its end, the first time. Where that
    fails, what reads it next says why.
    """
    info, url = source.info, source.url
    listable = url.kind == "file" and url.can_reopen and may_jump(info)
    if info.jumps is not None or not listable:
        return source
    try:
        streams = list(_with_parameters(info))
        timeline = list_timeline(source, streams, start_process)
    except FFmpegError:
        return source
    doubt = _doubt(info, timeline)
    if not timeline.jumps:
        return replace(source, info=replace(info, jumps=False, doubt=doubt))
    return replace(source, info=replace(_as_listed(info, timeline), doubt=doubt))


def _doubt(info: MediaInfo, timeline: Timeline) -> str:
    """What may be a hole, or an end that is missing: nothing else would show it."""
    if timeline.ahead is not None:
        start, stop = timeline.ahead
        return (
            f"may be damaged, or joined of recordings: its clock steps ahead by "
            f"{float(stop - start):.2f} s after {float(start - info.origin):.2f} s"
        )
    ends = [end for line in timeline.streams if (end := line.end()) is not None]
    apart = max(ends, default=Fraction(0)) - min(ends, default=Fraction(0))
    if info.container == "mpegts" and _APART < apart < _FAR:
        return f"may be cut off: its streams end {float(apart):.2f} s apart"
    return ""


def _with_parameters(info: MediaInfo) -> Iterator[Stream]:
    yield from (video for video in info.videos if video.coded_width)
    yield from (audio for audio in info.audios if audio.sample_rate)


def _as_listed(info: MediaInfo, timeline: Timeline) -> MediaInfo:
    """With the durations that a source has where its clock goes on."""
    ends = {line.index: line.end() for line in timeline.streams}
    durations = {
        stream.index: end - (stream.start_pts or 0) * stream.time_base
        for stream in info.streams
        if (end := ends.get(stream.index)) is not None
    }
    streams = tuple(
        replace(stream, duration=durations.get(stream.index)) for stream in info.streams
    )
    last = max((end for end in ends.values() if end is not None), default=None)
    duration = info.duration if last is None else last - info.origin
    return replace(info, streams=streams, duration=duration, jumps=True)
