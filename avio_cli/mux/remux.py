"""A result put together of coded streams as they are: the command, and its run."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import IO

from avio_cli.errors import FFmpegError, OutputError
from avio_cli.ffmpeg.command import VERBOSE_LOG, Command, Input, Output, source_input
from avio_cli.ffmpeg.damage import DamageWatch
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import MuxerStats, ProgressParser, ProgressStep
from avio_cli.ffmpeg.url import MediaUrl, file_url
from avio_cli.media.containers import Container
from avio_cli.media.info import AudioStream, Chapter, MediaInfo
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
"""Number of the sidecar file that holds the chapters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemuxPlan:
    """What is put together."""

    container: Container
    address: MediaUrl
    """The source of metadata, and of all streams that are not replaced."""
    info: MediaInfo
    plan: StreamPlan
    """Which of the source's streams are carried."""
    seeking: tuple[str, ...] = ()
    """Options before the source."""
    piped: bool = False
    """Whether the first input is NUT from us; it is then number 0."""
    extras: tuple[Input, ...] = ()
    """Further inputs, numbered after the source."""
    maps: Mapping[int, str] = field(default_factory=dict)
    """For a stream's index: another input's stream that takes its place."""
    options: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """For a stream's index: options instead of ``copy``; ``{}`` is its output index."""
    filters: Mapping[int, str] = field(default_factory=dict)
    """For a stream's index: a bitstream filter."""
    chapters: tuple[Chapter, ...] = ()
    """On the clock of the result."""
    offset: Fraction = Fraction(0)
    """Seconds that are taken off all times."""

    @property
    def source(self) -> int:
        """The number of the source among the inputs."""
        return int(self.piped)


def remux_command(assembly: RemuxPlan, target: FileOutput) -> EncodePlan:
    """Build the command; chapters are written beside the target."""
    inputs = [Input("pipe:0", ("-f", "nut"))] if assembly.piped else []
    inputs.append(source_input(assembly.address, assembly.seeking))
    inputs += assembly.extras
    chapters = len(inputs) if assembly.chapters else -1
    if assembly.chapters:
        inputs.append(write_chapters(target.sidecar(_CHAPTERS), assembly.chapters))
    carried = assembly.plan.mapped
    options = [word for i, c in enumerate(carried) for word in _stream(assembly, i, c)]
    options += _covers(assembly, target)
    options += ["-copyts", "-map_metadata", str(assembly.source)]
    options += ["-map_chapters", str(chapters), *_muxer(assembly)]
    output = Output(file_url(target.temporary), tuple(options))
    return EncodePlan(
        Command(tuple(inputs), (output,), (*VERBOSE_LOG, "-y")),
        assembly.plan.dropped,
        tuple(i for i, c in enumerate(carried) if is_video(c.stream)),
        tuple(i for i, c in enumerate(carried) if isinstance(c.stream, AudioStream)),
        covers=tuple((c, target.sidecar(c.index)) for c in assembly.plan.attached),
    )


def _stream(assembly: RemuxPlan, index: int, carried: MappedStream) -> Iterator[str]:
    stream = carried.stream
    here = f"{assembly.source}:{stream.index}"
    yield from ("-map", assembly.maps.get(stream.index, here))
    codec = carried.codec if carried.action == "convert" else "copy"
    words = assembly.options.get(stream.index, ("-c:{}", codec))
    yield from (word.replace("{}", str(index)) for word in words)
    if words == ("-c:{}", "copy"):
        # Packets are counted by what drops them: none may be missing before.
        yield f"-copyinkf:{index}"
    if stream.codec == "hevc" and assembly.container.sets_timescale:
        yield from (f"-tag:{index}", "hvc1")
    if stream.index in assembly.filters:
        yield from (f"-bsf:{index}", assembly.filters[stream.index])
    if any(there.index == stream.index for there in assembly.info.streams):
        metadata = f"{assembly.source}:s:{stream.index}"
        yield from (f"-map_metadata:s:{index}", metadata)
    kept = "+".join(sorted(stream.dispositions & DISPOSITIONS))
    yield from (f"-disposition:{index}", kept or "0")


