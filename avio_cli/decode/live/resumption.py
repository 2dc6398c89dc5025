"""Resumption: a body that is sent again from its start goes on where it was."""

import zlib
from fractions import Fraction

import numpy as np

from avio_cli.decode.live.hand_over import Item
from avio_cli.media.frame import AudioBlock, Frame


class Resumption:
    """Skips what was delivered already where a body starts again.

    A file that a server sends again and a camera that is opened again look alike, but
    only the file begins with the very same frame at the same time.

    Args:
        video: whether there is video; else the first block of audio decides.
    """

    def __init__(self, *, video: bool) -> None:
        self._decides: type[Item] = Frame if video else AudioBlock
        self._beginning: tuple[Fraction, int] | None = None
        self._reached: dict[type[Item], Fraction] = {}
        self._waits = False
        self.resumed = False
        """Whether this connection continues the one before."""

    def connect(self) -> None:
        """A new connection begins."""
        self._waits, self.resumed = self._beginning is not None, False

    def is_known(self, item: Item) -> bool:
        """Whether it was delivered already: it is to be skipped.

        Args:
            item: with the time that the source gave it.
        """
        if isinstance(item, self._decides):
            self._see(item)
        if self._waits:
            return True
        reached = self._reached.get(type(item))
        if self.resumed and reached is not None and item.time <= reached:
            return True
        self._reached[type(item)] = item.time
        return False

    def _see(self, item: Item) -> None:
        if self._beginning is None:
            self._beginning = (item.time, _checksum(item))
        elif self._waits:
            again = (item.time, _checksum(item))
            self.resumed, self._waits = again == self._beginning, False


def _checksum(item: Item) -> int:
    value = 0
    for array in item.planes if isinstance(item, Frame) else (item.samples,):
        value = zlib.crc32(np.ascontiguousarray(array).data, value)
    return value
