"""The packets of a source, one by one as they are read, without decoding any."""

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.errors import DamagedInputError, FFmpegError
from avio_cli.ffmpeg.command import QUIET, Command, Output, guard_options, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import open_failure, probe
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.spawn import StandardInput
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import AudioStream, MediaInfo, OtherStream, Stream, VideoStream

_KEY, _DISCARD = 1, 4  # AV_PKT_FLAG_…
_NO_TIME = -(2**63)
_LISTED = ("-c", "copy", "-copyinkf", "-f", "framecrc")
_FIELDS = "stream_index,pts,pts_time,dts,duration,size,pos,flags"


ProcessFactory = Callable[[Sequence[str], StandardInput], Process]
"""Starts a child of which stdout is read."""


def start_listing(argv: Sequence[str], stdin: StandardInput) -> Process:
    """Start a child that lists packets: a `ProcessFactory`."""
    return Process(argv, stdin=stdin, stdout=True)


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


def list_packets(
    ffmpeg: FFmpeg,
    address: MediaUrl,
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
        address: what to read.
        stream: the index of the only stream to list; None for all.
        start_process: starts the child, so that another thread can end it.

    Raises:
        InputError: the source cannot be opened.
        DamagedInputError: reading failed on the way.
    """
    if ffmpeg.ffprobe:
        return _from_ffprobe(ffmpeg.ffprobe, address, stream, start_process)
    return _from_ffmpeg(ffmpeg, address, stream, start_process)


def list_copied_packets(
    ffmpeg: FFmpeg,
    address: MediaUrl,
    streams: Sequence[Stream],
    seeking: Sequence[str] = (),
) -> Iterator[Packet]:
    """List the packets of some streams as ffmpeg would copy them, from a seek position.

    Close the iterator to stop early; the child is gone then.

    Args:
        ffmpeg: the binary to run.
        address: what to read.
        streams: which streams; times are in their ticks.
        seeking: options before the input, ``-ss`` and ``-t``. Each stream starts with
            whatever packet comes first, keyframe or not.

    Raises:
        InputError: the source cannot be opened.
        DamagedInputError: reading failed on the way.
    """
    maps = (word for stream in streams for word in ("-map", f"0:{stream.index}"))
    command = Command(
        (source_input(address, seeking),),
        (Output("pipe:1", (*maps, *_LISTED)),),
        (*QUIET, "-copyts"),
    )
    time_bases: dict[int, Fraction] = {}
    for line in _lines(command.argv(ffmpeg.path), address):
        if line.startswith("#tb "):
            output, time_base = line.removeprefix("#tb ").split(": ")
            time_bases[int(output)] = Fraction(time_base)
        elif not line.startswith("#"):
            number = int(line.split(",", 1)[0])
            packet = _from_framecrc(line, [s.index for s in streams], time_bases)
            yield _in_ticks(packet, time_bases[number] / streams[number].time_base)


def _in_ticks(packet: Packet, ratio: Fraction) -> Packet:
    if ratio == 1:
        return packet
    pts, dts, duration = (
        None if number is None else round(number * ratio)
        for number in (packet.pts, packet.dts, packet.duration)
    )
    return replace(packet, pts=pts, dts=dts, duration=duration)


def _from_ffprobe(
    binary: str, address: MediaUrl, stream: int | None, start_process: ProcessFactory
) -> Generator[Packet, None, None]:
    argv = [binary, "-hide_banner", "-loglevel", "level+warning"]
    argv += ["-show_entries", f"packet={_FIELDS}", "-of", "compact=p=0"]
    argv += [] if stream is None else ["-select_streams", str(stream)]
    argv += [*guard_options(address), "-i", address.url]
    for line in _lines(argv, address, start_process):
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
    ffmpeg: FFmpeg, address: MediaUrl, stream: int | None, start_process: ProcessFactory
) -> Generator[Packet, None, None]:
    # Standard input cannot be probed first: then all its streams have to be listable.
    chosen = [] if stream is None else [stream]
    if stream is None and address.kind != "stdin":
        chosen = _listable(probe(ffmpeg, address))
    maps = [f"0:{index}" for index in chosen] or ["0"]
    options = [word for name in maps for word in ("-map", name)]
    options += ["-copy_unknown", *_LISTED]
    command = Command(
        (source_input(address),),
        (Output("pipe:1", tuple(options)),),
        (*QUIET, "-copyts"),
    )
    time_bases: dict[int, Fraction] = {}
    for line in _lines(command.argv(ffmpeg.path), address, start_process):
        if line.startswith("#tb "):
            output, time_base = line.removeprefix("#tb ").split(": ")
            time_bases[int(output)] = Fraction(time_base)
        elif not line.startswith("#"):
            yield _from_framecrc(line, chosen, time_bases)


def _listable(info: MediaInfo) -> list[int]:
    """The streams that framecrc takes: it refuses to work with an unknown size."""
    return [stream.index for stream in info.streams if _has_parameters(stream)]


def _has_parameters(stream: Stream) -> bool:
    if isinstance(stream, VideoStream):
        return stream.coded_width > 0
    if isinstance(stream, AudioStream):
        return stream.sample_rate > 0
    return not (isinstance(stream, OtherStream) and stream.kind == "attachment")


def _from_framecrc(
    line: str, chosen: Sequence[int], time_bases: dict[int, Fraction]
) -> Packet:
    """Read ``0, -512, 2048, 512, 615, 0x4b22c0d1, F=0x0``, which starts dts, pts."""
    fields = [field.strip() for field in line.split(",")]
    output, dts, pts, duration, size = map(int, fields[:5])
    flags = next((int(f[2:], 16) for f in fields[6:] if f.startswith("F=")), _KEY)
    return Packet(
        stream=chosen[output] if chosen else output,
        pts=None if pts == _NO_TIME else pts,
        dts=None if dts == _NO_TIME else dts,
        duration=duration or None,
        size=size,
        key=bool(flags & _KEY),
        discard=bool(flags & _DISCARD),
        position=None,
        seconds=None if pts == _NO_TIME else round(float(pts * time_bases[output]), 6),
    )


def _lines(
    argv: Sequence[str],
    address: MediaUrl,
    start_process: ProcessFactory = start_listing,
) -> Iterator[str]:
    stdin: StandardInput = "inherit" if address.kind == "stdin" else "null"
    started = False
    with start_process(argv, stdin) as child:
        with os.fdopen(child.stdout.fileno(), closefd=False) as text:
            for line in text:
                yield line.rstrip("\n")
                started = True
        try:
            child.finish()
        except FFmpegError as error:
            if started:
                message = (
                    f"{address.display_name} cannot be read to its end: {error.message}"
                )
                raise DamagedInputError(message, hint=error.hint) from error
            log = "\n".join(error.tail)
            raise open_failure(address, error.status, log) from error


def _integer(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdigit() else None
