"""What the first bytes of an image say: its size, and whether it is animated."""

import struct
from pathlib import Path
from typing import BinaryIO

Size = tuple[int, int]
"""Width and height."""

_PNG, _JPEG, _GIF, _BMP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF8", b"BM"
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers of a frame header; the others in this range are tables."""


def image_size(path: Path) -> Size | None:
    """Width and height of a PNG, JPEG, GIF or BMP; None of any other file."""
    try:
        with path.open("rb") as file:
            start = file.read(26)
            if start.startswith(_JPEG):
                file.seek(2)
                return _jpeg_size(file)
            return _size(start)
    except (OSError, struct.error):
        return None


def is_animated_webp(path: Path) -> bool:
    """Whether it is a WebP whose header (VP8X) has the flag of an animation.

    Among numbered images no ffmpeg reads it (5.1 and 9.0).
    """
    try:
        with path.open("rb") as file:
            start = file.read(21)
    except OSError:
        return False
    extended = start[:4] == b"RIFF" and start[8:16] == b"WEBPVP8X"
    return extended and len(start) == 21 and bool(start[20] & 2)


def _size(start: bytes) -> Size | None:
    if start.startswith(_PNG):
        width, height = struct.unpack_from(">II", start, 16)
        return width, height
    if start.startswith(_GIF):
        width, height = struct.unpack_from("<HH", start, 6)
        return width, height
    if start.startswith(_BMP):
        width, height = struct.unpack_from("<ii", start, 18)
        return abs(width), abs(height)  # rows from the top down: negative
    return None


def _jpeg_size(file: BinaryIO) -> Size | None:
    """Skip from marker to marker, to that of the frame."""
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        if head[1] == 0xFF:  # padding
            file.seek(-3, 1)
            continue
        (length,) = struct.unpack_from(">H", head, 2)
        if head[1] in _FRAME_HEADERS:
            _, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        file.seek(length - 2, 1)
    return None
