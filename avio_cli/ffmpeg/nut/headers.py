"""Decode the headers of a NUT stream.

Source: the NUT specification of 2006-11-04; elision headers, match times and version 4
as ffmpeg's muxer adds them.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.coding import ByteCursor
from avio_cli.ffmpeg.nut.packets import START
from avio_cli.ffmpeg.nut.stream import KINDS, NutStream

UNMARKED = 2
"""Bit of the main header's flags: there are no syncpoints after the first."""
_LARGEST_SIDE = 65535
_LARGEST_RATIO = (1 << 31) - 1
_RATE = re.compile(rb"([1-9][0-9]{0,9})/([1-9][0-9]{0,9})")


class Flag:
    """Bits of a frame's flags; plain numbers, as they are tested for every frame."""

    KEY = 1 << 0
    END = 1 << 1
    """The stream has ended (EOR); the frame is empty."""
    CODED_PTS = 1 << 3
    STREAM = 1 << 4
    SIZE = 1 << 5
    CHECKSUM = 1 << 6
    RESERVED = 1 << 7
    SIDE_DATA = 1 << 8
    ELISION = 1 << 10
    MATCH_TIME = 1 << 11
    CODED = 1 << 12
    INVALID = 1 << 13


@dataclass(frozen=True, slots=True)
class FrameCode:
    """What a frame's first byte stands for."""

    flags: int
    pts_delta: int
    multiplier: int
    """What the coded part of the size is multiplied with."""
    size: int
    """What is added to that."""
    stream: int
    reserved: int
    elision: int
    """Which elision header is put before the data."""


@dataclass(frozen=True, slots=True)
class MainHeader:
    """What applies to all streams."""

    stream_count: int
    max_distance: int
    time_bases: tuple[Fraction, ...]
    codes: tuple[FrameCode, ...]
    """256 of them."""
    elisions: tuple[bytes, ...]
    """Prefixes that packets omit; the first one is empty."""
    unmarked: bool
    """Whether syncpoints are omitted on purpose (ffmpeg: ``-syncpoints none``)."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How one stream codes its times."""

    lsb_bits: int
    """Bits of a pts that is coded relative to the one before it."""
    max_distance: int
    """Ticks a pts may jump in a frame without a checksum."""


def read_main(body: bytes) -> MainHeader:
    """Decode a main header's body.

    Raises:
        StreamError: a field is impossible, or of a version other than 3 or 4.
    """
    fields = ByteCursor.over(body)
    version = fields.number()
    if version not in (3, 4):
        raise StreamError(f"version {version} of NUT is not supported")
    if version == 4:
        fields.number()  # its minor version
    stream_count = _within(fields.number(), 1, 250, "number of streams")
    max_distance = min(fields.number(), 65536)
    count = _within(fields.number(), 1, 1024, "number of time bases")
    time_bases = tuple(_read_ratio(fields, "time base") for _ in range(count))
    codes = _read_codes(fields, stream_count)
    elisions = _read_elisions(fields) if len(fields.seen) < len(body) else (b"",)
    more = version == 4 and len(fields.seen) < len(body)
    unmarked = bool(more and fields.number() & UNMARKED)
    return MainHeader(stream_count, max_distance, time_bases, codes, elisions, unmarked)


def _read_codes(fields: ByteCursor, stream_count: int) -> tuple[FrameCode, ...]:
    """Decode the frame-code table: runs of codes whose sizes count up."""
    codes: list[FrameCode] = []
    pts, multiplier, stream, elision = 0, 1, 0, 0
    invalid = FrameCode(Flag.INVALID, 0, 1, 0, 0, 0, 0)
    while len(codes) < 256:
        flags, present = fields.number(), fields.number()
        pts = fields.signed() if present > 0 else pts
        multiplier = fields.number() if present > 1 else multiplier
        stream = fields.number() if present > 2 else stream
        size = fields.number() if present > 3 else 0
        reserved = fields.number() if present > 4 else 0
        run = fields.number() if present > 5 else multiplier - size
        if present > 6:
            fields.signed()  # match time
        elision = fields.number() if present > 7 else elision
        for _ in range(8, present):
            fields.number()
        _within(stream, 0, stream_count - 1, "stream of a frame code")
        _within(run, 1, 256 - len(codes), "run of frame codes")
        for _ in range(run):
            if len(codes) == START:
                codes.append(invalid)
            codes.append(
                FrameCode(flags, pts, multiplier, size, stream, reserved, elision)
            )
            size += 1
    if len(codes) > 256:
        raise StreamError("the NUT header has more than 256 frame codes")
    return tuple(codes)


