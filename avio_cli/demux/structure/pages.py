"""Tags of FLV, pages of Ogg, packets of ASF, frames of IVF: one after the other."""

from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole

_TAGS = frozenset({8, 9, 18})
_ENCRYPTED = 0x20
_PAGE = b"OggS"
_TAIL = 1024
"""Bytes behind the last page that may be a tag."""
_LAST_PAGE = 4
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_IVF_FRAME = 12
"""Bytes before each frame."""
_UNKNOWN = frozenset({0, 0xFFFFFFFF})
"""What live writers declare."""


def flv_hole(data: FileBytes) -> Hole | None:
    """FLV: tags of few kinds, each followed by its length."""
    if data.read(0, 3) != b"FLV":
        return None
    at = data.unpack(">I", 5)[0] + 4
    while at + 15 <= len(data):
        head = data.read(at, 4)
        size = int.from_bytes(head[1:])
        if head[0] & ~_ENCRYPTED not in _TAGS:
            return Hole(at, at)
        if at + 15 + size > len(data):
            return Hole(at, len(data))
        if data.unpack(">I", at + 11 + size)[0] not in (size + 11, 0):
            return Hole(at, at)
        at += 15 + size
    return None


def ogg_hole(data: FileBytes) -> Hole | None:
    """Ogg: pages, numbered within each stream; the last one says so."""
    at, numbers = max(data.find(_PAGE, stop=1 << 16), 0), dict[int, int]()
    open_streams = set[int]()
    while at + 27 <= len(data):
        mark, _, flags, _, serial, number, _, count = data.unpack("<4sBBqIIIB", at)
        if mark != _PAGE:
            more = data.find(_PAGE, at) >= 0
            return Hole(at, at) if more or len(data) - at > _TAIL else None
        if number != numbers.get(serial, number - 1) + 1:
            return Hole(at, at)
        numbers[serial] = number
        (open_streams.discard if flags & _LAST_PAGE else open_streams.add)(serial)
        size = 27 + count + sum(data.read(at + 27, count))
        if at + size > len(data):
            return Hole(at, len(data))
        at += size
    if open_streams:
        return Hole(len(data), len(data), doubt="a stream has no last page")
    return None


def asf_hole(data: FileBytes) -> Hole | None:
    """ASF: data packets of one size, each with the flags of the first one."""
    header = data.read(0, data.unpack("<Q", 16)[0] + 50)
    start = header.find(_ASF_DATA)
    (size,) = data.unpack("<Q", start + 16)
    properties = header.find(_ASF_PROPERTIES)
    live, least, most = data.unpack("<III", properties + 88)
    if min(start, properties) < 0 or live & 1 or least != most or not least:
        return None
    if start + size > len(data):
        return Hole(len(data), len(data))  # where it is, nothing says
    flags, packets = data[start + 50], range(start + 50, start + size, least)
    odd = next((at for at in packets if data[at] != flags), None)
    return None if odd is None else Hole(odd, data.first_set(odd))


def ivf_hole(data: FileBytes) -> Hole | None:
    """IVF: follow the lengths; then compare with what the header declares.

    ffmpeg (5.1 and 9.0) passes over a last frame that is not whole.
    """
    at, frames, longest = int(data.unpack("<H", 6)[0]), 0, 0
    last = None
    while at < len(data):
        if at + _IVF_FRAME > len(data):
            return Hole(at, len(data))
        length, time = data.unpack("<IQ", at)
        if not (length or time) and frames:
            return Hole(at, data.first_set(at))
        if at + _IVF_FRAME + length > len(data):
            return Hole(at, len(data))
        longest = longest if last is None else max(longest, time - last)
        at, frames, last = at + _IVF_FRAME + length, frames + 1, time
    declared = int(data.unpack("<I", 24)[0])
    if declared in _UNKNOWN or frames < 2 or last is None:
        return None
    # ffmpeg 9.0 declares frames, 5.1 the end of the last one in ticks.
    lacks = declared > max(frames, last + longest + 1)
    return Hole(len(data), len(data)) if lacks else None
