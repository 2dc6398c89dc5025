"""The truth about a file: streams, times, sizes, hashes.

PyAV reads it, with ffmpeg libraries of its own: neither the code under test nor an
ffmpeg that it runs. Only hashes are made by the ffmpeg that a dependency ships.

Each question is asked once about a file, as long as the file stays as it is.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av
import imageio_ffmpeg
from av.stream import Disposition
from av.video.reformatter import ColorRange

from avio_cli.ffmpeg.process.run import run

Answer = TypeVar("Answer")
FIELD_ORDERS = ("", "progressive", "tt", "bb", "tb", "bt")
"""As ffmpeg numbers them."""


@dataclass(frozen=True)
class Timeline:
    """When the frames of one stream are shown, exactly."""

    times: tuple[Fraction, ...]
    tick: Fraction
    width: int = 0
    height: int = 0

    @property
    def relative(self) -> tuple[Fraction, ...]:
        return tuple(time - self.times[0] for time in self.times)


@dataclass(frozen=True)
class Video:
    """How the frames of a stream are to be understood; colours as H.273 counts them."""

    pixel_format: str
    full_range: bool
    primaries: int
    transfer: int
    matrix: int
    field_order: str
    """As ffmpeg names it, empty where it is unknown."""


@dataclass(frozen=True)
class Stream:
    """One stream as its container declares it."""

    kind: str
    """``cover`` for cover art, else as ffmpeg names it: ``video``, ``audio`` …"""
    codec: str
    tags: Mapping[str, str]
    fourcc: str = ""
    channels: int = 0
    layout: str = ""
    """``mono``, ``stereo`` …"""
    video: Video | None = None
    """What only videos and cover art have."""


@dataclass(frozen=True)
class Packet:
    pts: Fraction | None
    duration: Fraction
    size: int


@dataclass(frozen=True)
class Chapter:
    start: Fraction
    end: Fraction
    title: str


def _once(question: Callable[..., Answer]) -> Callable[..., Answer]:
    """Ask again only about a file that has changed."""

    @functools.lru_cache(maxsize=500)
    def answer(path: Path, state: object, *further: Any, **named: Any) -> Answer:
        return question(path, *further, **named)

    @functools.wraps(question)
    def ask(path: Path, *further: Any, **named: Any) -> Answer:
        found = path.stat()
        return answer(path, (found.st_mtime_ns, found.st_size), *further, **named)

    return ask


def _open(path: Path) -> Any:
    return av.open(f"file:{path}", metadata_errors="replace")


@_once
def streams(path: Path) -> tuple[Stream, ...]:
    with _open(path) as container:
        return tuple(map(_stream, container.streams))


def _stream(there: Any) -> Stream:
    cover = there.disposition & Disposition.attached_pic
    kind, context = "cover" if cover else there.type, there.codec_context
    tags = dict(there.metadata)
    if context is None:
        return Stream(kind, "", tags)
    return Stream(
        kind,
        context.codec.canonical_name,
        tags,
        context.codec_tag,
        context.channels if there.type == "audio" else 0,
        context.layout.name if there.type == "audio" else "",
        _video(context) if there.type == "video" else None,
    )


def _video(context: Any) -> Video:
    return Video(
        context.pix_fmt or "",
        context.color_range == ColorRange.JPEG,
        context.color_primaries,
        context.color_trc,
        context.colorspace,
        FIELD_ORDERS[context.field_order],
    )


def stream_kinds(path: Path) -> list[tuple[str, str]]:
    """(kind, codec) of each stream."""
    return [(stream.kind, stream.codec) for stream in streams(path)]


@_once
def tags(path: Path) -> Mapping[str, str]:
    """Those of the file as a whole."""
    with _open(path) as container:
        return dict(container.metadata)


@_once
def chapters(path: Path) -> tuple[Chapter, ...]:
    with _open(path) as container:
        return tuple(
            Chapter(
                chapter["start"] * chapter["time_base"],
                chapter["end"] * chapter["time_base"],
                chapter["metadata"].get("title", ""),
            )
            for chapter in container.chapters()
        )


@_once
def container_start(path: Path) -> Fraction:
    """The earliest time in a file, as the container declares it."""
    with _open(path) as container:
        return Fraction(container.start_time or 0, av.time_base)


@_once
def duration(path: Path) -> Fraction:
    """Seconds, as the container declares them."""
    with _open(path) as container:
        return Fraction(container.duration or 0, av.time_base)


@_once
def timeline(path: Path, stream: str = "V:0", first_only: bool = False) -> Timeline:
    """Decode a stream and note each frame's time.

    Args:
        path: the file.
        stream: as ffmpeg's ``-map`` names it.
        first_only: whether the frames of the first 40 packets will do.
    """
    with _open(path) as container:
        there = _selected(container, stream)
        if there is None:
            return Timeline((), Fraction(1))
        frames = list(_frames(container, there, 40 if first_only else None))
        times = tuple(time for time, _ in frames if time is not None)
        width, height = frames[0][1] if frames else (0, 0)
        return Timeline(times, there.time_base, width, height)


def _selected(container: Any, stream: str) -> Any:
    letter, number = stream.split(":")
    cover = Disposition.attached_pic
    found = [
        there
        for there in container.streams
        if there.type[0] == letter.lower()
        and not (letter == "V" and there.disposition & cover)
    ]
    return found[int(number)] if int(number) < len(found) else None


def _frames(
    container: Any, there: Any, packets: int | None
) -> Iterator[tuple[Fraction | None, tuple[int, int]]]:
    """Time and size of each frame; what cannot be decoded is left out."""
    for number, packet in enumerate(container.demux(there)):
        if packets is not None and number >= packets:
            return
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            time = None if frame.pts is None else frame.pts * frame.time_base
            yield time, (getattr(frame, "width", 0), getattr(frame, "height", 0))


@_once
def packets(path: Path, stream: str) -> tuple[Packet, ...]:
    """The packets of a stream as they are stored, in their order."""
    with _open(path) as container:
        there = _selected(container, stream)
        if there is None:
            return ()
        return tuple(
            Packet(
                None if packet.pts is None else packet.pts * there.time_base,
                (packet.duration or 0) * there.time_base,
                packet.size,
            )
            for packet in container.demux(there)
            if packet.size
        )


def first_packet_time(path: Path, stream: str) -> Fraction | None:
    """When the first stored packet of a stream begins; None where it has none.

    Audio as AAC begins with packets that only prime the decoder: MP4 has them before
    0 and not played, Matroska has them at 0 and starts the video later.
    """
    times = [packet.pts for packet in packets(path, stream)[:40]]
    return min((time for time in times if time is not None), default=None)


@_once
def packets_hash(path: Path, stream: str) -> str:
    """A hash over the packets of a stream as they are stored."""
    output = ("-map", f"0:{stream}", "-c", "copy", "-f", "streamhash", "-")
    return _hashes(path, *output).rpartition("=")[2].strip()


@_once
def frame_hashes(path: Path, pixel_format: str, stream: str = "V:0") -> list[str]:
    """A hash for each decoded frame."""
    output = ["-map", f"0:{stream}", "-fps_mode", "passthrough"]
    output += ["-pix_fmt", pixel_format, "-f", "framehash", "-hash", "md5", "-"]
    lines = _hashes(path, *output).splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if line[:1] != "#"]


def _hashes(path: Path, *output: str) -> str:
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    argv = (binary, "-v", "error", "-nostdin", "-i", f"file:{path}", *output)
    return run(argv, timeout=120).stdout.decode()
