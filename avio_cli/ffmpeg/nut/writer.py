"""NutWriter: writes the NUT container, frames with exact times, to a pipe.

Every packet has a syncpoint before it and a checksum over its header, and its time
and size are written in full. So ffmpeg (5.1 and 9.0) has nothing to predict, and does
not take a jump in time or a large frame for damage.

Source: the NUT specification of 2006-11-04.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avio_cli.ffmpeg.nut.coding import blob, checksum, signed, varint
from avio_cli.ffmpeg.nut.headers import UNMARKED, Flag
from avio_cli.ffmpeg.nut.packets import FILE_ID, INFO, MAIN, STREAM, SYNCPOINT, packet
from avio_cli.ffmpeg.nut.stream import KINDS, NutStream, PacketSize

Buffer = bytes | bytearray | memoryview | NDArray[Any]

_FLAGS = Flag.KEY | Flag.CODED_PTS | Flag.STREAM | Flag.SIZE | Flag.CHECKSUM
_CODE, _DEPENDENT = 1, 2
"""Frame codes: decoding can start with the packet, or it needs others before it."""
_LIMIT = 1 << 31
_LATEST = 1 << 55
"""With 250 time bases a syncpoint's time still fits the 63 bits that ffmpeg reads."""


class ByteSink(Protocol):
    """A blocking stream for bytes: a pipe, buffered or not."""

    def write(self, data: memoryview, /) -> int | None:
        """Take the front of `data`; returns how many bytes."""
        ...


class NutWriter:
    """Writes the headers when made, then packets.

    Args:
        sink: where the bytes go; the caller flushes and closes it.
        streams: the streams of the packets.
        endless: omit all syncpoints but the first, and declare so in the header
            (version 4 of NUT). ffmpeg keeps 210 bytes for each syncpoint until it
            ends, 0.5 GB in a day; without them its memory stays flat.

    Raises:
        ValueError: a stream cannot be described in NUT.
        OSError: the sink failed.
    """

    def __init__(
        self, sink: ByteSink, streams: Sequence[NutStream], *, endless: bool = False
    ) -> None:
        if not 0 < len(streams) <= 250:
            raise ValueError(f"NUT holds 1 to 250 streams, not {len(streams)}")
        for stream in streams:
            _check(stream)
        self._sink = sink
        self._sizes = [PacketSize.of_stream(stream) for stream in streams]
        bases = list(dict.fromkeys(stream.time_base for stream in streams))
        self._bases = [bases.index(stream.time_base) for stream in streams]
        self._base_count = len(bases)
        self._endless = endless
        self._marked = False
        self._send(memoryview(_headers(streams, bases, endless)))

    def write(self, stream: int, pts: int, *payload: Buffer, key: bool = True) -> None:
        """Write one packet.

        Args:
            stream: which stream it belongs to.
            pts: presentation time in ticks of that stream's time base, >= 0.
            payload: the data in one or more buffers (the planes of a frame); they are
                written one after the other, not joined before.
            key: whether decoding can start with this packet.

        Raises:
            ValueError: there is no such stream, the pts is negative or beyond 2**55,
                or the data are no whole frame, or end within a sample.
            OSError: the sink failed; what it got is then of no use.
        """
        views = [_flatten(buffer) for buffer in payload]
        size = sum(view.nbytes for view in views)
        self._check_packet(stream, pts, size)
        code = _CODE if key else _DEPENDENT
        header = b"".join(map(varint, (code, stream, pts + 1, size)))
        head = self._syncpoint(stream, pts) + header + checksum(header)
        for view in (memoryview(head), *views):
            self._send(view)

    def _syncpoint(self, stream: int, pts: int) -> bytes:
        if self._endless and self._marked:
            return b""
        self._marked = True
        time = pts * self._base_count + self._bases[stream]
        # The 0 says that no keyframe before this one is needed.
        return packet(SYNCPOINT, varint(time) + b"\0")

    def _check_packet(self, stream: int, pts: int, size: int) -> None:
        if not 0 <= stream < len(self._sizes):
            raise ValueError(f"there is no NUT stream {stream}")
        if not 0 <= pts < _LATEST:
            raise ValueError(f"NUT cannot store a pts of {pts}")
        if not self._sizes[stream].allows(size):
            raise ValueError(f"a NUT packet of stream {stream} cannot be {size} bytes")

    def _send(self, rest: memoryview) -> None:
        while rest:
            count = self._sink.write(rest)
            if count is None:
                raise BlockingIOError("a NUT writer needs a blocking pipe")
            rest = rest[count:]


