"""SeenIds: which track ids there were so far, however long a run lasts."""

from collections.abc import Iterable, Iterator

_BLOCK = 256
"""Ids in one number; Python stores it in 60 bytes."""


class SeenIds:
    """A set of ids that only grows, and hardly takes memory.

    Ids are given in rising order, so most numbers up to the highest are in it: a bit
    stands for each, less than a byte with all else, where a set takes eighty. It is
    exact for any whole numbers, also for such as come back after days.

    Args:
        ids: to begin with.
    """

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._blocks: dict[int, int] = {}
        self._count = 0
        self.update(ids)

    def add(self, track_id: int) -> bool:
        """Take an id; returns whether it is new."""
        block, place = divmod(track_id, _BLOCK)
        before = self._blocks.get(block, 0)
        if before >> place & 1:
            return False
        self._blocks[block] = before | 1 << place
        self._count += 1
        return True

    def update(self, ids: Iterable[int]) -> None:
        """Take several ids."""
        for track_id in ids:
            self.add(track_id)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, track_id: int) -> bool:
        block, place = divmod(track_id, _BLOCK)
        return bool(self._blocks.get(block, 0) >> place & 1)

    def __iter__(self) -> Iterator[int]:
        """Yield the ids in rising order."""
        for block in sorted(self._blocks):
            bits = self._blocks[block]
            yield from (block * _BLOCK + n for n in range(_BLOCK) if bits >> n & 1)
