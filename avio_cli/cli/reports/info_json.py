"""MediaInfo and packets as plain data for JSON: keys that scripts rely on."""

from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction

from avio_cli.demux.packet_list import Packet
from avio_cli.ffmpeg.url import mask_credentials
from avio_cli.media.info import (
    AudioStream,
    Chapter,
    MediaInfo,
    OtherStream,
    Stream,
    SubtitleStream,
    VideoStream,
)

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def media_json(info: MediaInfo) -> dict[str, Json]:
    """Describe a source; rationals are ``"30000/1001"``, seconds also numbers."""
    return {
        "source": info.source,
        "container": info.container,
        **_time("start", info.start),
        **_time("duration", info.duration),
        "size": info.size,
        "bit_rate": info.bit_rate,
        "streams": [_stream(stream) for stream in info.streams],
        "chapters": [_chapter(chapter) for chapter in info.chapters],
        "metadata": _tags(info.metadata),
    }


def failure_json(source: str, message: str) -> dict[str, Json]:
    """Describe a source that cannot be read, in the place of what it contains."""
    return {"source": mask_credentials(source), "error": message}


def packet_json(packet: Packet) -> dict[str, Json]:
    """Describe one packet; times in ticks, ``seconds`` is the rounded pts."""
    return asdict(packet)


def _stream(stream: Stream) -> dict[str, Json]:
    start = None if stream.start_pts is None else stream.start_pts * stream.time_base
    return {
        "index": stream.index,
        "kind": _kind(stream),
        "codec": stream.codec,
        **_special(stream),
        "time_base": _rational(stream.time_base),
        "start_pts": stream.start_pts,
        **_time("start", start),
        **_time("duration", stream.duration),
        "bit_rate": stream.bit_rate,
        "language": stream.language,
        "title": stream.title,
        "dispositions": [*sorted(stream.dispositions)],
        "metadata": _tags(stream.metadata),
    }


def _kind(stream: Stream) -> str:
    if isinstance(stream, OtherStream):
        return stream.kind
    if isinstance(stream, SubtitleStream):
        return "subtitle"
    return "video" if isinstance(stream, VideoStream) else "audio"


def _special(stream: Stream) -> dict[str, Json]:
    """Keys that only this kind of stream has."""
    if isinstance(stream, VideoStream):
        return _video(stream)
    if isinstance(stream, AudioStream):
        return _audio(stream)
    if isinstance(stream, OtherStream):
        return {"filename": stream.filename, "mime_type": stream.mime_type}
    return {"text": isinstance(stream, SubtitleStream) and stream.is_text}


def _video(stream: VideoStream) -> dict[str, Json]:
    color = stream.color
    return {
        "profile": stream.profile,
        "width": stream.width,
        "height": stream.height,
        "stored_width": stream.coded_width,
        "stored_height": stream.coded_height,
        "rotation": stream.rotation,
        "mirror": stream.mirror,
        "sample_aspect_ratio": _rational(stream.sample_aspect_ratio),
        "average_rate": _rational(stream.average_rate),
        "nominal_rate": _rational(stream.nominal_rate),
        "frame_count": stream.frame_count,
        "pixel_format": stream.pixel_format,
        "bit_depth": stream.bit_depth,
        "field_order": stream.field_order,
        "color_range": color.range,
        "color_matrix": color.matrix,
        "color_primaries": color.primaries,
        "color_transfer": color.transfer,
        "hdr": [*stream.hdr],
        "closed_captions": stream.closed_captions,
        "cover": stream.is_cover_art,
    }


def _audio(stream: AudioStream) -> dict[str, Json]:
    return {
        "profile": stream.profile,
        "sample_rate": stream.sample_rate,
        "channels": stream.channels,
        "layout": stream.layout,
        "sample_format": stream.sample_format,
    }


def _chapter(chapter: Chapter) -> dict[str, Json]:
    return {
        **_time("start", chapter.start),
        **_time("end", chapter.end),
        "title": chapter.title,
        "metadata": _tags(chapter.metadata),
    }


def _tags(tags: Mapping[str, str]) -> dict[str, Json]:
    return dict(tags)


def _time(name: str, seconds: Fraction | None) -> dict[str, Json]:
    rounded = None if seconds is None else round(float(seconds), 6)
    return {name: _rational(seconds), f"{name}_seconds": rounded}


def _rational(value: Fraction | None) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"
