"""What the result of an encode must hold, from its source's packets and its plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.demux.timeline import StreamTimeline, Timeline, list_timeline
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream, Stream, VideoStream
from avio_cli.mux.command import EncodePlan, PlannedStream
from avio_cli.mux.expected import (
    MICROSECOND,
    ExpectedResult,
    ExpectedStream,
    Window,
    at_constant_rate,
    expected_audio,
    expected_video,
    from_zero,
    without_times,
)


def source_timeline(
    source: MediaSource, streams: Sequence[Stream], settings: EncodeSettings
) -> Timeline | None:
    """List the packets for the verification; None where it is not wanted or possible.

    Raises:
        InputError: a signal ended the ffmpeg that lists them.
    """
    return None if settings.verify == "none" else readable_timeline(source, streams)


def readable_timeline(
    source: MediaSource, streams: Sequence[Stream]
) -> Timeline | None:
    """List the packets of a local file; None where that is not possible.

    What is remote, or comes through a pipe, is never read twice.

    Raises:
        InputError: a signal ended the ffmpeg that lists them.
    """
    if source.url.kind == "url" or not source.url.can_reopen:
        return None
    try:
        return list_timeline(source, streams)
    except FFmpegError as error:
        if error.status < 0:
            message = f"{source.name} cannot be listed: {error.message}"
            raise InputError(message, hint=error.hint) from error
        return None  # reading it for the result will fail, too, and say why


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTimes:
    """The times of a source, and the part of them that a result holds."""

    timeline: Timeline | None
    """None: unknown."""
    window: Window
    decoded: Mapping[int, int]
    """For a stream's index: how many frames its decoder gave."""
    read: Mapping[int, int] = field(default_factory=dict)
    """Likewise: from how many packets; for a range, not from all."""
    moved: bool = False
    """Whether frames got other times on the way, to be after the one before."""


def window_of(settings: EncodeSettings, source: MediaSource) -> Window:
    """The range of the source that the settings name."""
    start = source.origin + settings.start
    end = None if settings.end is None else source.origin + settings.end
    cut = bool(settings.start) or end is not None
    return Window(start, end, cut=cut, preroll=settings.keyframe_preroll)


def times_with_frames(
    frames: StreamTimeline,
    origin: Fraction,
    settings: EncodeSettings,
    source: MediaSource | None,
    others: Sequence[Stream],
) -> SourceTimes:
    """The times of frames from Python, and of what is copied beside them.

    Args:
        frames: those that were written.
        origin: seconds at which the source starts.
        settings: of the encode.
        source: what the other streams are copied from; None: nothing.
        others: those streams.
    """
    window = Window(origin + settings.start)
    lines: tuple[StreamTimeline, ...] = (frames,)
    if source is not None:
        window = replace(window_of(settings, source), start=window.start)
        listed = source_timeline(source, others, settings)
        lines = (frames, *(listed.streams if listed else ()))
    decoded = {frames.index: len(frames)}
    return SourceTimes(timeline=Timeline(lines), window=window, decoded=decoded)


def expected_result(
    plan: EncodePlan, container: Container, times: SourceTimes
) -> ExpectedResult:
    """Say what each stream of a plan must hold."""
    numbers = {VideoStream: 0, AudioStream: 0}
    streams = []
    for planned in plan.streams:
        kind = type(planned.stream)
        numbers[kind] += 1
        expected = _expected(planned, _name(kind, numbers[kind]), times)
        if expected and expected.is_video and container.constant_rate:
            expected = from_zero(expected)
        streams.append(expected)
    return ExpectedResult(
        tuple(streams),
        delayed=container.delayed,
        keeps_durations=container.keeps_durations,
    )


def _name(kind: type[Stream], number: int) -> str:
    if kind is AudioStream:
        return f"audio track {number}"
    return "the video" if number == 1 else f"video {number}"


def _expected(
    planned: PlannedStream, name: str, times: SourceTimes
) -> ExpectedStream | None:
    line = times.timeline.of(planned.stream) if times.timeline else None
    if line is None or not len(line):
        return ExpectedStream(
            name=name, is_video=isinstance(planned.stream, VideoStream)
        )
    if isinstance(planned.stream, AudioStream):
        return _audio(planned, name, line, times.window)
    return _video(planned, name, line, times)


def _audio(
    planned: PlannedStream, name: str, line: StreamTimeline, window: Window
) -> ExpectedStream | None:
    if planned.filtered:
        return ExpectedStream(name=name, is_video=False)
    expected = expected_audio(name, line, window, copied=planned.copied)
    if expected is not None and planned.filled:
        return replace(expected, start=Fraction(0))
    return expected


def _video(
    planned: PlannedStream, name: str, line: StreamTimeline, times: SourceTimes
) -> ExpectedStream:
    if planned.filtered:
        return ExpectedStream(name=name, is_video=True)
    undecoded = None if planned.copied else _undecoded(line, times)
    expected = expected_video(
        name, line, times.window, tick=planned.tick or MICROSECOND, undecoded=undecoded
    )
    if line.is_repaired or times.moved or not line.has_pts:
        expected = without_times(expected)
    if planned.copied and not line.has_pts:
        expected = replace(expected, lacked_pts=True)
    return at_constant_rate(expected, planned.rate) if planned.rate else expected


def _undecoded(line: StreamTimeline, times: SourceTimes) -> int:
    """Of how many packets that were read a decoder gave no frame."""
    count = times.decoded.get(line.index, 0)
    return max(min(len(line), times.read.get(line.index, len(line))) - count, 0)
