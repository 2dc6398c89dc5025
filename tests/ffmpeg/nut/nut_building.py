"""NUT streams put together by hand, for what neither ffmpeg nor our writer makes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from avio_cli.ffmpeg.nut.coding import blob, checksum, signed, varint
from avio_cli.ffmpeg.nut.headers import Flag
from avio_cli.ffmpeg.nut.packets import FILE_ID, INFO, MAIN, STREAM, SYNCPOINT, packet
from avio_cli.ffmpeg.nut.reader import FOURCCS, NutPacket, NutReader


@dataclass(frozen=True)
class Run:
    """One entry of the frame-code table, with all fields spelled out."""

    flags: int
    count: int
    pts_delta: int = 0
    multiplier: int = 1
    stream: int = 0
    size: int = 0
    reserved: int = 0
    elision: int = 0

    def encode(self) -> bytes:
        fields = varint(self.flags) + varint(8) + signed(self.pts_delta)
        for value in (self.multiplier, self.stream, self.size, self.reserved):
            fields += varint(value)
        return fields + varint(self.count) + signed(0) + varint(self.elision)


def main_body(
    runs: Sequence[Run] = (),
    *,
    streams: int = 1,
    bases: Sequence[tuple[int, int]] = ((1, 25),),
    max_distance: int = 32768,
    elisions: Sequence[bytes] = (),
    version: int = 3,
) -> bytes:
    """A main header whose code 0 is invalid; `runs` follow, the rest is invalid."""
    body = varint(version) + (varint(1) if version == 4 else b"")
    body += varint(streams) + varint(max_distance) + varint(len(bases))
    for numerator, denominator in bases:
        body += varint(numerator) + varint(denominator)
    left = 255 - 1 - sum(run.count for run in runs)
    table = (
        Run(Flag.INVALID, 1),
        *runs,
        *([Run(Flag.INVALID, left)] if left > 0 else []),
    )
    body += b"".join(run.encode() for run in table)
    return body + varint(len(elisions)) + b"".join(map(blob, elisions))


def video_body(
    index: int = 0,
    *,
    fourcc: bytes = b"TEST",
    base: int = 0,
    lsb_bits: int = 7,
    max_leap: int = 1000,
    width: int = 4,
    height: int = 2,
    kind: int = 0,
) -> bytes:
    """A stream header's body; a fourcc of no raw format, so sizes are free."""
    body = varint(index) + varint(kind) + blob(fourcc) + varint(base)
    body += varint(lsb_bits) + varint(max_leap) + bytes([0, 0, 0])
    return body + varint(width) + varint(height) + bytes([1, 1, 0])


def audio_body(
    index: int = 0,
    *,
    base: int = 0,
    rate: tuple[int, int] = (48000, 1),
    channels: int = 1,
) -> bytes:
    """The header of a stream of 16-bit samples."""
    body = varint(index) + varint(1) + blob(FOURCCS["pcm_s16le"]) + varint(base)
    body += bytes([7, 10, 0, 0]) + blob(b"the codec's own data")
    return body + b"".join(map(varint, (*rate, channels)))


def syncpoint(time: int, base: int = 0, bases: int = 1) -> bytes:
    return packet(SYNCPOINT, varint(time * bases + base) + varint(0))


def info(stream_plus_one: int, *entries: tuple[str, bytes]) -> bytes:
    body = varint(stream_plus_one) + bytes([0, 0, 0]) + varint(len(entries))
    return packet(INFO, body + b"".join(blob(n.encode()) + v for n, v in entries))


def text(value: str) -> bytes:
    return signed(-1) + blob(value.encode())


def stream_of(main: bytes, headers: Sequence[bytes], *pieces: bytes) -> bytes:
    head = FILE_ID + packet(MAIN, main)
    return head + b"".join(packet(STREAM, body) for body in headers) + b"".join(pieces)


def checked(header: bytes) -> bytes:
    """A frame header with its checksum."""
    return header + checksum(header)


def read(data: bytes) -> list[NutPacket]:
    return list(NutReader(io.BytesIO(data)))


def packets_of(data: bytes) -> list[tuple[int, int, bytes]]:
    """What a stream carries: stream, pts and payload of each packet."""
    return [(p.stream, p.pts, p.payload.tobytes()) for p in read(data)]
