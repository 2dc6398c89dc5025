"""Subtitles of a time range: what is on screen at its ends starts and ends there."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.demux.cut_points import presentation_time
from avio_cli.demux.packet_list import Packet, list_copied_packets
from avio_cli.demux.packet_times import cut_cues, is_blank, line_of_packets
from avio_cli.demux.timeline import StreamTimeline
from avio_cli.ffmpeg.clock import Clock, in_seconds
from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import Stream, SubtitleStream
from avio_cli.mux.ass import write_cut_ass
from avio_cli.mux.streams import MappedStream
from avio_cli.mux.subtitles import (
    TEXT_FILES,
    encode_cues,
    overlap_warning,
    read_cues,
    shift_cues,
    write_cues,
)
from avio_cli.output.target import OutputTarget

LOG = logging.getLogger("avio.mux")

_FIRST = 2000
"""First number of the sidecar files with subtitles."""
_ENCODED = 2500
"""Likewise for those that are encoded already."""
_ASS = ("ass", "ssa")

_LOST = (
    "subtitle stream #%d (%s): what is on screen at the start is lost, and at the end "
    "it may stay"
)


@dataclass(frozen=True, slots=True)
class SubtitleRange:
    """A time range of a source, in seconds on its own clock."""

    source: MediaSource
    start: Fraction
    end: Fraction | None
    """None: to the end."""


@dataclass(slots=True)
class CutSubtitles:
    """Tracks that are read from sidecar files instead of the source."""

    inputs: dict[int, Input] = field(default_factory=dict)
    """By the index of the source's stream."""
    options: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Likewise: how the track is encoded, where its plan does not say so."""
    lines: dict[int, StreamTimeline] = field(default_factory=dict)
    """Likewise: its cues that are in the range, on the clock of the source."""

    def timed(self, clock: Clock, shift: Fraction | int = 0) -> Iterator[Input]:
        """The inputs of a command, with the times that its source has there.

        Args:
            clock: of the command.
            shift: seconds that are added to all times of the source.
        """
        late = shift - clock.zero
        # Unlike other inputs, files of text start at 0 to ffmpeg (5.1 and 9.0).
        moved = ("-itsoffset", in_seconds(late)) if late else ()
        for text in self.inputs.values():
            yield replace(text, options=(*moved, *text.options))


def cut_subtitles(
    part: SubtitleRange,
    mapped: Sequence[MappedStream],
    output: OutputTarget,
    *,
    by_seeking: bool,
) -> CutSubtitles:
    """Write the text tracks that cannot be cut between their packets into files.

    Those are tracks that change their codec, and those with a cue that is on screen at
    the start or the end. What cannot be cut so is warned of, and so are cues that
    overlap where the result cannot show two of them.

    Args:
        part: what is cut out.
        mapped: streams of the source in the result; all but subtitles are ignored.
        output: where the result is written.
        by_seeking: whether ``-ss`` cuts the result, which ffmpeg 9.0 does not apply to
            subtitles that it encodes; else an offset.
    """
    tracks = [m for m in mapped if isinstance(m.stream, SubtitleStream)]
    packets = _packets(part, [mapped.stream for mapped in tracks])
    made = CutSubtitles()
    for track in tracks:
        stream, listed = track.stream, packets[track.stream.index]
        crosses = any(_crosses(packet, stream, part) for packet in listed)
        if not crosses and track.action == "copy":
            continue
        target = track.codec or stream.codec
        if stream.codec in _ASS and track.action == "copy":
            path = output.sidecar(_FIRST + stream.index)
            made.inputs[stream.index] = write_cut_ass(
                part.source, stream, path, part.start, part.end
            )
            made.options[stream.index] = ("-c:{}", "copy")
        elif target in TEXT_FILES:
            _write(part, track, output, made, by_seeking=by_seeking)
        else:
            LOG.warning(_LOST, stream.index, stream.codec)
    for stream in (track.stream for track in tracks):
        if stream.index in made.inputs:
            cues = line_of_packets(stream, packets[stream.index])
            made.lines[stream.index] = cut_cues(cues, part.start, part.end)
    return made


def warn_of_overlaps(source: MediaSource, mapped: Sequence[MappedStream]) -> None:
    """Warn of cues that overlap where the result of all cannot show two of them."""
    tracks = [m for m in mapped if isinstance(m.stream, SubtitleStream)]
    tracks = [track for track in tracks if track.codec == "mov_text"]
    packets = _packets(
        SubtitleRange(source, source.origin, None), [track.stream for track in tracks]
    )
    for track in tracks:
        spans = [_span(p, track.stream) for p in packets[track.stream.index]]
        _warn_of_overlaps(track, spans)


def _write(
    part: SubtitleRange,
    track: MappedStream,
    output: OutputTarget,
    made: CutSubtitles,
    *,
    by_seeking: bool,
) -> None:
    stream, codec = track.stream, track.codec or track.stream.codec
    form = TEXT_FILES[codec]
    cues = read_cues(part.source, stream, form=form)
    # All times are shifted back by the start when they are written.
    kept = list(shift_cues(cues, part.start, part.end, part.start))
    _warn_of_overlaps(track, [(cue.start, cue.end) for cue in kept])
    text = write_cues(output.sidecar(_FIRST + stream.index), kept, form)
    made.options[stream.index] = ("-c:{}", "copy" if form[1] == codec else codec)
    if form[1] != codec and by_seeking:
        text = encode_cues(
            part.source.ffmpeg, text, output.sidecar(_ENCODED + stream.index), codec
        )
        made.options[stream.index] = ("-c:{}", "copy")
    made.inputs[stream.index] = text


def _warn_of_overlaps(
    track: MappedStream, spans: Sequence[tuple[Fraction, Fraction]]
) -> None:
    if warning := overlap_warning(track.stream, track.codec, spans):
        LOG.warning("%s", warning)


def _packets(
    part: SubtitleRange, streams: Sequence[Stream]
) -> Mapping[int, list[Packet]]:
    found: dict[int, list[Packet]] = {stream.index: [] for stream in streams}
    reading = tuple(_until(part))
    for packet in list_copied_packets(part.source, streams, reading):
        found[packet.stream].append(packet)
    return found


def _until(part: SubtitleRange) -> Iterator[str]:
    if part.end is not None and part.source.info.start is not None:
        yield from ("-t", f"{float(part.end - part.source.origin):.6f}")


def _span(packet: Packet, stream: Stream) -> tuple[Fraction, Fraction]:
    base, time = stream.time_base, presentation_time(packet)
    return time * base, (time + (packet.duration or 0)) * base


def _crosses(packet: Packet, stream: Stream, part: SubtitleRange) -> bool:
    first, last = _span(packet, stream)
    shows = not is_blank(stream, packet.size)
    at_end = part.end is not None and first < part.end < last
    return at_end or (shows and first < part.start < last)
