"""A source as lines of text with styles, independent of the terminal."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Literal

from avio_cli.cli.reports.units import (
    bits_text,
    bytes_text,
    rate_text,
    seconds_text,
)
from avio_cli.demux.packet_list import Packet
from avio_cli.ffmpeg.url import printable
from avio_cli.media.info import (
    AudioStream,
    Chapter,
    Color,
    MediaInfo,
    OtherStream,
    Stream,
    SubtitleStream,
    VideoStream,
)
from avio_cli.progress import format_time

_RANGES = {"tv": "limited range", "pc": "full range"}
_HDR_TRANSFERS = {"smpte2084": "HDR (PQ)", "arib-std-b67": "HDR (HLG)"}
_FIELD_ORDERS = {
    "progressive": "progressive",
    "tt": "interlaced, top field first",
    "bb": "interlaced, bottom field first",
    "tb": "interlaced, top field coded first, bottom shown first",
    "bt": "interlaced, bottom field coded first, top shown first",
}


def kind_text(stream: Stream) -> str:
    """``video``, ``cover``, ``audio``, ``subtitle``, ``attachment`` or ``data``."""
    if isinstance(stream, VideoStream):
        return "cover" if stream.is_cover_art else "video"
    if isinstance(stream, OtherStream):
        return stream.kind
    return "subtitle" if isinstance(stream, SubtitleStream) else "audio"


def codec_text(stream: Stream) -> str:
    """The codec with its profile: ``h264 (High)``."""
    if isinstance(stream, OtherStream) and stream.codec == "unknown":
        return ""
    if isinstance(stream, VideoStream | AudioStream) and stream.profile:
        return f"{stream.codec} ({stream.profile})"
    return stream.codec


def detail_lines(stream: Stream) -> Iterator[str]:
    """Lines about one stream: what matters most, then the rest; some are empty."""
    if isinstance(stream, VideoStream):
        yield from _video(stream)
    elif isinstance(stream, AudioStream):
        yield from _audio(stream)
    elif isinstance(stream, OtherStream):
        yield _join_fields(printable(stream.filename), printable(stream.mime_type))
    else:
        yield ""


def _video(stream: VideoStream) -> Iterator[str]:
    bits = bits_text(stream.bit_rate) if stream.bit_rate else ""
    size = f"{stream.width}x{stream.height}" if stream.width else "size not known"
    yield _join_fields(size, *_rates(stream), bits)
    yield _join_fields(*_geometry(stream))
    yield _join_fields(
        stream.pixel_format,
        *_color(stream.color),
        _FIELD_ORDERS.get(stream.field_order, ""),
    )
    captions = "closed captions" if stream.closed_captions else ""
    hdr = _HDR_TRANSFERS.get(stream.color.transfer, "")
    yield _join_fields(hdr, *stream.hdr, captions)


def _rates(stream: VideoStream) -> Iterator[str]:
    average, nominal = stream.average_rate, stream.nominal_rate
    if stream.is_cover_art:
        return
    if average is None or nominal is None or average == nominal:
        rate = average or nominal
        yield f"{rate_text(rate)} fps" if rate else ""
    else:
        yield f"{rate_text(average)} fps on average, {rate_text(nominal)} fps nominal"


def _geometry(stream: VideoStream) -> Iterator[str]:
    if stream.rotation:
        stored = f"{stream.coded_width}x{stream.coded_height}"
        yield f"stored {stored}, rotated {stream.rotation}° clockwise"
    if stream.mirror:
        yield f"mirrored {stream.mirror}ly"
    if (ratio := stream.sample_aspect_ratio) != 1:
        shown = (round(stream.coded_width * ratio), stream.coded_height)
        width, height = shown[::-1] if stream.rotation in (90, 270) else shown
        pixels = f"{ratio.numerator}:{ratio.denominator}"
        yield f"pixels {pixels}, displayed as {width}x{height}"


def _color(color: Color) -> Iterator[str]:
    names = (color.matrix, color.primaries, color.transfer)
    if any(names):
        same = len(set(names)) == 1
        yield names[0] if same else "/".join(name or "?" for name in names)
    yield _RANGES.get(color.range, "")


def _audio(stream: AudioStream) -> Iterator[str]:
    bits = bits_text(stream.bit_rate) if stream.bit_rate else ""
    rate = f"{stream.sample_rate} Hz" if stream.sample_rate else "rate not known"
    count = f"{stream.channels} channel{'s' * (stream.channels != 1)}"
    yield _join_fields(rate, stream.layout or count, stream.sample_format, bits)


def label_text(stream: Stream) -> str:
    """Language, title and dispositions: ``eng, "Commentary", forced``."""
    title = f'"{printable(stream.title)}"' if stream.title else ""
    marks = sorted(stream.dispositions - {"attached_pic"})
    names = (mark.replace("_", " ") for mark in marks)
    return _join_fields(printable(stream.language), title, *names)


def _join_fields(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


PACKET_HEADER = (
    "stream          pts       seconds          dts  duration      size     position"
    "  flags"
)

Style = Literal["", "title", "heading", "label", "kind", "faint"]
Span = tuple[str, Style]
Line = tuple[Span, ...]

_TECHNICAL_TAGS = frozenset(
    "duration handler_name vendor_id "
    "major_brand minor_version compatible_brands".split()
)
"""Tags that repeat what is shown, or that only a demuxer reads."""


def media_report(info: MediaInfo) -> list[Line]:
    """Describe a source; control characters of its texts are escaped."""
    if _is_still(info):
        info = _without_rates(info)
    lines: list[Line] = [((info.source, "title"),)]
    lines += _pairs(_facts(info))
    lines += _section("Streams", _streams(info.streams))
    lines += _section("Chapters", _chapters(info.chapters))
    lines += _section("Metadata", _pairs(_shown_tags(info.metadata)))
    lines += _section("Metadata of streams", _pairs(_stream_tags(info)))
    return lines


def packet_row(packet: Packet) -> str:
    """One packet as a row below `PACKET_HEADER`."""
    seconds = "-" if packet.seconds is None else f"{packet.seconds:.6f}"
    pts, dts, duration, position = (
        "-" if number is None else str(number)
        for number in (packet.pts, packet.dts, packet.duration, packet.position)
    )
    flags = " ".join(("key",) * packet.key + ("discard",) * packet.discard)
    row = f"{packet.stream:>6} {pts:>12} {seconds:>13} {dts:>12} {duration:>9}"
    return f"{row} {packet.size:>9} {position:>12}  {flags}".rstrip()


def plain_text(lines: Iterable[Line]) -> str:
    """The lines without styles, each ended by a line feed."""
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)


def _is_still(info: MediaInfo) -> bool:
    return info.container.startswith("image2") or info.container.endswith("_pipe")


def _without_rates(info: MediaInfo) -> MediaInfo:
    """Drop the 25 frames a second that ffmpeg assumes of a single image."""
    streams = (
        replace(stream, average_rate=None, nominal_rate=None)
        if isinstance(stream, VideoStream)
        else stream
        for stream in info.streams
    )
    return replace(info, streams=tuple(streams), duration=None, bit_rate=None)


def _shown_tags(
    tags: Mapping[str, str], but: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[str, str]]:
    """Skip the technical tags, and those that the file has too."""
    for name, value in tags.items():
        if name.lower() not in _TECHNICAL_TAGS and but.get(name) != value:
            yield name, value


def _stream_tags(info: MediaInfo) -> Iterator[tuple[str, str]]:
    for stream in info.streams:
        for name, value in _shown_tags(stream.metadata, but=info.metadata):
            yield f"#{stream.index} {name}", value


def _section(heading: str, body: Iterable[Line]) -> list[Line]:
    lines = list(body)
    return [(), ((heading, "heading"),), *lines] if lines else []


def _pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Names and values in two columns; a value's own lines stay lines."""
    shown = [(printable(name), value.split("\n")) for name, value in pairs]
    width = min(24, max((len(name) for name, _ in shown), default=0))
    for name, (first, *others) in shown:
        yield ((f"  {name:{width}}  ", "label"), (printable(first), ""))
        for other in others:
            yield ((" " * (width + 4), ""), (printable(other), ""))


