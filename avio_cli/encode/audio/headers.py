"""What a packet of audio says of its rate and channels, by codec.

As each says its own, they may change midway: in television between programmes, or where
files were joined.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

LENGTH = 12
"""Bytes of a packet that are looked at."""


def _aac(packet: bytes) -> bytes:
    """ADTS: ISO/IEC 13818-7, 6.2. Elsewhere packets of AAC have no header."""
    if packet[0] != 0xFF or packet[1] & 0xF0 != 0xF0:
        return b""
    return bytes((packet[2] & 0x3D, packet[3] & 0xC0))


def _mpeg(packet: bytes) -> bytes:
    """MPEG audio: ISO/IEC 11172-3, 2.4.2.3; mono is all that differs in channels."""
    if packet[0] != 0xFF or packet[1] & 0xE0 != 0xE0:
        return b""
    return bytes((packet[1] & 0x18, packet[2] & 0x0C, packet[3] >> 6 == 3))


def _ac3(packet: bytes) -> bytes:
    """AC-3: ATSC A/52, 5.4: the rate, the channel mode, and whether there is LFE."""
    if packet[:2] != b"\x0b\x77":
        return b""
    mode, bits = packet[6] >> 5, 3
    bits += 2 * (mode & 1 and mode != 1) + 2 * (mode >> 2) + 2 * (mode == 2)
    low = (packet[6] << 8 | packet[7]) >> (15 - bits) & 1
    return bytes((packet[4] >> 6, mode, low))


def _eac3(packet: bytes) -> bytes:
    """E-AC-3: ATSC A/52, E.2.2."""
    if packet[:2] != b"\x0b\x77":
        return b""
    rate = packet[4] >> 6
    # At the fourth one, two more bits say the rate, which else say how many blocks.
    return bytes((rate, packet[4] >> 4 & 3 if rate == 3 else 0, packet[4] & 0x0F))


def _dts(packet: bytes) -> bytes:
    """DTS: ETSI TS 102 114, 5.3.1: the channel arrangement and the rate."""
    if packet[:4] != b"\x7f\xfe\x80\x01":
        return b""
    return bytes((packet[7] & 0x0F, packet[8] & 0xFC))


_FIELDS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "aac": _aac,
        "mp1": _mpeg,
        "mp2": _mpeg,
        "mp3": _mpeg,
        "ac3": _ac3,
        "eac3": _eac3,
        "dts": _dts,
    }
)


def can_change(codec: str) -> bool:
    """Whether packets of that codec say their own rate and channels."""
    return codec in _FIELDS


def rate_and_channels(codec: str, packet: bytes) -> bytes:
    """The bits that say them; equal where these are. Empty where there are none.

    Args:
        codec: ffmpeg's name.
        packet: its first `LENGTH` bytes, or all where there are fewer.
    """
    read = _FIELDS.get(codec)
    return read(packet) if read is not None and len(packet) >= LENGTH else b""
