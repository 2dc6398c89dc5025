"""One stream in words, its texts escaped for a terminal."""

from collections.abc import Iterator

from avio_cli.cli.units import bits_text, rate_text
from avio_cli.ffmpeg.address import printable
from avio_cli.media import (
    AudioStream,
    Color,
    OtherStream,
    Stream,
    SubtitleStream,
    VideoStream,
)

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
        return "cover" if stream.attached_picture else "video"
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
        yield _joined(printable(stream.filename), printable(stream.mime_type))
    else:
        yield ""


def _video(stream: VideoStream) -> Iterator[str]:
    bits = bits_text(stream.bit_rate) if stream.bit_rate else ""
    size = f"{stream.width}x{stream.height}" if stream.width else "size not known"
    yield _joined(size, *_rates(stream), bits)
    yield _joined(*_geometry(stream))
    yield _joined(
        stream.pixel_format,
        *_color(stream.color),
        _FIELD_ORDERS.get(stream.field_order, ""),
    )
    yield _joined(_HDR_TRANSFERS.get(stream.color.transfer, ""), *stream.hdr)


def _rates(stream: VideoStream) -> Iterator[str]:
    average, nominal = stream.average_rate, stream.nominal_rate
    if stream.attached_picture:
        return
    if average is None or nominal is None or average == nominal:
        rate = average or nominal
        yield f"{rate_text(rate)} fps" if rate else ""
    else:
        yield f"{rate_text(average)} fps on average, {rate_text(nominal)} fps nominal"


def _geometry(stream: VideoStream) -> Iterator[str]:
    if stream.rotation:
        stored = f"{stream.stored_width}x{stream.stored_height}"
        yield f"stored {stored}, turned {stream.rotation}° clockwise"
    if (ratio := stream.sample_aspect_ratio) != 1:
        shown = (round(stream.stored_width * ratio), stream.stored_height)
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
    yield _joined(rate, stream.layout or count, stream.sample_format, bits)


def label_text(stream: Stream) -> str:
    """Language, title and dispositions: ``eng, "Commentary", forced``."""
    title = f'"{printable(stream.title)}"' if stream.title else ""
    marks = sorted(stream.dispositions - {"attached_pic"})
    names = (mark.replace("_", " ") for mark in marks)
    return _joined(printable(stream.language), title, *names)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
