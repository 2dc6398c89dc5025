"""What a joined result must hold: the packets of all parts, where they belong."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.demux.hidden import PRIMING
from avio_cli.demux.packet_reader import to_ticks
from avio_cli.demux.packet_times import (
    cut_cues,
    joined,
    line_of_frames,
    moved,
    shown_between,
)
from avio_cli.demux.timeline import StreamTimeline, Timeline
from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.jobs.merge.video import EncodedVideo
from avio_cli.media.info import AudioStream, SubtitleStream, VideoStream
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.expected import Window
from avio_cli.mux.expected_result import DRAWN, SourceTimes
from avio_cli.mux.streams import StreamPlan

_SAMPLES = 1024
"""Of a packet of encoded audio: its size does not matter."""


def joined_times(
    parts: Sequence[MergeInput],
    plan: StreamPlan,
    encoded: EncodedVideo | None,
    *,
    copies_audio: bool,
) -> SourceTimes:
    """The times of all streams of a result, whose first frame is at 0.

    Args:
        parts: in their order.
        plan: of its streams, with the time base of its video.
        encoded: its video, if that was encoded.
        copies_audio: whether the audio has the packets of the parts.
    """
    streams = [mapped.stream for mapped in plan.mapped]
    audios = [stream for stream in streams if isinstance(stream, AudioStream)]
    texts = [stream for stream in streams if isinstance(stream, SubtitleStream)]
    audio = _copied_audio if copies_audio else _encoded_audio
    lines = [
        *(_video(parts, s, encoded) for s in streams if isinstance(s, VideoStream)),
        *(audio(parts, number, stream) for number, stream in enumerate(audios)),
        *(_cues(parts, number, stream) for number, stream in enumerate(texts)),
    ]
    first = parts[0]
    spans = [span for span in first.spans if span is not None]
    early = [span.packet + PRIMING for span in spans]
    window = Window(Fraction(0), preroll=max(early, default=Fraction(0)))
    return SourceTimes(timeline=Timeline(tuple(lines)), window=window)


def with_rate(plan: EncodePlan, rate: Fraction | None) -> EncodePlan:
    """The same plan whose video was encoded at a constant rate; None: at none."""
    video, *others = plan.streams
    return replace(plan, streams=(replace(video, rate=rate), *others))


def _video(
    parts: Sequence[MergeInput], stream: VideoStream, encoded: EncodedVideo | None
) -> StreamTimeline:
    if stream.is_cover_art:
        return line_of_frames(stream.index, stream.time_base, array("q"))
    base, last = stream.time_base, parts[-1]
    times = sorted(time + part.shift for part in parts for time in part.times)
    ticks = array("q", (to_ticks(time, base) for time in times))
    shown = [] if encoded is None else encoded.ticks
    if len(shown) == len(ticks) and shown != list(ticks):
        # Decoders may show frames at other times, and the last one for longer.
        return line_of_frames(stream.index, base, array("q", shown))
    return line_of_frames(stream.index, base, ticks, last.offset + last.length)


def _copied_audio(
    parts: Sequence[MergeInput], number: int, stream: AudioStream
) -> StreamTimeline:
    """The packets that are played inside their parts; those at their ends may be."""
    base, lines = stream.time_base, []
    for part in parts:
        span = part.spans[number]
        if span is None:
            continue
        end = None
        if part is not parts[-1]:
            end = part.start + part.length - span.packet
        inside = shown_between(span.line, part.start, end)
        lines.append(moved(inside, part.shift, base))
    return joined(stream.index, lines)


def _encoded_audio(
    parts: Sequence[MergeInput], number: int, stream: AudioStream
) -> StreamTimeline:
    """Audio without a gap from the start on, as long as the video or longer."""
    last, base = parts[-1], Fraction(1, stream.sample_rate)
    end = last.offset + last.length
    span = last.spans[number] if number < len(last.spans) else None
    if span is not None:
        end = max(end, span.end + last.shift)
    times = array("q", range(0, max(to_ticks(end, base), 1), _SAMPLES))
    durations = array("q", [_SAMPLES] * len(times))
    durations[-1] = max(to_ticks(end, base) - times[-1], 1)
    return StreamTimeline(stream.index, base, times, times, durations)


def _cues(
    parts: Sequence[MergeInput], number: int, stream: SubtitleStream
) -> StreamTimeline:
    lines = list(_cues_of_parts(parts, number, stream.time_base))
    if not lines:
        return line_of_frames(stream.index, stream.time_base, array("q"))
    return joined(stream.index, lines)


def _cues_of_parts(
    parts: Sequence[MergeInput], number: int, base: Fraction
) -> Iterator[StreamTimeline]:
    for part in parts:
        drawn = number < len(part.cues) and part.texts[number].codec in DRAWN
        if number < len(part.cues) and not drawn:  # a drawing has no text
            line, end = part.cues[number], part.start + part.length
            yield moved(cut_cues(line, part.start, end), part.shift, base)
