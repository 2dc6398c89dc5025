"""Keep hidden in a result what the edit list of its source hides."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.demux.hidden import (
    hidden_audio,
    leading_packets,
    may_hide,
    refuse_hidden_frames,
)
from avio_cli.demux.packet_list import list_copied_packets
from avio_cli.demux.timeline import StreamTimeline
from avio_cli.encode.job import EncodeJob
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.mux.verify import total_seconds

_HINT = "omit --copy: what is encoded shows only what should be shown"


def starts_hidden(source: MediaSource) -> bool:
    """Whether the first frames of a video are hidden, and the next ones need them."""
    video = source.info.videos[:1]
    if not video or not may_hide(source):
        return False
    return any(p.discard for p in leading_packets(source, video)[video[0].index])


def with_hidden_parts(job: EncodeJob) -> EncodeJob:
    """The same job without the audio that its container could not hide.

    Raises:
        UsageError: it copies video of which frames are hidden that would be shown.
    """
    settings, source = job.settings, job.source
    if settings.start or not may_hide(source) or not source.url.can_reopen:
        return job
    if settings.container.edit_lists:
        return job
    info, streams = source.info, settings.streams
    video = info.videos[:1] if streams.remux and streams.video else ()
    leading = leading_packets(source, [*video, *(info.audios if streams.audio else ())])
    for stream in video:
        packets = leading[stream.index]
        refuse_hidden_frames(packets, settings.container, source.name, _HINT)
    found = {
        audio.index: count
        for audio in info.audios
        if (count := hidden_audio(leading.get(audio.index, []), audio.time_base))
    }
    return replace(job, settings=replace(settings, hidden_audio=found))


def refuse_shown_frames(job: EncodeJob, tracks: Sequence[StreamTimeline]) -> None:
    """Fail where a copy shows frames that its source hides, after the first shown.

    Args:
        job: has been run.
        tracks: of the result, video first; empty where they are not known.

    Raises:
        UsageError: it does.
    """
    source, settings = job.source, job.settings
    copies = settings.streams.remux and settings.streams.video
    whole = copies and not settings.start and settings.end is None and tracks
    videos = source.info.videos if whole and may_hide(source) else ()
    if not videos or not source.url.can_reopen:
        return
    video, end = videos[0], total_seconds(tracks[:1])
    # Reading all of it again takes long: only where the result may be longer. Without
    # ffprobe it is not known how long an edit list lets the video be.
    frame = 1 / video.average_rate if video.average_rate else Fraction(0)
    if video.duration is not None and end <= video.duration + frame / 2:
        return
    packets = list_copied_packets(source, [video])
    refuse_hidden_frames(packets, job.settings.container, source.name, _HINT)
