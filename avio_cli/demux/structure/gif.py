"""GIF: blocks up to a trailer, extensions and images, each of blocks of their own."""

from dataclasses import dataclass

from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole

_EXTENSIONS = frozenset(b"\x01\xf9\xfe\xff")
_TRAILER, _IMAGE, _EXTENSION = 0x3B, 0x2C, 0x21
_TAIL = 1024
_MOST_CODES = 8 << 20
_MOST_BITS = 12
"""Of a code."""
_FEW = 3
"""Images whose blocks or codes may be odd, where those of all others are not."""


@dataclass(slots=True)
class _Images:
    """How the codes of images are divided: into blocks of one size, and a rest."""

    even: int = 0
    checked: int = 0
    """Bytes of codes that were counted: only so many, as that is slow."""
    odd: int = 0
    first_odd: int = 0

    def judged(self) -> Hole | None:
        """Where two pieces of a file met, with some bytes of both missing."""
        if 0 < self.odd <= _FEW and self.even > 2 * self.odd:
            return Hole(self.first_odd, self.first_odd)
        return None


def find_hole(data: FileBytes) -> Hole | None:
    """Walk the blocks."""
    at, images = 13 + _colors(data[10]), _Images()
    while at < len(data) and data[at] != _TRAILER:
        if at + 2 > len(data):
            return Hole(at, len(data))
        if data[at] == _EXTENSION and data[at + 1] in _EXTENSIONS:
            end, _ = _after_blocks(data, at + 2)
        elif data[at] == _IMAGE and _is_image(data, at):
            codes = at + 11 + _colors(data[at + 9])
            end, even = _after_blocks(data, codes)
            images.checked += end - codes
            more = _surplus(data, at, codes, end) if images.checked < _MOST_CODES else 0
            if more < 0:
                return Hole(at, at)
            even = even and not more
            images.first_odd = images.first_odd or (0 if even else at)
            images.even, images.odd = images.even + even, images.odd + (not even)
        else:
            return Hole(at, data.first_set(at))
        if end > len(data):
            return Hole(at, len(data))
        at = end
    if at >= len(data):
        return images.judged() or Hole(at, at, doubt="it has no trailer")
    tail = len(data) - at > _TAIL
    return Hole(at, len(data)) if tail else images.judged()


def _is_image(data: FileBytes, at: int) -> bool:
    """Whether an image is within the screen, and its codes are of a known size."""
    if at + 10 > len(data):
        return True  # what is cut off is seen by its end
    screen = data.unpack("<HH", 6)
    left, top, width, height, flags = data.unpack("<HHHHB", at + 1)
    codes = at + 10 + _colors(flags)
    inside = left + width <= screen[0] and top + height <= screen[1]
    return inside and (codes >= len(data) or 1 <= data[codes] <= 11)


def _after_blocks(data: FileBytes, at: int) -> tuple[int, bool]:
    """Where blocks end, after the size of the last one, and whether they are even."""
    first, last, even = 0, 0, True
    while at < len(data) and (size := data[at]):
        even = even and last == first
        first, last = first or size, size
        at += size + 1
    return at + 1, even and last <= first


def _surplus(data: FileBytes, at: int, codes: int, end: int) -> int:
    """Pixels that an image has codes of beside its own; below 0: it lacks some."""
    if end > len(data):
        return 0  # seen by its end
    width, height = data.unpack("<HH", at + 5)
    blocks, joined = data.read(codes, end - codes), bytearray()
    inside = 0
    while inside < len(blocks) - 1:
        joined += blocks[inside + 1 : inside + 1 + blocks[inside]]
        inside += blocks[inside] + 1
    wanted: int = width * height
    return pixels(bytes(joined), data[codes - 1]) - wanted


def _colors(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def pixels(codes: bytes, least: int) -> int:
    """How many pixels the codes of an image stand for; -1 where one is not defined.

    Pieces of two images that were joined mostly hold such codes, or too few. ffmpeg's
    decoder (5.1 and 9.0) is silent where they end with a row.

    Args:
        codes: of all blocks of the image.
        least: bits of a pixel, as the image says.
    """
    clear, stop = 1 << least, (1 << least) + 1
    lengths = [1] * clear + [0, 0]
    width, limit = least + 1, 1 << (least + 1)
    held = bits = count = last = 0
    for byte in codes:
        held |= byte << bits
        bits += 8
        while bits >= width:
            code = held & (limit - 1)
            held >>= width
            bits -= width
            if code == clear:
                del lengths[stop + 1 :]
                width, limit, last = least + 1, 1 << (least + 1), 0
                continue
            if code == stop:
                return count
            known = len(lengths)
            if code > known or (code == known and not last) or known > 4096:
                return -1
            if last and known < 4096:
                lengths.append(last + 1)
                if known + 1 == limit and width < _MOST_BITS:
                    width, limit = width + 1, limit * 2
            elif code >= known:
                return -1
            last = lengths[code]
            count += last
    return count
