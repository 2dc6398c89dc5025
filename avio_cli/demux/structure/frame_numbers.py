"""MPEG video: the number of each frame in its group; none is left out.

Source: ISO/IEC 13818-2, 6.2.2.6, 6.2.3 and 6.3.9.
"""

import re
from dataclasses import dataclass, field

from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.ffmpeg.damage_signs import Hole

_CODE = re.compile(rb"\x00\x00\x01([\x00\xb8])")
_GROUP = b"\xb8"
_HEAD = 6
"""Bytes of a frame's start code and number."""
_WRAPS = 1024
_MANY = bytes(1024)
_BLOCK = 1 << 20


@dataclass(slots=True)
class FrameNumbers:
    """Takes a stream block by block, and notices a frame that is left out."""

    _numbers: set[int] = field(default_factory=set)
    _last: int = -1
    _in_group: bool = False
    """Whether the start of the group was seen: numbers before it mean nothing."""
    _rest: bytes = b""

    def feed(self, block: bytes) -> bool:
        """Take the next bytes.

        Returns:
            Whether frames are missing in a group, or between two.
        """
        block = self._rest + block
        keep = max(len(block) - _HEAD + 1, 0)
        lacks = False
        for found in _CODE.finditer(block):
            if found.start() >= keep:
                break
            if found[1] == _GROUP:
                lacks |= self._lacks()
                self._numbers, self._in_group = set(), True
            else:
                number = int.from_bytes(block[found.end() : found.end() + 2]) >> 6
                # Two fields have one number; others are of a group whose start is gone.
                lacks |= self._in_group and number in self._numbers - {self._last}
                self._last = number
                self._numbers.add(number)
        self._rest = block[keep:]
        return lacks

    def _lacks(self) -> bool:
        # The first ones of an open group may have been cut away with what they need.
        if not self._in_group or not self._numbers:
            return False
        last = max(self._numbers)
        return last < _WRAPS - 1 and last - min(self._numbers) >= len(self._numbers)


def find_hole(data: FileBytes) -> Hole | None:
    """Raw MPEG video: look for zeros, then for frames that are left out."""
    return _zeros(data) or _left_out(data)


def _zeros(data: FileBytes) -> Hole | None:
    """Zeros that no start code ends: coders fill with some at a constant bit rate."""
    at = 0
    while (found := data.find(_MANY, at)) >= 0:
        at = data.first_set(found)
        if at == len(data):
            return Hole(found, at, doubt="it ends with zeros")
        if data[at] != 1:
            return Hole(found, at)
    return None


def _left_out(data: FileBytes) -> Hole | None:
    numbers = FrameNumbers()
    for at in range(0, len(data), _BLOCK):
        if numbers.feed(data.read(at, _BLOCK)):
            return Hole(at, at)
    return None
