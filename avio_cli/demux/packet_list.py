"""The packets of a source, one by one as they are read, without decoding any."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.demux.framecrc import (
    COPIED,
    FramecrcPacket,
    FramecrcReader,
    framecrc_command,
    is_listable,
    listing_command,
    whole_lines,
)
from avio_cli.errors import DamagedInputError, FFmpegError
from avio_cli.ffmpeg.command import guard_options, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.probe import open_failure, probe
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.spawn import StandardInput
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import Stream

_FIELDS = "stream_index,pts,pts_time,dts,duration,size,pos,flags"


ProcessFactory = Callable[[Sequence[str], StandardInput], Process]
"""Starts a child of which stdout is read."""


def start_listing(
    argv: Sequence[str],
    stdin: StandardInput,
    watch: Callable[[str], None] | None = None,
) -> Process:
    """Start a child that lists packets: a `ProcessFactory`."""
    return Process(argv, stdin=stdin, stdout=True, watch=watch)


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet of a stream: mostly one coded frame."""

    stream: int
    pts: int | None
    """When it is shown, in the stream's ticks."""
    dts: int | None
    """When it is decoded, in the stream's ticks."""
    duration: int | None
    """In ticks; None where the container does not declare it."""
    size: int
    """Bytes."""
    key: bool
    """Whether decoding can start here."""
    discard: bool
    """Whether it is decoded but not shown (before an edit's start)."""
    position: int | None
    """Where it starts in the file, in bytes; only ffprobe reports it."""
    seconds: float | None
    """`pts` in seconds, rounded."""
    zeroed: bool = False
    """Whether it holds nothing but zeros; ffprobe does not report it."""


def list_packets(
    ffmpeg: FFmpeg,
    url: MediaUrl,
    stream: int | None = None,
    *,
    start_process: ProcessFactory = start_listing,
) -> Generator[Packet, None, None]:
    """List the packets of a source in the order they are read, in bounded memory.

    Without ffprobe, ffmpeg itself lists them, with these differences: they come in the
    order of their dts; a missing dts or duration is filled in; positions are unknown;
    a stream whose frame size or sample rate is unknown is omitted.

    Close the iterator to stop early; the child is gone then.

    Args:
        ffmpeg: the binary, and whether an ffprobe is next to it.
        url: what to read.
        stream: the index of the only stream to list; None for all.
        start_process: starts the child, so that another thread can end it.

    Raises:
        InputError: the source cannot be opened.
        DamagedInputError: reading failed on the way.
    """
    if ffmpeg.ffprobe:
        return _from_ffprobe(ffmpeg.ffprobe, url, stream, start_process)
    return _from_ffmpeg(ffmpeg, url, stream, start_process)


def list_copied_packets(
    source: MediaSource,
    streams: Sequence[Stream],
    seeking: Sequence[str] = (),
    start_process: ProcessFactory = start_listing,
) -> Generator[Packet, None, None]:
    """List the packets of some streams as ffmpeg would copy them, from a seek position.

    Close the iterator to stop early; the child is gone then.

    Args:
        source: what to read.
        streams: which streams; times are in their ticks. Those of which the frame size
            or sample rate is unknown are omitted.
        seeking: options before the input, ``-ss`` and ``-t``. Each stream starts with
            whatever packet comes first, keyframe or not.
        start_process: starts the child, so that another thread can end it.

    Raises:
        InputError: the source cannot be opened.
        DamagedInputError: reading failed on the way.
    """
    streams = list(filter(is_listable, streams))
    if not streams:
        return  # without -map, ffmpeg would choose streams itself
    maps = (word for stream in streams for word in ("-map", f"0:{stream.index}"))
    command = listing_command(source, (*maps, *COPIED), seeking)
    lines = _lines(command.argv(source.ffmpeg.path), source.url, start_process)
    for listed in FramecrcReader(lines):
        stream = streams[listed.stream]
        packet = _from_framecrc(listed, stream.index)
        yield _in_ticks(packet, listed.time_base, stream.time_base)


