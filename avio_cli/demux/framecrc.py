"""Lists of packets by ffmpeg's ``-f framecrc``: the command and the parser.

Source: libavformat/framecrcenc.c and framehash.c, and what ffmpeg 5.1 and 9.0 write.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import IO

from avio_cli.ffmpeg.clock import Clock
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import AudioStream, OtherStream, Stream, VideoStream

COPIED = ("-c", "copy", "-copyinkf")
"""Output options: packets as they are stored, the first of a stream keyframe or not."""

BLANK = {"mov_text": 2, "flac": 0, "theora": 0}
"""Bytes of a packet that shows or plays nothing, by codec: MP4 fills pauses with them,
and the last one of FLAC in NUT only carries its header (5.1 and 9.0). Theora shows the
frame before for longer; Matroska has no such packets."""

_KEY, _DISCARD = 1, 4  # AV_PKT_FLAG_…
_NO_TIME = -(2**63)
_READ_SIZE = 1 << 16
LEAST_ZEROED = 16
"""Bytes from which on a packet of zeros is damage: subtitles have shorter ones."""
_ZEROS = "0x00000000"
"""The checksum of zeros: that of any other packet is this once in 2**32 times."""


def framecrc_command(
    source: Input, options: Sequence[str], clock: Clock | None = None
) -> Command:
    """Build the command that lists packets on stdout, with the times of the source.

    Args:
        source: what to read.
        options: of the output: maps, and codecs (`COPIED`) or filters.
        clock: of the source; None: that of a result, which never jumps.
    """
    clock = clock or Clock()
    output = Output("pipe:1", (*options, *clock.restored(), "-f", "framecrc"))
    return Command((source,), (output, *clock.outputs), (*QUIET, *clock.options))


def listing_command(
    source: MediaSource, options: Sequence[str], seeking: Sequence[str] = ()
) -> Command:
    """Likewise for a source, from a position on.

    Args:
        source: what to read.
        options: of the output.
        seeking: options before the input, ``-ss`` and ``-t``.
    """
    return framecrc_command(source.input(seeking), options, source.clock(seeking))


def is_listable(stream: Stream) -> bool:
    """Whether framecrc takes a stream: not where its size or sample rate is unknown."""
    if isinstance(stream, VideoStream):
        return stream.coded_width > 0
    if isinstance(stream, AudioStream):
        return stream.sample_rate > 0
    return not (isinstance(stream, OtherStream) and stream.kind == "attachment")


@dataclass(frozen=True, slots=True)
class FramecrcPacket:
    """One line: a packet, or a decoded frame."""

    stream: int
    """Number of the output stream, in the order of the maps."""
    dts: int | None
    pts: int | None
    """In ticks of `time_base`."""
    duration: int
    """In ticks; 0 where it is unknown."""
    size: int
    """Bytes."""
    key: bool
    discard: bool
    """Whether it is decoded but not shown."""
    time_base: Fraction
    zeroed: bool = False
    """Whether it holds nothing but zeros, which no compressed video or audio does."""

    @property
    def presentation_time(self) -> Fraction | None:
        """Seconds at which it is shown; without a pts (AVI), at which it is decoded."""
        ticks = self.dts if self.pts is None else self.pts
        return None if ticks is None else ticks * self.time_base

    @property
    def decode_time(self) -> Fraction | None:
        """Seconds at which it is decoded; without a dts, at which it is shown."""
        ticks = self.pts if self.dts is None else self.dts
        return None if ticks is None else ticks * self.time_base


class FramecrcReader:
    """Iterates over the packets that are listed in some lines.

    Lines of ``-f framehash`` are read, too: they have no flags, and each packet seems
    to be a keyframe.

    Args:
        lines: as `whole_lines` yields them; iterated once.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.time_bases: dict[int, Fraction] = {}
        """Of all output streams, known when the first packet comes; those without a
        packet are known at the end."""
        self._blank: dict[int, int] = {}

    def __iter__(self) -> Iterator[FramecrcPacket]:
        """Yield the packets in the order in which they are listed."""
        for line in self._lines:
            if line.startswith("#tb "):
                stream, time_base = line.removeprefix("#tb ").split(":")
                self.time_bases[int(stream)] = Fraction(time_base.strip())
            elif line[:1].isdigit():
                yield _packet(line, self.time_bases)

    def times(self) -> Iterator[tuple[int, int, int, int, int, bool, bool]]:
        """Yield stream, times, size, and whether it is hidden or zeroed: faster.

        The times are dts, pts and duration.

        A packet that shows or plays nothing counts as hidden.

        In ticks; a time that is missing is that of AV_NOPTS_VALUE, -2**63.
        """
        for line in self._lines:
            if line[:1].isdigit():
                stream, dts, pts, duration, size, rest = line.split(",", 5)
                flags = _flags(["", *rest.split(",")]) if "F=0x" in rest else 0
                hidden = bool(flags & _DISCARD)
                if self._blank:
                    hidden |= int(size) <= self._blank.get(int(stream), -1)
                zeroed = _ZEROS in rest and int(size) >= LEAST_ZEROED
                times = int(dts), int(pts), int(duration)
                yield int(stream), *times, int(size), hidden, zeroed
            elif line.startswith("#codec_id "):
                number, codec = line.removeprefix("#codec_id ").split(":")
                if codec.strip() in BLANK:
                    self._blank[int(number)] = BLANK[codec.strip()]
            elif line.startswith("#tb "):
                number, time_base = line.removeprefix("#tb ").split(":")
                self.time_bases[int(number)] = Fraction(time_base.strip())


def _packet(line: str, time_bases: dict[int, Fraction]) -> FramecrcPacket:
    """Parse ``0, -512, 2048, 512, 615, 0x29893a3f, F=0x0``, which starts dts, pts."""
    stream, dts, pts, duration, size, *others = line.split(",")
    flags = _flags(others)
    number = int(stream)
    return FramecrcPacket(
        stream=number,
        dts=_ticks(dts),
        pts=_ticks(pts),
        duration=int(duration),
        size=int(size),
        key=bool(flags & _KEY),
        discard=bool(flags & _DISCARD),
        time_base=time_bases[number],
        zeroed=others[0].strip() == _ZEROS and int(size) >= LEAST_ZEROED,
    )


def _flags(fields: Sequence[str]) -> int:
    """Flags from the fields after the size; a keyframe without others has none."""
    for field in fields[1:]:
        if field.startswith(" F="):
            return int(field[3:], 16)
    return _KEY


def _ticks(field: str) -> int | None:
    ticks = int(field)
    return None if ticks == _NO_TIME else ticks


def whole_lines(pipe: IO[bytes]) -> Iterator[str]:
    """Yield the lines that a child writes to an unbuffered pipe, as they come.

    A last line without an end is left out: the child was stopped while it wrote it,
    and its numbers may lack digits.
    """
    rest = b""
    while chunk := pipe.read(_READ_SIZE):
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        yield from (whole + end).decode(errors="replace").splitlines()
