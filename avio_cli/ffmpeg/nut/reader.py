"""NutReader: reads the NUT container, frames with exact times, from a pipe.

NUT stores raw video and audio with exact times at some 40 bytes a packet. The reader
is made for pipes: everything is read once, in order, and nothing is repaired; whatever
does not fit the format raises `StreamError`. Light to import: numpy is needed only for
arrays.

Source: the NUT specification of 2006-11-04 and what ffmpeg 5.1 and 9.0 write.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.coding import TORN, ByteCursor
from avio_cli.ffmpeg.nut.frame_headers import FrameHeader, FrameHeaders
from avio_cli.ffmpeg.nut.headers import (
    Flag,
    MainHeader,
    Timing,
    read_frame_rate,
    read_main,
    read_stream,
)
from avio_cli.ffmpeg.nut.packets import (
    FILE_ID,
    INFO,
    MAIN,
    STREAM,
    SYNCPOINT,
    ChunkReader,
)
from avio_cli.ffmpeg.nut.stream import FOURCCS, NutStream, PacketSize

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FOURCCS", "LARGEST_PACKET", "NutPacket", "NutReader", "NutStream"]

LARGEST_PACKET = 1 << 31
"""Bytes of the largest packet that is read by default, as that of ffmpeg. How large
frames may be is a limit of their decoder (`avio_cli.ffmpeg.limits`)."""
_BUFFER_SIZE = 8192
"""Room for headers; payloads go straight to numpy. A larger buffer would copy the end
of each payload (measured: 1 MiB costs twice the time of bgr24)."""


class ByteSource(Protocol):
    """A blocking stream of bytes: an `io.BufferedReader` over a pipe, or the like."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none only at the end."""
        ...

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the front of `buffer`; returns how many bytes, 0 only at the end."""
        ...


@dataclass(slots=True)
class NutPacket:
    """One packet as read: a frame, or a block of audio."""

    stream: int
    """Index into the reader's streams."""
    pts: int
    """Presentation time in ticks of that stream's time base."""
    payload: "NDArray[np.uint8]"
    """(n,): the data, in memory of their own; the receiver may keep and change it."""
    key: bool = True
    """Whether decoding can start here."""