def _read_elisions(fields: ByteCursor) -> tuple[bytes, ...]:
    count = _within(fields.number(), 0, 127, "number of elision headers")
    elisions = (b"", *(fields.blob() for _ in range(count)))
    _within(sum(map(len, elisions)), 0, 1024, "size of elision headers")
    return elisions


def read_stream(body: bytes, main: MainHeader) -> tuple[int, NutStream, Timing]:
    """Decode a stream header's body: its index, the stream, and how it codes times.

    Raises:
        StreamError: a field is impossible.
    """
    fields = ByteCursor.over(body)
    index = _within(fields.number(), 0, main.stream_count - 1, "stream")
    # Classes after the known ones are reserved, and their packets to be ignored.
    kind = KINDS[min(fields.number(), 3)]
    fourcc = fields.blob()
    _within(len(fourcc), 2, 4, "length of a fourcc")
    base = _within(fields.number(), 0, len(main.time_bases) - 1, "time base")
    timing = Timing(_within(fields.number(), 0, 15, "pts width"), fields.number())
    delay = fields.number()
    fields.number()  # stream flags
    codec_data = fields.blob()
    time_base = main.time_bases[base]
    if kind == "video":
        stream = _read_video(fields, fourcc, time_base)
    elif kind == "audio":
        stream = _read_audio(fields, fourcc, time_base)
    else:
        stream = NutStream(kind=kind, fourcc=fourcc, time_base=time_base)
    return index, replace(stream, codec_data=codec_data, decode_delay=delay), timing


def _read_video(fields: ByteCursor, fourcc: bytes, time_base: Fraction) -> NutStream:
    width = _within(fields.number(), 1, _LARGEST_SIDE, "width")
    height = _within(fields.number(), 1, _LARGEST_SIDE, "height")
    across, down = fields.number(), fields.number()
    return NutStream(
        kind="video",
        fourcc=fourcc,
        time_base=time_base,
        width=width,
        height=height,
        sample_aspect_ratio=Fraction(across, down) if down else Fraction(0),
    )


def _read_audio(fields: ByteCursor, fourcc: bytes, time_base: Fraction) -> NutStream:
    rate = _read_ratio(fields, "sample rate")
    if rate.denominator != 1:
        raise StreamError(f"a sample rate of {rate} is not supported")
    return NutStream(
        kind="audio",
        fourcc=fourcc,
        time_base=time_base,
        sample_rate=rate.numerator,
        channels=_within(fields.number(), 1, 1024, "number of channels"),
    )


def read_frame_rate(body: bytes) -> tuple[int, Fraction | None]:
    """Find a stream's nominal frame rate in an info packet's body.

    Returns:
        The stream's index, -1 for the whole container, and its rate; None where the
        packet does not declare it.

    Raises:
        StreamError: the packet cannot be decoded.
    """
    fields = ByteCursor.over(body)
    stream = fields.number() - 1
    fields.signed()  # chapter
    fields.number()  # its start
    fields.number()  # its length
    for name, text in fields.entries():
        if name == b"r_frame_rate" and (found := _RATE.fullmatch(text)):
            return stream, Fraction(int(found[1]), int(found[2]))
    return stream, None


def _within(value: int, lowest: int, highest: int, name: str) -> int:
    if not lowest <= value <= highest:
        raise StreamError(f"the NUT header has an impossible {name}: {value}")
    return value


def _read_ratio(fields: ByteCursor, name: str) -> Fraction:
    above = _within(fields.number(), 1, _LARGEST_RATIO, name)
    return Fraction(above, _within(fields.number(), 1, _LARGEST_RATIO, name))
