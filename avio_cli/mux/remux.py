"""Remux encoded streams into a file without re-encoding: command and run."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import IO

from avio_cli.demux.structure.packets import gap_between, zeroed_packets
from avio_cli.demux.timeline import StreamTimeline
from avio_cli.errors import FFmpegError, OutputError
from avio_cli.ffmpeg.clock import Clock
from avio_cli.ffmpeg.command import VERBOSE_LOG, Command, Input, Output
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.gaps import Gap
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.progress import ProgressStep
from avio_cli.ffmpeg.url import file_url
from avio_cli.media.container import Container
from avio_cli.media.info import AudioStream, Chapter, VideoStream
from avio_cli.mux.command import (
    EncodePlan,
    PlannedStream,
    attached_covers,
    codec_tag,
    disposition,
    is_video,
    muxing_plan,
    stream_metadata,
    timescales,
)
from avio_cli.mux.metadata import FileMetadata
from avio_cli.mux.run import MuxLog, run_with_pipe, run_with_progress
from avio_cli.mux.sidecars import extract_cover_art, write_chapters
from avio_cli.mux.streams import MappedStream, StreamPlan
from avio_cli.mux.verify import (
    Verification,
    bytes_written,
    compare_header,
    lost_orientation,
    packets_written,
    verify_file,
)
from avio_cli.output.file import FileOutput

LOG = logging.getLogger("avio.mux")

_CHAPTERS = 1000
"""Number of the sidecar file that contains the chapters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemuxPlan:
    """The inputs and streams of a remux."""

    container: Container
    source: MediaSource
    """Where metadata, and all streams that are not replaced, come from."""
    plan: StreamPlan
    """Which of the source's streams are mapped."""
    seeking: tuple[str, ...] = ()
    """Options before the source."""
    piped: bool = False
    """Whether a NUT stream is piped in; it is then input 0."""
    extras: tuple[Input, ...] = ()
    """Further inputs, numbered after the source."""
    maps: Mapping[int, str] = field(default_factory=dict)
    """For a stream's index: the stream of another input that replaces it."""
    options: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """For a stream's index: options instead of ``copy``; ``{}`` is its output index."""
    filters: Mapping[int, str] = field(default_factory=dict)
    """For a stream's index: a bitstream filter."""
    empty_ends: frozenset[int] = frozenset()
    """Indices of the streams that an encoder ends with an empty packet."""
    metadata: tuple[str, ...] = ()
    """Options that change what is copied of the source's metadata."""
    chapters: tuple[Chapter, ...] = ()
    """With the output's timestamps."""
    offset: Fraction = Fraction(0)
    """Seconds subtracted from all timestamps."""

    @property
    def source_input(self) -> int:
        """Index of the source among the inputs."""
        return int(self.piped)


def remux_command(remux_plan: RemuxPlan, output: FileOutput) -> EncodePlan:
    """Build the command; chapters are written to a sidecar file."""
    inputs = [Input("pipe:0", ("-f", "nut"))] if remux_plan.piped else []
    inputs.append(remux_plan.source.input(remux_plan.seeking))
    inputs += remux_plan.extras
    chapters = len(inputs) if remux_plan.chapters else -1
    if remux_plan.chapters:
        inputs.append(write_chapters(output.sidecar(_CHAPTERS), remux_plan.chapters))
    streams = remux_plan.plan
    options = [
        word for i, c in enumerate(streams.mapped) for word in _stream(remux_plan, i, c)
    ]
    options += attached_covers(streams, output)
    clock = _clock(remux_plan)
    options += _metadata(remux_plan).options(remux_plan.source_input)
    options += [*remux_plan.metadata, "-map_chapters", str(chapters)]
    options += _muxer(remux_plan, clock)
    outputs = (Output(file_url(output.temporary), tuple(options)), *clock.outputs)
    command = Command(tuple(inputs), outputs, (*VERBOSE_LOG, *clock.options, "-y"))
    indices = [mapped.stream.index for mapped in streams.mapped]
    ends = tuple(i for i, own in enumerate(indices) if own in remux_plan.empty_ends)
    encoded = dict(_encoded(remux_plan))
    return muxing_plan(command, streams, output, streams.dropped, ends, encoded)


def _encoded(remux_plan: RemuxPlan) -> Iterator[tuple[int, PlannedStream]]:
    """The streams that are not those of the source: encoded, or from another input."""
    for index, mapped in enumerate(remux_plan.plan.mapped):
        stream, place = mapped.stream, remux_plan.maps.get(mapped.stream.index, "")
        elsewhere = place and not (remux_plan.piped and place.startswith("0:"))
        if elsewhere and isinstance(stream, VideoStream | AudioStream):
            yield index, PlannedStream(stream=stream, copied=False)


def _clock(remux_plan: RemuxPlan) -> Clock:
    """That of the source, if its own video or audio is copied."""
    streams = (mapped.stream for mapped in remux_plan.plan.mapped)
    timed = (s for s in streams if is_video(s) or isinstance(s, AudioStream))
    own = any(stream.index not in remux_plan.maps for stream in timed)
    return remux_plan.source.clock(remux_plan.seeking) if own else Clock()


