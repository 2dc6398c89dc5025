"""Parse ffprobe's JSON into MediaInfo."""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import TypedDict, cast

from avio_cli.ffmpeg.probe.display_matrix import (
    Orientation,
    matrix_from_text,
    orientation,
)
from avio_cli.ffmpeg.probe.terms import (
    UNKNOWN_TICKS,
    StreamFacts,
    believable,
    hdr_names,
    language_of,
    other_tags,
    own_tag,
    tagged_duration,
)
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


class _SideData(TypedDict, total=False):
    side_data_type: str
    rotation: float
    displaymatrix: str


class _Stream(TypedDict, total=False):
    index: int
    codec_type: str
    codec_name: str
    profile: str
    width: int
    height: int
    sample_aspect_ratio: str
    pix_fmt: str
    field_order: str
    color_range: str
    color_space: str
    color_primaries: str
    color_transfer: str
    sample_rate: str
    sample_fmt: str
    bits_per_raw_sample: str
    channels: int
    channel_layout: str
    avg_frame_rate: str
    r_frame_rate: str
    time_base: str
    start_pts: int
    duration_ts: int
    bit_rate: str
    nb_frames: str
    disposition: dict[str, int]
    tags: dict[str, str]
    side_data_list: list[_SideData]


class _Chapter(TypedDict, total=False):
    time_base: str
    start: int
    end: int
    tags: dict[str, str]


class _Format(TypedDict, total=False):
    format_name: str
    start_time: str
    duration: str
    size: str
    bit_rate: str
    tags: dict[str, str]


class _Output(TypedDict, total=False):
    format: _Format
    streams: list[_Stream]
    chapters: list[_Chapter]


def media_from_ffprobe(output: bytes, source: str) -> MediaInfo:
    """Parse what ffprobe printed with `probe.FFPROBE_OPTIONS`.

    Args:
        output: ffprobe's standard output, JSON.
        source: the input's name as shown to people.
    """
    # Tags may hold control characters, which strict JSON forbids.
    text = output.decode(errors="replace")
    found = cast("_Output", json.loads(text, strict=False))
    container = found.get("format", {})
    streams = tuple(map(_stream, found.get("streams", ())))
    claimed = _rational(container.get("duration"))
    duration = believable(claimed, streams)
    return MediaInfo(
        source=source,
        container=container.get("format_name", "unknown"),
        streams=streams,
        start=_rational(container.get("start_time")),
        duration=duration,
        size=_integer(container.get("size")),
        bit_rate=_integer(container.get("bit_rate")) if duration == claimed else None,
        chapters=tuple(map(_chapter, found.get("chapters", ()))),
        metadata=other_tags(container.get("tags", {})),
    )


def _stream(found: _Stream) -> Stream:
    kind = found.get("codec_type")
    if kind == "video":
        return _video(found)
    if kind == "audio":
        return _audio(found)
    if kind == "subtitle":
        return SubtitleStream(**_facts(found, "language", "title"))
    return _other(found)


def _video(found: _Stream) -> VideoStream:
    side_data = found.get("side_data_list", [])
    matrices = (_orientation(entry) for entry in side_data if "rotation" in entry)
    shown = next(matrices, Orientation(0))
    return VideoStream(
        **_facts(found, "language", "title"),
        coded_width=found.get("width", 0),
        coded_height=found.get("height", 0),
        rotation=shown.rotation,
        mirror=shown.mirror,
        sample_aspect_ratio=_ratio(found.get("sample_aspect_ratio")) or Fraction(1),
        average_rate=_ratio(found.get("avg_frame_rate")),
        nominal_rate=_ratio(found.get("r_frame_rate")),
        pixel_format=_known(found.get("pix_fmt")),
        profile=_profile(found),
        color=_color(found),
        field_order=_known(found.get("field_order")),
        frame_count=_integer(found.get("nb_frames")),
        hdr=hdr_names(entry.get("side_data_type", "") for entry in side_data),
    )


def _orientation(entry: _SideData) -> Orientation:
    matrix = matrix_from_text(entry.get("displaymatrix", ""))
    return orientation(matrix, entry["rotation"])


def _audio(found: _Stream) -> AudioStream:
    bits = _integer(found.get("bits_per_raw_sample"))
    wide = found.get("sample_fmt", "").startswith("s32")
    return AudioStream(
        **_facts(found, "language", "title"),
        sample_rate=_integer(found.get("sample_rate")) or 0,
        channels=found.get("channels", 0),
        layout=_known(found.get("channel_layout")),
        sample_format=_known(found.get("sample_fmt")),
        sample_bits=bits if wide and bits and bits < 32 else None,
        profile=_profile(found),
    )


def _other(found: _Stream) -> OtherStream:
    attached = found.get("codec_type") == "attachment"
    own = ("filename", "mimetype") if attached else ()
    tags = found.get("tags", {})
    return OtherStream(
        **_facts(found, "language", "title", *own),
        kind="attachment" if attached else "data",
        filename=own_tag(tags, "filename") if attached else "",
        mime_type=own_tag(tags, "mimetype") if attached else "",
    )


def _facts(found: _Stream, *own: str) -> StreamFacts:
    tags = found.get("tags", {})
    time_base = _ratio(found.get("time_base")) or Fraction(1)
    ticks = found.get("duration_ts")
    endless = ticks == UNKNOWN_TICKS
    declared = None if ticks is None or endless else ticks * time_base
    return StreamFacts(
        index=found.get("index", 0),
        codec=found.get("codec_name", "unknown"),
        time_base=time_base,
        start_pts=found.get("start_pts"),
        duration=tagged_duration(tags) if declared is None else declared,
        language=language_of(tags),
        title=own_tag(tags, "title") or own_tag(tags, "name"),
        dispositions=_dispositions(found.get("disposition", {})),
        metadata=other_tags(tags, *own),
        bit_rate=None if endless else _integer(found.get("bit_rate")),
    )


def _dispositions(found: Mapping[str, int]) -> frozenset[str]:
    return frozenset(name for name, is_set in found.items() if is_set)


def _profile(found: _Stream) -> str:
    profile = _known(found.get("profile"))
    # A number is a profile that ffmpeg knows no name for; ProRes has one named 4444.
    nameless = profile.lstrip("-").isdigit() and found.get("codec_name") != "prores"
    return "" if nameless else profile


def _color(found: _Stream) -> Color:
    return Color(
        range=_known(found.get("color_range")),
        matrix=_known(found.get("color_space")),
        primaries=_known(found.get("color_primaries")),
        transfer=_known(found.get("color_transfer")),
    )


def _chapter(found: _Chapter) -> Chapter:
    time_base = _ratio(found.get("time_base")) or Fraction(1)
    tags = found.get("tags", {})
    return Chapter(
        start=found.get("start", 0) * time_base,
        end=found.get("end", 0) * time_base,
        title=own_tag(tags, "title"),
        metadata=other_tags(tags, "title"),
    )


def _known(text: str | None) -> str:
    return "" if text in (None, "unknown", "none") else str(text)


def _integer(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _rational(text: str | None) -> Fraction | None:
    return Fraction(text) if text not in (None, "N/A") else None


def _ratio(text: str | None) -> Fraction | None:
    """Read ``30000/1001`` or ``16:15``; ``0/0`` and ``0:1`` mean unknown."""
    numerator, _, denominator = (text or "").replace(":", "/").partition("/")
    if not (numerator.isdigit() and denominator.isdigit()):
        return None
    if int(numerator) == 0 or int(denominator) == 0:
        return None
    return Fraction(int(numerator), int(denominator))
