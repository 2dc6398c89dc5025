"""Frame headers: a frame's stream, time and size, before its data.

Source: the NUT specification of 2006-11-04; side data, elision headers and match
times as ffmpeg's muxer adds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.coding import ByteCursor
from avio_cli.ffmpeg.nut.headers import Flag, FrameCode, MainHeader, Timing
from avio_cli.ffmpeg.nut.packets import DAMAGED, LONGEST_PLAIN, ChunkReader
from avio_cli.ffmpeg.nut.stream import NutStream


@dataclass(slots=True)
class FrameHeader:
    """What a frame's header declares."""

    stream: int
    pts: int
    size: int
    """Bytes of data that follow, side data included."""
    prefix: bytes
    """The elided bytes that precede them."""
    flags: int


class FrameHeaders:
    """Decodes frame headers; keeps the times that each pts is coded relative to.

    Args:
        chunks: the stream, read up to the first syncpoint.
        main: the stream's main header.
        streams: all streams, in order.
        timings: how each of them codes its times.
    """

    def __init__(
        self,
        chunks: ChunkReader,
        main: MainHeader,
        streams: Sequence[NutStream],
        timings: Sequence[Timing],
    ) -> None:
        self._chunks = chunks
        self._main = main
        self._timings = timings
        self._last_pts = [0] * len(streams)
        self._ratios = [
            [(base / stream.time_base).as_integer_ratio() for stream in streams]
            for base in main.time_bases
        ]

    def synchronize(self, syncpoint: bytes) -> None:
        """Set the time of all streams to that of a syncpoint's body."""
        fields = ByteCursor.over(syncpoint)
        ticks, base = divmod(fields.number(), len(self._ratios))
        fields.number()  # where the keyframe before it is
        ratios = self._ratios[base]
        self._last_pts = [ticks * above // below for above, below in ratios]

    def read(self, code: int) -> FrameHeader:
        """Read the header that starts with this frame code.

        Raises:
            StreamError: it is damaged or torn.
        """
        entry = self._main.codes[code]
        number = self._chunks.number
        flags = entry.flags ^ number() if entry.flags & Flag.CODED else entry.flags
        stream = number() if flags & Flag.STREAM else entry.stream
        if flags & Flag.INVALID or stream >= len(self._timings):
            raise StreamError(DAMAGED)
        last = self._last_pts[stream]
        if flags & Flag.CODED_PTS:
            pts = full_pts(number(), last, self._timings[stream].lsb_bits)
        else:
            pts = last + entry.pts_delta
        size = entry.size + (entry.multiplier * number() if flags & Flag.SIZE else 0)
        elision = self._read_extras(entry, flags)
        prefix = elision if size <= LONGEST_PLAIN else b""
        header = FrameHeader(stream, pts, size - len(prefix), prefix, flags)
        self._check(header, abs(pts - last))
        self._last_pts[stream] = pts
        return header

    def _read_extras(self, entry: FrameCode, flags: int) -> bytes:
        """Read the rest of the header; returns the bytes elided from the data."""
        chunks = self._chunks
        if flags & Flag.MATCH_TIME:
            chunks.signed()
        elision = chunks.number() if flags & Flag.ELISION else entry.elision
        reserved = chunks.number() if flags & Flag.RESERVED else entry.reserved
        if elision >= len(self._main.elisions) or reserved > 255:
            raise StreamError(DAMAGED)
        for _ in range(reserved):
            chunks.number()
        if flags & Flag.CHECKSUM:
            chunks.check()
        return self._main.elisions[elision]

    def _check(self, header: FrameHeader, leap: int) -> None:
        main = self._main
        unsafe = leap > self._timings[header.stream].max_distance
        if not main.unmarked:
            unsafe = unsafe or header.size > 2 * main.max_distance
        ending = header.flags & Flag.END and header.size
        if (unsafe and not header.flags & Flag.CHECKSUM) or ending:
            raise StreamError(DAMAGED)
        if header.size < 0 or not 0 <= header.pts < 1 << 63:
            raise StreamError(DAMAGED)


def full_pts(coded: int, last: int, bits: int) -> int:
    """Complete a coded pts, which may hold only the lowest bits.

    Args:
        coded: as stored in the stream.
        last: the pts before it, or the syncpoint's time.
        bits: how many bits a short one has.
    """
    if coded >> bits:
        return coded - (1 << bits)
    mask = (1 << bits) - 1
    lowest = last - mask // 2
    return ((coded - lowest) & mask) + lowest
