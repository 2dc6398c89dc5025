"""Clock: which times a command's packets have, also where a source's clock jumps.

Elsewhere ``-copyts`` keeps a source's own times. It also keeps what MPEG streams that
were joined by ``cat`` have: times that start again, or jump. Without it, ffmpeg goes on
with the times, but counts them from the source's start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.ffmpeg.command import Output
from avio_cli.media.info import AudioStream, MediaInfo, OtherStream, Stream, VideoStream

JUMPING_DEMUXERS = ("mpegts", "mpeg", "hls", "ogg", "rtsp", "sdp", "rtp", "wtv")
"""Demuxers of which ffmpeg corrects the clock (AVFMT_TS_DISCONT in 5.1 and 9.0)."""
_COSTLY = ("hls", "rtsp", "sdp", "rtp")
"""Of these a stream that is not wanted must not be read: it would be sent."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Options for the times in one command."""

    options: tuple[str, ...] = ("-copyts",)
    """Global ones."""
    zero: Fraction = Fraction(0)
    """The time of the source that is 0 inside the command."""
    outputs: tuple[Output, ...] = ()
    """Further ones, behind all others."""

    @property
    def continues(self) -> bool:
        """Whether times go on where the clock of the source jumps."""
        return not self.options

    def restored(self, shift: Fraction | int = 0) -> tuple[str, ...]:
        """Output options that make times those of the source, plus some seconds."""
        offset = self.zero + shift
        return ("-output_ts_offset", in_seconds(offset)) if offset else ()


def in_seconds(time: Fraction | int) -> str:
    """A time as a word of a command line: to the microsecond, as ffmpeg reads it."""
    return f"{float(time):.6f}".rstrip("0").rstrip(".")


def may_jump(info: MediaInfo) -> bool:
    """Whether the clock of such a source can jump."""
    return info.container.split(",")[0] in JUMPING_DEMUXERS


def has_no_times(info: MediaInfo) -> bool:
    """Whether what is sent has no times at all: images one after the other."""
    return info.container.split(",")[0] == "mpjpeg"


def is_read_from_start(info: MediaInfo) -> bool:
    """Whether a source cannot be searched by time: its clock jumps, or wraps."""
    return bool(info.jumps) or (may_jump(info) and info.origin < 0)


def clock_of(
    info: MediaInfo,
    seeking: Sequence[str] = (),
    *,
    number: int = 0,
    all_mapped: bool = False,
) -> Clock:
    """The clock of a command that reads a source.

    Args:
        info: what the source contains.
        seeking: options before the input.
        number: of the input.
        all_mapped: whether video and audio are mapped already.
    """
    unknown = may_jump(info) and info.jumps is None and "-ss" not in seeking
    if unknown and _is_costly(info):
        unknown = all_mapped
    continues = unknown or is_read_from_start(info)
    return continued_clock(info, number) if continues else Clock()


def continued_clock(info: MediaInfo, number: int = 0) -> Clock:
    """The clock of a command that reads a source from its start, and goes on."""
    plain = not may_jump(info) or _is_costly(info)
    return Clock((), info.origin, () if plain else _all_streams(info, number))


def _is_costly(info: MediaInfo) -> bool:
    return info.container.split(",")[0] in _COSTLY


def _all_streams(info: MediaInfo, number: int) -> tuple[Output, ...]:
    """Have ffmpeg read all streams that there are, whichever are mapped.

    Else their times would differ from one command to another: ffmpeg counts from the
    first of the mapped streams (9.0), and corrects the clock by what these show.
    """
    maps = [
        word
        for stream in info.streams
        if _has_parameters(stream)
        for word in ("-map", f"{number}:{stream.index}?")
    ]
    return (Output("-", (*maps, "-c", "copy", "-f", "null")),) if maps else ()


def _has_parameters(stream: Stream) -> bool:
    if isinstance(stream, VideoStream):
        return stream.coded_width > 0 and not stream.is_cover_art
    if isinstance(stream, AudioStream):
        return stream.sample_rate > 0
    return not isinstance(stream, OtherStream)
