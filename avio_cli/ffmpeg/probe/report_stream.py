"""Parse one stream's line of ffmpeg's report at the debug level.

It is one line; wrapped here, it looks like this::

    Stream #0:0[0x1](und), 2, 1/15360: Video: h264 (High), 1 reference frame
        (avc1 / 0x31637661), yuv420p(tv, bt709, progressive, left), 640x360 (640x368)
        [SAR 2:3 DAR 32:27], 0/1, 64 kb/s, 29.97 fps, 29.97 tbr, 15360 tbn (default)
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.probe.terms import (
    StreamFacts,
    clockwise,
    hdr_names,
    language_of,
    other_tags,
    own_tag,
    tagged_duration,
)
from avio_cli.media.info import (
    AudioStream,
    Color,
    OtherStream,
    Stream,
    SubtitleStream,
    VideoStream,
)

_LINE = re.compile(
    r"Stream #0:(?P<index>\d+)(?:\[0x[0-9a-f]+\])?(?:\((?P<language>[^)]*)\))?"
    r", \d+, (?P<time_base>\d+/\d+): (?P<kind>\w+): (?P<rest>.*)"
)
_DISPOSITIONS = (
    "default|dub|original|comment|lyrics|karaoke|forced|hearing impaired|"
    "visual impaired|clean effects|attached pic|timed thumbnails|non-diegetic|"
    "captions|descriptions|metadata|dependent|still image|multilayer"
)
_DISPOSITION = re.compile(rf" \(({_DISPOSITIONS})\)(?=(?: \((?:{_DISPOSITIONS})\))*$)")
_OUTER_COMMA = re.compile(r", (?!(?:[^()]|\([^()]*\))*\))")
_GROUP = re.compile(r" \(([^()]*)\)")
_TAG = re.compile(r".* / 0x[0-9A-F]+")
_DECODER = re.compile(r"[a-z][a-z0-9_-]*")
_SIZE = re.compile(r"(\d+)x(\d+)\b")
_SAR = re.compile(r"\bSAR (\d+):(\d+)")
_PIXELS = re.compile(r"(\w+)(?:\((.*)\))?")
_SAMPLES = re.compile(r"((?:u8|s16|s32|s64|flt|dbl)p?)(?: \(\d+ bit\))?")
_ROTATION = re.compile(r"display ?matrix: rotation of (-?[\d.]+|nan) degrees", re.I)
_FIELD_ORDERS = {
    "progressive": "progressive",
    "top first": "tt",
    "bottom first": "bb",
    "top coded first (swapped)": "tb",
    "bottom coded first (swapped)": "bt",
}
_SAME_NAMES = frozenset({"bt709", "smpte170m", "smpte240m", "bt470bg"})
"""Names that matrix, primaries and transfer share: printed once if all agree."""
_CHANNELS = {
    "mono": 1,
    "stereo": 2,
    "downmix": 2,
    "binaural": 2,
    "quad": 4,
    "hexagonal": 6,
    "octagonal": 8,
    "cube": 8,
    "hexadecagonal": 16,
}


def stream_from_line(
    line: str, tags: Mapping[str, str], side_data: Sequence[str]
) -> Stream:
    """Parse a stream's line and the lists under it.

    Raises:
        FFmpegError: the line is not as ffmpeg 5.1 to 9.0 print it.
    """
    if not (match := _LINE.fullmatch(line)):
        raise FFmpegError(
            f"this ffmpeg reports its streams in an unknown way: {line}",
            hint="install the ffprobe that belongs to it",
        )
    kind, rest = match["kind"], match["rest"]
    items = _OUTER_COMMA.split(_DISPOSITION.sub("", rest))
    facts = _facts(match, tags, items)
    if kind == "Video":
        return _video(facts, items, side_data)
    if kind == "Audio":
        return _audio(facts, items)
    if kind == "Subtitle":
        return SubtitleStream(**facts)
    return _other(facts, attached=kind == "Attachment")


def exact_rate(text: str) -> Fraction | None:
    """Frames a second as ffmpeg rounds them: ``29.97`` is 30000/1001, ``1k`` is 1000.

    NTSC's rates are recognised; any other is what the two decimals say.
    """
    value = Fraction(text.removesuffix("k")) * (1000 if text.endswith("k") else 1)
    for nominal in (12, 15, 24, 30, 48, 60, 120, 240):
        ntsc = Decimal(nominal * 1000) / 1001
        if f"{ntsc:.2f}" == text:
            return Fraction(nominal * 1000, 1001)
    return value or None


def channel_count(layout: str) -> int:
    """Channels of a layout that ffmpeg names; 0 for an unknown name."""
    name = layout.partition("(")[0].strip()
    if name in _CHANNELS:
        return _CHANNELS[name]
    if match := re.match(r"(\d+) channels", name):
        return int(match[1])
    if match := re.match(r"ambisonic (\d+)(?:\+(.*))?", name):
        return (int(match[1]) + 1) ** 2 + channel_count(match[2] or "")
    numbers = re.fullmatch(r"[\d.]+", name)
    return sum(map(int, filter(None, name.split(".")))) if numbers else 0


def _facts(
    line: re.Match[str], tags: Mapping[str, str], items: list[str]
) -> StreamFacts:
    time_base = Fraction(line["time_base"])
    names = _DISPOSITION.findall(line["rest"])
    kilobits = _number(items, r"(?:max\. )?(\d+) kb/s")
    codec = items[0].split(" ", 1)[0]
    return StreamFacts(
        index=int(line["index"]),
        codec="unknown" if codec == "none" else codec,
        time_base=time_base,
        start_pts=_start(items, time_base),
        duration=tagged_duration(tags),
        language=language_of({"language": line["language"] or ""}),
        title=own_tag(tags, "title") or own_tag(tags, "name"),
        dispositions=frozenset(re.sub("[ -]", "_", name) for name in names),
        metadata=other_tags(tags, "language", "title"),
        bit_rate=int(kilobits) * 1000 or None if kilobits else None,
    )


def _video(
    facts: StreamFacts, items: list[str], side_data: Sequence[str]
) -> VideoStream:
    pixels, colors = _pixels(items)
    sizes = [found for item in items if (found := _SIZE.match(item))]
    ratios = _SAR.findall(", ".join(items))
    rotations = [found for entry in side_data if (found := _ROTATION.match(entry))]
    average, nominal = _number(items, r"(\S+) fps"), _number(items, r"(\S+) tbr")
    return VideoStream(
        **facts,
        coded_width=int(sizes[0][1]) if sizes else 0,
        coded_height=int(sizes[0][2]) if sizes else 0,
        rotation=clockwise(float(rotations[0][1])) if rotations else 0,
        # The container's, printed last, wins over the codec's, as it does in ffmpeg.
        sample_aspect_ratio=Fraction(*map(int, ratios[-1])) if ratios else Fraction(1),
        average_rate=exact_rate(average) if average else None,
        nominal_rate=exact_rate(nominal) if nominal else None,
        pixel_format=pixels,
        profile=_profile(items),
        color=_color(colors),
        field_order=next((_FIELD_ORDERS[c] for c in colors if c in _FIELD_ORDERS), ""),
        hdr=hdr_names(side_data),
    )


def _audio(facts: StreamFacts, items: list[str]) -> AudioStream:
    rate = _number(items, r"(\d+) Hz")
    layout = items[2 if rate else 1] if len(items) > (2 if rate else 1) else ""
    formats = [found for item in items if (found := _SAMPLES.fullmatch(item))]
    return AudioStream(
        **facts,
        sample_rate=int(rate or 0),
        channels=channel_count(layout),
        layout="" if re.fullmatch(r"\d+ channels", layout) else layout,
        sample_format=formats[0][1] if formats else "",
        sample_bits=int(bits) if (bits := _number(items, r".*\((\d+) bit\)")) else None,
        profile=_profile(items),
    )


def _other(facts: StreamFacts, *, attached: bool) -> OtherStream:
    if not attached:
        return OtherStream(**facts, kind="data")
    tags = facts["metadata"]
    facts["metadata"] = other_tags(tags, "filename", "mimetype")
    return OtherStream(
        **facts,
        kind="attachment",
        filename=own_tag(tags, "filename"),
        mime_type=own_tag(tags, "mimetype"),
    )


def _pixels(items: list[str]) -> tuple[str, list[str]]:
    """The pixel format, and the words in its parentheses."""
    after_codec = [item for item in items[1:] if "reference frame" not in item]
    match = _PIXELS.fullmatch(after_codec[0]) if after_codec else None
    if match is None or match[1] == "none":
        return "", []
    return match[1], (match[2] or "").split(", ")


def _color(words: list[str]) -> Color:
    names = next((w for w in words if w.count("/") == 2 or w in _SAME_NAMES), "//")
    matrix, primaries, transfer = (
        names.split("/") if "/" in names else (names, names, names)
    )
    return Color(
        range=next((word for word in words if word in ("tv", "pc")), ""),
        matrix=matrix.replace("unknown", ""),
        primaries=primaries.replace("unknown", ""),
        transfer=transfer.replace("unknown", ""),
    )


def _profile(items: list[str]) -> str:
    """The profile; a decoder's name, where it differs from the codec's, comes first."""
    groups = [g for g in _GROUP.findall(items[0]) if not _TAG.fullmatch(g)]
    return next((group for group in groups if not _DECODER.fullmatch(group)), "")


def _start(items: list[str], time_base: Fraction) -> int | None:
    """Only newer ffmpegs print it, to the microsecond, and never a zero."""
    seconds = _number(items, r"start (-?[\d.]+)")
    if not seconds or time_base < Fraction(1, 1_000_000):
        return None
    return round(Fraction(seconds) / time_base)


def _number(items: list[str], pattern: str) -> str:
    found = (re.fullmatch(pattern, item) for item in items)
    return next((match[1] for match in found if match), "")
