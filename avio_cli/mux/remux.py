"""Remux encoded streams into a file without re-encoding: command and run."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import IO

from avio_cli.errors import FFmpegError, OutputError
from avio_cli.ffmpeg.command import VERBOSE_LOG, Command, Input, Output
from avio_cli.ffmpeg.damage import DamageWatch
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import MuxerStats, ProgressParser, ProgressStep
from avio_cli.ffmpeg.url import file_url
from avio_cli.media.containers import Container
from avio_cli.media.info import AudioStream, Chapter
from avio_cli.mux.command import (
    COVER_FILES,
    DISPOSITIONS,
    EncodePlan,
    is_video,
    timescale,
)
from avio_cli.mux.sidecars import extract_cover_art, write_chapters
from avio_cli.mux.streams import MappedStream, StreamPlan
from avio_cli.mux.verify import TrackCount, Verification, packets_written, verify_file
from avio_cli.output.file import FileOutput

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
    mapped = remux_plan.plan.mapped
    options = [
        argument for i, c in enumerate(mapped) for argument in _stream(remux_plan, i, c)
    ]
    options += _covers(remux_plan, output)
    options += ["-copyts", "-map_metadata", str(remux_plan.source_input)]
    options += ["-map_chapters", str(chapters), *_muxer(remux_plan)]
    muxed = Output(file_url(output.temporary), tuple(options))
    return EncodePlan(
        Command(tuple(inputs), (muxed,), (*VERBOSE_LOG, "-y")),
        remux_plan.plan.dropped,
        tuple(i for i, c in enumerate(mapped) if is_video(c.stream)),
        tuple(i for i, c in enumerate(mapped) if isinstance(c.stream, AudioStream)),
        covers=tuple((c, output.sidecar(c.index)) for c in remux_plan.plan.attached),
    )


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
    if stream.codec == "hevc" and remux_plan.container.sets_timescale:
        yield from (f"-tag:{index}", "hvc1")
    if stream.index in remux_plan.filters:
        yield from (f"-bsf:{index}", remux_plan.filters[stream.index])
    if any(there.index == stream.index for there in remux_plan.source.info.streams):
        metadata = f"{remux_plan.source_input}:s:{stream.index}"
        yield from (f"-map_metadata:s:{index}", metadata)
    kept = "+".join(sorted(stream.dispositions & DISPOSITIONS))
    yield from (f"-disposition:{index}", kept or "0")


def _covers(remux_plan: RemuxPlan, output: FileOutput) -> Iterator[str]:
    first = len(remux_plan.plan.mapped)
    for index, cover in enumerate(remux_plan.plan.attached, first):
        mime, name = COVER_FILES[cover.codec]
        yield from ("-attach", str(output.sidecar(cover.index)))
        yield from (f"-metadata:s:{index}", f"mimetype={mime}")
        yield from (f"-metadata:s:{index}", f"filename={name}")


def _muxer(remux_plan: RemuxPlan) -> Iterator[str]:
    if remux_plan.offset:
        yield from ("-output_ts_offset", f"{float(-remux_plan.offset):.6f}")
    videos = [c.stream for c in remux_plan.plan.mapped if is_video(c.stream)]
    if remux_plan.container.sets_timescale and videos:
        scale = timescale([video.time_base for video in videos])
        yield from ("-video_track_timescale", str(scale))
        yield from ("-movie_timescale", str(_movie_timescale(scale, remux_plan)))
    yield from (*remux_plan.container.options, "-f", remux_plan.container.muxer)


def _movie_timescale(scale: int, remux_plan: RemuxPlan) -> int:
    """Movie timescale, which each stream's start is stored in: exact for audio, too.

    Not finer than a microsecond, so that the length of a day still fits 32 bits twice.
    """
    streams = [c.stream for c in remux_plan.plan.mapped]
    bases = [s.time_base for s in streams if isinstance(s, AudioStream)]
    common = lcm(scale, *(base.denominator for base in bases))
    return common if common <= 1_000_000 else scale


@dataclass(frozen=True, slots=True)
class RemuxResult:
    """A finished file that does not have its final name yet."""

    written: tuple[int, ...]
    """Packets of each video stream, then of each audio stream."""
    tracks: tuple[TrackCount, ...]
    """What the file contains; empty where it was not verified."""
    watch: DamageWatch


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
    job = remux_command(remux_plan, output)
    extract_cover_art(remux_plan.source, job.covers)
    ffmpeg, watch, stats = remux_plan.source.ffmpeg, DamageWatch(), MuxerStats()

    def listen(line: str) -> None:
        watch.feed(line)
        stats.feed(line)

    try:
        if feed is None:
            _run(ffmpeg, job.command, listen, on_step)
        else:
            _run_with_pipe(ffmpeg, job.command, listen, feed)
    except FFmpegError as error:
        raise OutputError(
            f"cannot make {output.display_name} from {remux_plan.source.name}: "
            f"{error.message}",
            hint=error.hint,
        ) from error
    written = tuple(packets_written(stats, job))
    tracks = verify_file(ffmpeg, output.temporary, written, verify)
    return RemuxResult(written, tracks, watch)


def _run(
    ffmpeg: FFmpeg,
    command: Command,
    listen: Callable[[str], None],
    on_step: Callable[[ProgressStep], None] | None,
) -> None:
    parser = ProgressParser()
    arguments = command.argv(ffmpeg.path)
    arguments[1:1] = ["-progress", "pipe:1", "-stats_period", "0.5"]
    with Process(arguments, stdout=True, watch=listen) as process:
        for chunk in iter(lambda: process.stdout.read(4096), b""):
            for step in parser.feed(chunk):
                if on_step is not None:
                    on_step(step)
        process.finish()


def _run_with_pipe(
    ffmpeg: FFmpeg,
    command: Command,
    listen: Callable[[str], None],
    feed: Callable[[IO[bytes]], None],
) -> None:
    with Process(command.argv(ffmpeg.path), stdin="pipe", watch=listen) as process:
        # Where the pipe breaks, ffmpeg has failed: its log says why.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            feed(process.stdin)
        process.finish()