def _facts(info: MediaInfo) -> Iterator[tuple[str, str]]:
    yield "Container", info.container
    if info.duration is not None:
        yield "Duration", seconds_text(info.duration)
    elif not _is_still(info):
        yield "Duration", "not known"
    if info.start:
        yield "Start", seconds_text(info.start)
    if info.size is not None:
        yield "Size", bytes_text(info.size)
    if info.bit_rate:
        yield "Bit rate", bits_text(info.bit_rate)


def _streams(streams: Iterable[Stream]) -> Iterator[Line]:
    rows = [(stream, kind_text(stream), codec_text(stream)) for stream in streams]
    number = max((len(str(stream.index)) for stream, _, _ in rows), default=0)
    kinds = max((len(kind) for _, kind, _ in rows), default=0)
    codecs = min(28, max((len(codec) for _, _, codec in rows), default=0))
    for stream, kind, codec in rows:
        first, *others = detail_lines(stream)
        labels = label_text(stream)
        gap = "  " if first and labels else ""
        yield (
            (f"  #{stream.index:<{number}}  ", "faint"),
            (f"{kind:{kinds}}  ", "kind"),
            (f"{codec:{codecs}}  ", "label"),
            (first, ""),
            (f"{gap}[{labels}]" if labels else "", "faint"),
        )
        for text in filter(None, others):
            yield ((" " * (9 + number + kinds + codecs), ""), (text, "faint"))


def _chapters(chapters: Iterable[Chapter]) -> Iterator[Line]:
    time_text = partial(format_time, fine=True, nearest=True)
    rows = [(time_text(c.start), time_text(c.end), c.title) for c in chapters]
    width = max((len(end) for _, end, _ in rows), default=0)
    for number, (start, end, title) in enumerate(rows, 1):
        yield (
            (f"  {number:{len(str(len(rows)))}}  ", "faint"),
            (f"{start:>{width}} - {end:>{width}}  ", "label"),
            (printable(title), ""),
        )