class _BorrowedPipe(io.RawIOBase):
    """A pipe that stays open when the buffer over it is dropped: its process closes it.

    Reading after that is an error, even where another pipe has got its descriptor.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = cast("io.RawIOBase", pipe)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        return self._pipe.readinto(buffer)


class NutReader:
    """Reads the headers when made, and packets when iterated, once.

    The headers are known to be complete when the first packet starts, so making a
    reader waits until ffmpeg has its first frame.

    Args:
        source: where the bytes come from; the caller closes it.
        largest_packet: bytes a packet may have; a larger one is taken for damage.
        memory: makes what a payload is read into, of so many bytes; None: arrays.

    Raises:
        StreamError: this is no NUT stream, or a damaged one.
    """

    def __init__(
        self,
        source: ByteSource,
        *,
        largest_packet: int = LARGEST_PACKET,
        memory: Callable[[int], Any] | None = None,
    ) -> None:
        self._chunks = ChunkReader(source.read)
        self._memory = memory or _arrays()
        self._readinto = source.readinto
        self._largest = largest_packet
        main = self._read_main()
        streams, timings = self._read_streams(main)
        self.streams = self._read_infos(streams)
        """What the container holds, in the order that packets count them."""
        self._headers = FrameHeaders(self._chunks, main, self.streams, timings)
        self._sizes = tuple(map(PacketSize.of_stream, self.streams))

    @classmethod
    def open(cls, pipe: IO[bytes]) -> "NutReader | None":
        """Read the headers from an unbuffered pipe, which the caller closes.

        Returns:
            None where the pipe ends without a byte: the status and log of ffmpeg
            say why.

        Raises:
            StreamError: this is no NUT stream, or a damaged one.
        """
        source = io.BufferedReader(_BorrowedPipe(pipe), _BUFFER_SIZE)
        return cls(source) if source.peek(1) else None

    def __iter__(self) -> Iterator[NutPacket]:
        """Yield packets in the order they were sent, until the stream ends.

        Raises:
            StreamError: the stream is damaged, or ends in the middle of a packet.
        """
        while code := self._next_frame():
            header = self._headers.read(code[0])
            if not header.flags & Flag.END:
                payload = self._read_payload(header)
                key = bool(header.flags & Flag.KEY)
                yield NutPacket(header.stream, header.pts, payload, key)

    def _read_main(self) -> MainHeader:
        try:
            known = self._chunks.take(len(FILE_ID)) == FILE_ID
        except StreamError:
            known = False
        if not known:
            raise StreamError("this is no NUT stream")
        while (chunk := self._chunks.next_chunk()) != MAIN:
            self._chunks.skip(chunk)
        return read_main(self._chunks.read_body())

    def _read_streams(
        self, main: MainHeader
    ) -> tuple[tuple[NutStream, ...], tuple[Timing, ...]]:
        streams: dict[int, NutStream] = {}
        timings: dict[int, Timing] = {}
        while len(streams) < main.stream_count:
            chunk = self._chunks.next_chunk()
            if chunk != STREAM:
                self._chunks.skip(chunk)
                continue
            index, stream, timing = read_stream(self._chunks.read_body(), main)
            streams[index], timings[index] = stream, timing
        order = range(main.stream_count)
        return tuple(streams[i] for i in order), tuple(timings[i] for i in order)

    def _read_infos(self, streams: tuple[NutStream, ...]) -> tuple[NutStream, ...]:
        """Read up to the first frame, and add the info packets to the streams."""
        found = list(streams)
        while len(chunk := self._chunks.next_chunk()) == 8 and chunk != SYNCPOINT:
            if chunk != INFO:
                self._chunks.skip(chunk)
                continue
            index, rate = read_frame_rate(self._chunks.read_body())
            if rate and 0 <= index < len(found):
                found[index] = replace(found[index], frame_rate=rate)
        self._chunk = chunk
        return tuple(found)

    def _next_frame(self) -> bytes:
        """Read up to the next frame; returns its code, empty at the end."""
        chunk = self._chunk or self._chunks.next_chunk()
        self._chunk = b""
        while len(chunk) == 8:
            if chunk == SYNCPOINT:
                self._headers.synchronize(self._chunks.read_body())
            else:
                self._chunks.skip(chunk)
            following = self._chunks.next_chunk()
            if chunk == SYNCPOINT and not following:
                raise StreamError(TORN)
            chunk = following
        return chunk

    def _read_payload(self, header: FrameHeader) -> "NDArray[np.uint8]":
        allowed = self._sizes[header.stream]
        size = len(header.prefix) + header.size
        mixed = header.flags & Flag.SIDE_DATA
        if size > self._largest or not (mixed or allowed.allows(size)):
            raise StreamError(f"a NUT packet has an impossible size: {size} bytes")
        payload = self._read_data(header.prefix, header.size)
        if mixed:
            payload = _without_side_data(payload, len(header.prefix))
            if not allowed.allows(len(payload)):
                raise StreamError(f"a NUT packet has only {len(payload)} bytes of data")
        return payload

    def _read_data(self, prefix: bytes, size: int) -> "NDArray[np.uint8]":
        data: NDArray[np.uint8] = self._memory(len(prefix) + size)
        rest = memoryview(cast("Any", data))
        if prefix:
            rest[: len(prefix)] = prefix
            rest = rest[len(prefix) :]
        while rest:
            count = self._readinto(rest)
            if not count:
                raise StreamError(TORN)
            rest = rest[count:]
        return data


def _arrays() -> Callable[[int], Any]:
    from avio_cli.ffmpeg.nut.buffers import bytes_for  # imports numpy

    return bytes_for


def _without_side_data(data: Any, start: int) -> Any:
    """Cut out two lists of named values, side data and metadata, at `start`."""
    cursor = ByteCursor.over(bytes(data[start:]))
    for _ in range(2):
        for _ in cursor.entries():
            pass
    end = start + len(cursor.seen)
    kept = len(data) - len(cursor.seen)
    data[start:kept] = data[end:]
    return data[:kept]
