"""Audio that starts late or pauses, in containers that have no times for audio.

There a copy would be played from 0 on, without the gaps, and so out of sync: such audio
is encoded instead, and silence fills the gaps.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from statistics import median_high

from avio_cli.demux.timeline import NO_TIME, StreamTimeline, Timeline, list_timeline
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream
from avio_cli.mux.streams import StreamAction, plan_streams


def with_gaps_filled(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings, but audio with gaps is encoded where it was to be copied.

    Raises:
        UsageError: the user wants it to be copied.
        InputError: the source cannot be read, or lacks a requested track.
    """
    container, streams = settings.container, settings.streams
    if container.audio_times or not source.can_reopen:
        return settings
    copied = copied_audio(settings, source)
    start = source.origin + settings.start
    end = None if settings.end is None else source.origin + settings.end
    timeline = list_timeline(source, copied)
    if not any(_has_gap(line, start, end) for line in timeline.streams):
        if streams.remux or not _exceeds(timeline, copied, container):
            return settings
        return replace(settings, streams=replace(settings.streams, audio_copy=()))
    if streams.remux or streams.must_copy_audio:
        option = "--copy" if streams.remux else "--audio-codec copy"
        raise lost_sync(container, f"omit {option}: silence fills the gaps")
    return replace(settings, streams=replace(settings.streams, audio_copy=()))


def copied_audio(settings: EncodeSettings, source: MediaSource) -> list[AudioStream]:
    """The audio that is copied from a source.

    Raises:
        InputError: it lacks a requested track.
    """
    return _audio(settings, source, "copy")


def encoded_audio(settings: EncodeSettings, source: MediaSource) -> list[AudioStream]:
    """The audio of a source that is encoded.

    Raises:
        InputError: it lacks a requested track.
    """
    return _audio(settings, source, "encode")


def _audio(
    settings: EncodeSettings, source: MediaSource, action: StreamAction
) -> list[AudioStream]:
    streams = settings.streams
    if settings.preset.video is None:
        streams = replace(streams, video=False)
    return [
        mapped.stream
        for mapped in plan_streams(source.info, settings.container, streams).mapped
        if isinstance(mapped.stream, AudioStream) and mapped.action == action
    ]


def lost_sync(container: Container, hint: str) -> UsageError:
    """The error that a copy would be out of sync."""
    return UsageError(
        f"the audio starts late or pauses, and {container.title} has no times for it: "
        "a copy would be out of sync",
        hint=hint,
    )


def has_gaps(
    source: MediaSource,
    streams: Sequence[AudioStream],
    start: Fraction,
    end: Fraction | None,
) -> bool:
    """Whether audio starts late in a range, or pauses, by more than half a packet.

    Args:
        source: what is read, to its end.
        streams: which audio.
        start: of the range, in seconds on the source's own clock.
        end: likewise; None: to the end of the source.

    Raises:
        InputError: it cannot be read.
    """
    timeline = list_timeline(source, streams)
    return any(_has_gap(line, start, end) for line in timeline.streams)


def _exceeds(
    timeline: Timeline, streams: Sequence[AudioStream], container: Container
) -> bool:
    """Whether MP3 has more bits than the container has room for."""
    most = container.bits_per_sample
    if most is None:
        return False
    return any(
        line.size * 8 > most * stream.sample_rate * line.time_base * sum(line.durations)
        for stream in streams
        if stream.codec == "mp3" and (line := timeline.of(stream)) is not None
    )


def _has_gap(line: StreamTimeline, start: Fraction, end: Fraction | None) -> bool:
    base, expected = line.time_base, start
    # In MP4, ffmpeg 5.1 takes the gap after a packet for a part of it.
    usual = median_high(line.durations) if line.durations else 0
    for pts, duration in sorted(zip(line.pts, line.durations, strict=True)):
        time = pts * base
        if end is not None and time >= end:
            break
        if pts == NO_TIME or time + duration * base <= start:
            continue
        if usual and time - expected > max(usual * base / 2, 2 * base):
            return True
        expected = time + min(duration or usual, 2 * usual) * base
    return False
