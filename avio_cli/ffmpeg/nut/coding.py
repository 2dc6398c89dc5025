"""Coding of NUT's numbers, strings and checksums.

Source: the NUT specification of 2006-11-04.
"""

import io
import zlib
from collections.abc import Callable, Iterator

from avio_cli.errors import StreamError

LARGEST_STRING = 1 << 20
"""Bytes of the largest string that is read, and of the largest header."""
CLEAR = 0xFFFFFFFF
"""The checksum's state before the first byte, and after a correct checksum."""
TORN = "the stream ends in the middle of a packet"

_LONGEST_NUMBER = 18
"""Bytes: 10 for 64 bits, and the 8 bytes of stuffing that NUT allows."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def crc(data: bytes | bytearray, state: int = CLEAR) -> int:
    """Run NUT's CRC-32 (polynomial 0x04C11DB7, highest bit first, from zero).

    It is zlib's with every byte mirrored, and without zlib's two inversions.

    Args:
        data: the bytes to add.
        state: what the bytes before them gave.

    Returns:
        The new state; `CLEAR` where `data` ends with the correct checksum of it all.
    """
    return zlib.crc32(data.translate(_MIRRORED), state)


def checksum(data: bytes) -> bytes:
    """Return the four bytes that follow `data` in the stream."""
    return (crc(data) ^ CLEAR).to_bytes(4, "little").translate(_MIRRORED)


def varint(value: int) -> bytes:
    """Encode a number >= 0: seven bits a byte, highest first (NUT's ``v``)."""
    if value < 0:
        raise ValueError(f"{value} is negative")
    encoded = bytearray([value & 0x7F])
    while value := value >> 7:
        encoded.append(0x80 | value & 0x7F)
    encoded.reverse()
    return bytes(encoded)


def signed(value: int) -> bytes:
    """Encode a number of either sign (NUT's ``s``)."""
    return varint(2 * abs(value) - (value > 0))


def blob(data: bytes) -> bytes:
    """Encode a string (NUT's ``vb``)."""
    return varint(len(data)) + data


class ByteCursor:
    """Reads NUT's numbers and strings, and remembers the bytes they consist of.

    Every read past the end, and every number or string that is too long, raises
    `StreamError`: nothing is allocated because of a damaged size.

    Args:
        read: takes a count, returns that many bytes or fewer; none at the end.
        torn: the error message where the bytes end too early.
    """

    def __init__(self, read: Callable[[int], bytes], torn: str = TORN) -> None:
        self._read = read
        self._torn = torn
        self.seen = bytearray()
        """All bytes read since this was last cleared."""

    @classmethod
    def over(cls, body: bytes) -> "ByteCursor":
        """Read a packet's body."""
        return cls(io.BytesIO(body).read, "a NUT header is shorter than its fields")

    def begin(self) -> bytes:
        """Forget what was seen and read one byte; empty at the end of the stream."""
        self.seen.clear()
        byte = self._read(1)
        self.seen += byte
        return byte

    def take(self, size: int) -> bytes:
        """Read exactly `size` bytes."""
        data = self._read(size)
        while len(data) < size:
            more = self._read(size - len(data))
            if not more:
                raise StreamError(self._torn)
            data += more
        self.seen += data
        return data

    def number(self) -> int:
        """Read a ``v`` of at most 64 bits."""
        value = 0
        for _ in range(_LONGEST_NUMBER):
            byte = self._read(1)
            if not byte:
                raise StreamError(self._torn)
            self.seen += byte
            value = value << 7 | byte[0] & 0x7F
            if byte[0] < 0x80:
                break
        if byte[0] < 0x80 and not value >> 64:
            return value
        raise StreamError("a number in the NUT stream is too long")

    def signed(self) -> int:
        """Read an ``s``."""
        value = self.number() + 1
        return -(value >> 1) if value & 1 else value >> 1

    def blob(self) -> bytes:
        """Read a ``vb`` of at most `LARGEST_STRING` bytes."""
        size = self.number()
        if size > LARGEST_STRING:
            raise StreamError(f"a string of {size} bytes in the NUT stream is too long")
        return self.take(size)

    def entries(self) -> Iterator[tuple[bytes, bytes]]:
        """Read a list of named values; yields name and text, empty if it is no text."""
        for _ in range(self.number()):
            name = self.blob()
            yield name, self._entry()

    def _entry(self) -> bytes:
        kind = self.signed()
        if kind == -1:
            return self.blob()
        if kind == -2:
            self.blob()  # what type it is of
            self.blob()
        elif kind == -4:
            self.number()
        elif kind < 0:
            self.signed()
        return b""
