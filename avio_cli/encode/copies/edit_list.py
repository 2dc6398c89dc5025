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
from avio_cli.encode.audio.gaps import copied_audio
from avio_cli.encode.audio.skipped import with_skipped_encoded
from avio_cli.encode.job import EncodeJob
from avio_cli.encode.settings import EncodeSettings
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
        UsageError: it copies video of which frames are hidden that would be shown, or
            audio of which the start would not be heard.
    """
    settings, source = job.settings, job.source
    if not _shows_hidden(settings, source):
        return job
    videos = source.info.videos[:1]
    if videos and not settings.start and _copies_video(settings):
        packets = leading_packets(source, videos)[videos[0].index]
        refuse_hidden_frames(packets, settings.container, source.name, _HINT)
    return replace(job, settings=with_hidden_audio(settings, source))


def with_hidden_audio(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings, but without audio that the container could not hide.

    Raises:
        UsageError: its start would not be heard.
        InputError: the source cannot be read.
    """
    if not _shows_hidden(settings, source):
        return settings
    settings = with_skipped_encoded(settings, source)
    audios = copied_audio(settings, source)
    if settings.start or not audios:
        return settings
    leading = leading_packets(source, audios)
    found = {
        audio.index: count
        for audio in audios
        if (count := hidden_audio(leading.get(audio.index, []), audio.time_base))
    }
    return replace(settings, hidden_audio=found)


def _shows_hidden(settings: EncodeSettings, source: MediaSource) -> bool:
    """Whether a copy of what the source hides could be shown."""
    hides = may_hide(source) and source.can_reopen
    return hides and not settings.container.edit_lists


def _copies_video(settings: EncodeSettings) -> bool:
    return settings.streams.remux and settings.streams.video


def refuse_shown_frames(job: EncodeJob, tracks: Sequence[StreamTimeline]) -> None:
    """Fail where a copy shows frames that its source hides, after the first shown.

    Args:
        job: has been run.
        tracks: of the result, video first; empty where they are not known.

    Raises:
        UsageError: it does.
    """
    source, settings = job.source, job.settings
    whole = (
        _copies_video(settings)
        and not settings.start
        and settings.end is None
        and tracks
    )
    videos = source.info.videos if whole and may_hide(source) else ()
    if not videos or not source.can_reopen:
        return
    video, end = videos[0], total_seconds(tracks[:1])
    # Reading all of it again takes long: only where the result may be longer. Without
    # ffprobe it is not known how long an edit list lets the video be.
    frame = 1 / video.average_rate if video.average_rate else Fraction(0)
    if video.duration is not None and end <= video.duration + frame / 2:
        return
    packets = list_copied_packets(source, [video])
    refuse_hidden_frames(packets, job.settings.container, source.name, _HINT)
