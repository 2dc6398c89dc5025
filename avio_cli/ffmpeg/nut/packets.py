"""Parts of a NUT stream: start codes, packets, frame codes.

Source: the NUT specification of 2006-11-04.
"""

from avio_cli.errors import StreamError
from avio_cli.ffmpeg.nut.coding import (
    CLEAR,
    LARGEST_STRING,
    TORN,
    ByteCursor,
    checksum,
    crc,
    varint,
)

FILE_ID = b"nut/multimedia container\0"
"""What every NUT stream starts with."""

MAIN = b"NM\x7a\x56\x1f\x5f\x04\xad"
STREAM = b"NS\x11\x40\x5b\xf2\xf9\xdb"
SYNCPOINT = b"NK\xe4\xad\xee\xca\x45\x69"
INFO = b"NI\xab\x68\xb5\x96\xba\x78"

START = ord("N")
"""First byte of every start code; never a frame code."""
LONGEST_PLAIN = 4096
"""Bytes beyond which a packet's length has a checksum, and no data are elided."""
DAMAGED = "the NUT stream is damaged"


def packet(start_code: bytes, body: bytes) -> bytes:
    """Wrap the body of a header or syncpoint: start code, length, checksums."""
    size = len(body) + 4
    head = start_code + varint(size)
    if size > LONGEST_PLAIN:
        head += checksum(head)
    return head + body + checksum(body)


class ChunkReader(ByteCursor):
    """Reads a stream chunk by chunk, where each chunk starts with its type."""

    def next_chunk(self) -> bytes:
        """Read a start code (8 bytes) or frame code (1); empty at the end."""
        first = self.begin()
        if first and first[0] == START:
            return first + self.take(7)
        return first

    def read_body(self) -> bytes:
        """Read the packet whose start code was just read.

        Raises:
            StreamError: it is damaged, torn, or longer than any header.
        """
        size = self._read_length()
        if size > LARGEST_STRING:
            raise StreamError(f"a NUT header of {size} bytes is too large")
        body = self.take(size)
        if crc(body) != CLEAR:
            raise StreamError(DAMAGED)
        return body[:-4]

    def skip(self, start: bytes) -> None:
        """Skip a packet of any size: an index, a repeated or unknown header.

        Args:
            start: its start code; anything else raises `StreamError`.
        """
        if len(start) != 8:
            raise StreamError(DAMAGED if start else TORN)
        left = self._read_length()
        state = CLEAR
        while left:
            self.seen.clear()
            chunk = self.take(min(left, LARGEST_STRING))
            state = crc(chunk, state)
            left -= len(chunk)
        if state != CLEAR:
            raise StreamError(DAMAGED)

    def check(self) -> None:
        """Read a checksum of everything seen since the chunk's start."""
        self.take(4)
        if crc(self.seen) != CLEAR:
            raise StreamError(DAMAGED)

    def _read_length(self) -> int:
        size = self.number()
        if size > LONGEST_PLAIN:
            self.check()
        if size < 4:
            raise StreamError(DAMAGED)
        return size