def _flatten(buffer: Buffer) -> memoryview:
    view = buffer.data if isinstance(buffer, np.ndarray) else memoryview(buffer)
    if not view.nbytes:
        return memoryview(b"")
    # A cropped plane has gaps between its rows, which only a copy can drop.
    return view.cast("B") if view.c_contiguous else memoryview(view.tobytes())


def _check(stream: NutStream) -> None:
    ratios = [stream.time_base]
    ratios += [stream.frame_rate] if stream.frame_rate is not None else []
    if stream.kind == "video":
        whole = [stream.width, stream.height]
        ratios += [stream.sample_aspect_ratio] if stream.sample_aspect_ratio else []
    else:
        whole = [stream.sample_rate, stream.channels] if stream.kind == "audio" else []
    whole += [part for ratio in ratios for part in ratio.as_integer_ratio()]
    if len(stream.fourcc) not in (2, 4) or not all(0 < n < _LIMIT for n in whole):
        raise ValueError(f"NUT cannot describe this stream: {stream}")


def _headers(
    streams: Sequence[NutStream], bases: Sequence[Fraction], endless: bool
) -> bytes:
    chunks = [FILE_ID, packet(MAIN, _main_header(len(streams), bases, endless))]
    for index, stream in enumerate(streams):
        base = bases.index(stream.time_base)
        chunks.append(packet(STREAM, _stream_header(index, stream, base)))
    for index, stream in enumerate(streams):
        if stream.frame_rate is not None:
            chunks.append(packet(INFO, _frame_rate(index, stream.frame_rate)))
    return b"".join(chunks)


def _main_header(stream_count: int, bases: Sequence[Fraction], endless: bool) -> bytes:
    """Encode a header whose only frame codes are `_CODE` and `_DEPENDENT`."""
    version = [4, 1] if endless else [3]
    numbers = [*version, stream_count, 32768, len(bases)]
    for base in bases:
        numbers += base.as_integer_ratio()
    # Flags, how many fields follow, pts delta, multiplier, stream, size, reserved, run.
    codes = (Flag.INVALID, 1), (_FLAGS, 1), (_FLAGS ^ Flag.KEY, 1), (Flag.INVALID, 252)
    for flags, run in codes:
        numbers += [flags, 6, 0, 1, 0, 0, 0, run]
    # No elision headers; without the count, ffmpeg would take every frame for damaged.
    numbers += [0, UNMARKED] if endless else [0]
    return b"".join(map(varint, numbers))


def _stream_header(index: int, stream: NutStream, base: int) -> bytes:
    kind = KINDS.index(stream.kind)
    body = varint(index) + varint(kind) + blob(stream.fourcc) + varint(base)
    # No pts is shortened, none may jump without a checksum; no stream flags.
    body += b"".join(map(varint, (0, 0, stream.decode_delay, 0)))
    body += blob(stream.codec_data)
    numbers: list[int] = []
    if stream.kind == "video":
        ratio = stream.sample_aspect_ratio
        shape = ratio.as_integer_ratio() if ratio else (0, 0)
        numbers += [stream.width, stream.height, *shape, 0]
    elif stream.kind == "audio":
        numbers += [stream.sample_rate, 1, stream.channels]
    return body + b"".join(map(varint, numbers))


def _frame_rate(index: int, rate: Fraction) -> bytes:
    """Encode an info packet; without it ffmpeg guesses, 80 for 30 frames a second."""
    text = f"{rate.numerator}/{rate.denominator}".encode()
    # The stream plus one, no chapter, its start and length, one entry.
    head = varint(index + 1) + bytes([0, 0, 0, 1])
    return head + blob(b"r_frame_rate") + signed(-1) + blob(text)