def _stream(remux_plan: RemuxPlan, index: int, mapped: MappedStream) -> Iterator[str]:
    stream = mapped.stream
    here = f"{remux_plan.source_input}:{stream.index}"
    yield from ("-map", remux_plan.maps.get(stream.index, here))
    codec = mapped.codec if mapped.action == "convert" else "copy"
    arguments = remux_plan.options.get(stream.index, ("-c:{}", codec))
    yield from (argument.replace("{}", str(index)) for argument in arguments)
    if arguments == ("-c:{}", "copy"):
        # Bitstream filters drop packets by number: none may be missing before.
        yield f"-copyinkf:{index}"
    yield from codec_tag(index, stream.codec, remux_plan.container)
    if stream.index in remux_plan.filters:
        yield from (f"-bsf:{index}", remux_plan.filters[stream.index])
    source = [s for s in remux_plan.source.info.streams if s.index == stream.index]
    if source:
        yield from stream_metadata(
            index, stream, remux_plan.source_input, remux_plan.container
        )
        if stream.index in remux_plan.maps and getattr(source[0], "alpha_apart", False):
            # Packets from a pipe have no side data: the tag would lie.
            yield from (f"-metadata:s:{index}", "alpha_mode=")
    yield from disposition(index, stream)


def _copied(remux_plan: RemuxPlan) -> list[VideoStream]:
    """The videos that come from the source itself."""
    streams = (mapped.stream for mapped in remux_plan.plan.mapped)
    videos = (s for s in streams if isinstance(s, VideoStream) and not s.is_cover_art)
    return [video for video in videos if video.index not in remux_plan.maps]


def _metadata(remux_plan: RemuxPlan) -> FileMetadata:
    info = remux_plan.source.info
    return FileMetadata(info, remux_plan.container, remux_plan.plan)


def _muxer(remux_plan: RemuxPlan, clock: Clock) -> Iterator[str]:
    yield from clock.restored(-remux_plan.offset)
    container = remux_plan.container
    streams = [entry.stream for entry in remux_plan.plan.mapped]
    video = [stream.time_base for stream in streams if is_video(stream)]
    audio = [stream.time_base for stream in streams if isinstance(stream, AudioStream)]
    yield from timescales(container, video, audio)
    yield from (*container.options, "-f", container.muxer)


@dataclass(frozen=True, slots=True)
class RemuxResult:
    """A finished file that does not have its final name yet."""

    written: tuple[int, ...]
    """Packets of each video stream, then of each audio stream."""
    tracks: tuple[StreamTimeline, ...]
    """What the file contains; empty where it was not verified."""
    watch: DamageWatch
    plan: EncodePlan
    zeroed: int = 0
    """Copied packets that hold nothing but zeros."""

    @property
    def gap(self) -> Gap | None:
        """The longest one between frames of the first video, on the file's clock."""
        return gap_between(self.tracks[0]) if self.tracks else None


def remux(
    remux_plan: RemuxPlan,
    output: FileOutput,
    *,
    feed: Callable[[IO[bytes]], None] | None = None,
    on_step: Callable[[ProgressStep], None] | None = None,
    verify: Verification = "quick",
) -> RemuxResult:
    """Write the file under its temporary name, and verify it.

    Args:
        remux_plan: inputs and streams.
        output: where it is written.
        feed: writes the NUT stream into the pipe it gets; where `piped`.
        on_step: called with ffmpeg's progress; where not `piped`.
        verify: how to check the file.

    Raises:
        OutputError: it cannot be written, or is not complete.
    """
    plan = remux_command(remux_plan, output)
    extract_cover_art(remux_plan.source, plan.covers)
    source = remux_plan.source
    ffmpeg, log = source.ffmpeg, MuxLog(DamageWatch.of(source.url))
    try:
        if feed is None:
            run_with_progress(ffmpeg, plan.command, log, on_step)
        else:
            run_with_pipe(ffmpeg, plan.command, log, feed)
    except FFmpegError as error:
        raise OutputError(
            f"cannot make {output.display_name} from {remux_plan.source.name}: "
            f"{error.message}",
            hint=error.hint,
        ) from error
    written = tuple(packets_written(log.stats, plan))
    by_size = remux_plan.container.regroups_samples
    sizes = tuple(bytes_written(log.stats, plan))
    known = ffmpeg, output.temporary, sizes if by_size else written, verify
    tracks = verify_file(*known, sizes=sizes, by_size=by_size)
    if lost := lost_orientation(ffmpeg, output.temporary, _copied(remux_plan)):
        raise OutputError(
            f"the copy would be shown differently: {lost}",
            hint="--exact encodes the video, or choose another extension",
        )
    if tracks:
        compare_header(ffmpeg, output.temporary, plan)
    for warning in _metadata(remux_plan).warnings():
        LOG.warning("%s", warning)
    listed = zip(plan.streams, tracks, strict=False)
    zeroed = zeroed_packets((made.stream, line) for made, line in listed if made.copied)
    return RemuxResult(written, tracks, log.damage, plan, zeroed)