def _covers(assembly: RemuxPlan, target: FileOutput) -> Iterator[str]:
    first = len(assembly.plan.mapped)
    for index, cover in enumerate(assembly.plan.attached, first):
        mime, name = COVER_FILES[cover.codec]
        yield from ("-attach", str(target.sidecar(cover.index)))
        yield from (f"-metadata:s:{index}", f"mimetype={mime}")
        yield from (f"-metadata:s:{index}", f"filename={name}")


def _muxer(assembly: RemuxPlan) -> Iterator[str]:
    if assembly.offset:
        yield from ("-output_ts_offset", f"{float(-assembly.offset):.6f}")
    films = [c.stream for c in assembly.plan.mapped if is_video(c.stream)]
    if assembly.container.sets_timescale and films:
        scale = timescale([film.time_base for film in films])
        yield from ("-video_track_timescale", str(scale))
        yield from ("-movie_timescale", str(_movie_timescale(scale, assembly)))
    yield from (*assembly.container.options, "-f", assembly.container.muxer)


def _movie_timescale(scale: int, assembly: RemuxPlan) -> int:
    """Ticks of the file in which each stream's beginning is told: exact for sound, too.

    Not finer than a microsecond, so that the length of a day still fits 32 bits twice.
    """
    streams = [c.stream for c in assembly.plan.mapped]
    bases = [s.time_base for s in streams if isinstance(s, AudioStream)]
    common = lcm(scale, *(base.denominator for base in bases))
    return common if common <= 1_000_000 else scale


@dataclass(frozen=True, slots=True)
class RemuxResult:
    """A finished file that has not got its name yet."""

    written: tuple[int, ...]
    """Packets of each film, then of each sound track."""
    tracks: tuple[TrackCount, ...]
    """What was found in the file; nothing where it was not verified."""
    watch: DamageWatch


def remux(
    ffmpeg: FFmpeg,
    assembly: RemuxPlan,
    target: FileOutput,
    *,
    feed: Callable[[IO[bytes]], None] | None = None,
    on_step: Callable[[ProgressStep], None] | None = None,
    verify: Verification = "quick",
) -> RemuxResult:
    """Make the file under its temporary name, and verify it.

    Args:
        ffmpeg: the binary to run.
        assembly: what goes into it.
        target: where.
        feed: writes the NUT stream into the pipe it is given; where `piped`.
        on_step: called as ffmpeg proceeds; where not `piped`.
        verify: how to check the file.

    Raises:
        OutputError: it cannot be made, or is not complete.
    """
    job = remux_command(assembly, target)
    extract_cover_art(ffmpeg, assembly.address, job.covers)
    watch, accounts = DamageWatch(), MuxerStats()

    def listen(line: str) -> None:
        watch.feed(line)
        accounts.feed(line)

    try:
        if feed is None:
            _run(ffmpeg, job.command, listen, on_step)
        else:
            _run_with_pipe(ffmpeg, job.command, listen, feed)
    except FFmpegError as error:
        raise OutputError(
            f"cannot make {target.display_name} from {assembly.info.source}: "
            f"{error.message}",
            hint=error.hint,
        ) from error
    written = tuple(packets_written(accounts, job))
    tracks = verify_file(ffmpeg, target.temporary, written, verify)
    return RemuxResult(written, tracks, watch)


def _run(
    ffmpeg: FFmpeg,
    command: Command,
    listen: Callable[[str], None],
    on_step: Callable[[ProgressStep], None] | None,
) -> None:
    parser = ProgressParser()
    words = command.argv(ffmpeg.path)
    words[1:1] = ["-progress", "pipe:1", "-stats_period", "0.5"]
    with Process(words, stdout=True, watch=listen) as process:
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
        # Where the pipe breaks, ffmpeg has failed: its last words say why.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            feed(process.stdin)
        process.finish()