def furthest_end(source: MediaSource) -> Fraction | None:
    """When the last packet of video or audio ends, by listing all; None without any.

    In seconds on the source's own clock.

    Raises:
        InputError: the source cannot be read.
    """
    streams = [*source.info.videos, *source.info.audios]
    bases = {stream.index: stream.time_base for stream in streams}
    ends = (
        (time + (packet.duration or 0)) * bases[packet.stream]
        for packet in list_copied_packets(source, streams)
        if (time := packet.dts if packet.pts is None else packet.pts) is not None
    )
    return max(ends, default=None)


def _in_ticks(packet: Packet, listed: Fraction, wanted: Fraction) -> Packet:
    """Convert from the time base of the list."""
    if listed == wanted:
        return packet
    ratio = listed / wanted
    pts, dts, duration = (
        None if number is None else round(number * ratio)
        for number in (packet.pts, packet.dts, packet.duration)
    )
    return replace(packet, pts=pts, dts=dts, duration=duration)


def _from_ffprobe(
    binary: str, url: MediaUrl, stream: int | None, start_process: ProcessFactory
) -> Generator[Packet, None, None]:
    argv = [binary, "-hide_banner", "-loglevel", "level+warning"]
    argv += ["-show_entries", f"packet={_FIELDS}", "-of", "compact=p=0"]
    argv += [] if stream is None else ["-select_streams", str(stream)]
    argv += [*guard_options(url), "-i", url.url]
    for line in _lines(argv, url, start_process):
        if line.startswith("stream_index="):
            yield _from_entries(line)


def _from_entries(line: str) -> Packet:
    entries = dict(entry.split("=", 1) for entry in line.split("|") if "=" in entry)
    seconds, flags = entries["pts_time"], entries["flags"]
    return Packet(
        stream=int(entries["stream_index"]),
        pts=_integer(entries["pts"]),
        dts=_integer(entries["dts"]),
        duration=_integer(entries["duration"]),
        size=int(entries["size"]),
        key="K" in flags,
        discard="D" in flags,
        position=_integer(entries["pos"]),
        seconds=None if seconds == "N/A" else float(seconds),
    )


def _from_ffmpeg(
    ffmpeg: FFmpeg, url: MediaUrl, stream: int | None, start_process: ProcessFactory
) -> Generator[Packet, None, None]:
    # Standard input cannot be probed first: then all its streams have to be listable.
    chosen = [] if stream is None else [stream]
    if stream is None and url.kind != "stdin":
        streams = filter(is_listable, probe(ffmpeg, url).streams)
        chosen = [found.index for found in streams]
    maps = [f"0:{index}" for index in chosen] or ["0"]
    options = [word for name in maps for word in ("-map", name)]
    options += ["-copy_unknown", *COPIED]
    command = framecrc_command(source_input(url), options)
    lines = _lines(command.argv(ffmpeg.path), url, start_process)
    for listed in FramecrcReader(lines):
        yield _from_framecrc(listed, chosen[listed.stream] if chosen else listed.stream)


def _from_framecrc(listed: FramecrcPacket, stream: int) -> Packet:
    pts, base = listed.pts, listed.time_base
    return Packet(
        stream=stream,
        pts=pts,
        dts=listed.dts,
        duration=listed.duration or None,
        size=listed.size,
        key=listed.key,
        discard=listed.discard,
        position=None,
        seconds=None if pts is None else round(float(pts * base), 6),
        zeroed=listed.zeroed,
    )


def _lines(
    argv: Sequence[str],
    url: MediaUrl,
    start_process: ProcessFactory = start_listing,
) -> Iterator[str]:
    stdin: StandardInput = "inherit" if url.kind == "stdin" else "null"
    started = False
    with start_process(argv, stdin) as child:
        for line in whole_lines(child.stdout):
            yield line
            started = True
        try:
            child.finish()
        except FFmpegError as error:
            if started:
                message = (
                    f"{url.display_name} cannot be read to its end: {error.message}"
                )
                raise DamagedInputError(message, hint=error.hint) from error
            log = "\n".join(error.tail)
            raise open_failure(url, error.status, log) from error


def _integer(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdigit() else None
