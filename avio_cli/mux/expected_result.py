"""What each stream of a result must hold: from its plan and its source's packets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.demux.timeline import StreamTimeline, Timeline
from avio_cli.media.container import Container
from avio_cli.media.info import (
    AudioStream,
    Ending,
    Stream,
    SubtitleStream,
    VideoStream,
)
from avio_cli.mux.command import EncodePlan, PlannedStream
from avio_cli.mux.expected import (
    MICROSECOND,
    ExpectedResult,
    ExpectedStream,
    Window,
    at_constant_rate,
    counted,
    expected_audio,
    expected_video,
    from_zero,
    without_times,
)

DRAWN = ("ass", "ssa")
"""Subtitles of which some may be drawings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTimes:
    """The times of a source, and the part of them that a result holds."""

    timeline: Timeline | None
    """None: unknown."""
    window: Window
    decoded: Mapping[int, int] = field(default_factory=dict)
    """For a stream's index: how many frames its decoder gave."""
    read: Mapping[int, int] = field(default_factory=dict)
    """Likewise: from how many packets; for a range, not from all."""
    moved: bool = False
    """Whether frames got other times on the way, to be after the one before."""
    ending: Ending | None = None
    """The last frame, where it was looked for: how long a constant rate repeats it."""


def timed_streams(plan: EncodePlan) -> list[Stream]:
    """The streams of a plan whose packets can be compared with those of the result."""
    texts = (stream for stream in plan.mapped if isinstance(stream, SubtitleStream))
    return [*(planned.stream for planned in plan.streams), *texts]


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
        elif expected and not container.audio_times:
            expected = counted(expected)
        streams.append(expected)
    return ExpectedResult(
        tuple(streams),
        delayed=container.delayed,
        keeps_durations=container.keeps_durations,
        loose=_least_step(plan),
        cues=tuple(_cues(plan, container, times)),
    )


def _least_step(plan: EncodePlan) -> Fraction:
    """Seconds from frame to frame of the first video, if its rate is constant."""
    rate = plan.streams[0].rate if plan.streams else None
    return Fraction(0) if rate is None else 1 / rate


def _cues(
    plan: EncodePlan, container: Container, times: SourceTimes
) -> Iterator[Sequence[Fraction] | None]:
    """When the cues of each subtitle track are shown in the result."""
    window = replace(times.window, cut=True)
    for stream in plan.mapped:
        if isinstance(stream, SubtitleStream):
            line = times.timeline.of(stream) if times.timeline else None
            converted = container.subtitles and stream.codec not in container.subtitles
            if converted and stream.codec in DRAWN:
                line = None  # a cue that is only drawn has no text left
            shown = line.shown() if line else []
            yield [time - window.start for time in shown if window.holds(time)]


def _name(kind: type[Stream], number: int) -> str:
    if kind is AudioStream:
        return f"audio track {number}"
    return "the video" if number == 1 else f"video {number}"


def _expected(
    planned: PlannedStream, name: str, times: SourceTimes
) -> ExpectedStream | None:
    line = times.timeline.of(planned.stream) if times.timeline else None
    if line is not None and not len(line):
        return None  # nothing of it is in the result
    if line is None:
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
    if expected is not None and planned.copied and _is_pcm(planned.stream):
        expected = replace(expected, times=())
    if expected is not None and planned.filled:
        return replace(expected, start=Fraction(0), paused=None)
    return expected


def _is_pcm(stream: Stream) -> bool:
    """Whether a demuxer decides how many samples are in a packet: only ends count."""
    return stream.codec.startswith("pcm_")


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
    if planned.rate is None:
        return expected
    end = times.window.clip(times.ending.end) if times.ending else None
    return at_constant_rate(expected, planned.rate, end)


def _undecoded(line: StreamTimeline, times: SourceTimes) -> int:
    """Of how many packets that were read a decoder gave no frame.

    Where ffmpeg did not say how many it gave, none may be missing.
    """
    count = times.decoded.get(line.index)
    if count is None:
        return 0
    if times.window.end is not None:
        # Reading ends when the decoder still holds packets of what follows.
        return max(sum(map(times.window.holds, line.shown())) - count, 0)
    return max(min(len(line), times.read.get(line.index, len(line))) - count, 0)
