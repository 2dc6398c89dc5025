"""How far the tracks of two runs agree."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

NEAR = 0.98
"""Share of the boxes that must have a partner within a pixel, for 32 bits."""
ROUGH = 0.90
"""The same where half precision computes."""

Box = tuple[float, ...]
Frames = dict[int, list[tuple[int, Box]]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two runs have in common."""

    boxes: int
    """Boxes of the first."""
    others: int
    """Boxes of the second."""
    near: float
    """The share of the first's that has a partner within a pixel."""
    same_ids: float
    """The share of these whose partner has the id that most of its track has.

    Tracks of either run, the lesser share: else merged tracks would agree."""

    def within(self, share: float) -> bool:
        """Whether they agree: boxes, how many there are, and ids."""
        spare = (1 - share) * max(self.boxes, 1)
        counts = abs(self.boxes - self.others) <= spare
        return counts and min(self.near, self.same_ids) >= share and self.boxes > 0

    def __str__(self) -> str:
        return (
            f"{self.near:.1%} of {self.boxes} boxes within a pixel, "
            f"{self.same_ids:.1%} of them with the same track; {self.others} found"
        )


def agreement(expected: Path, found: Path) -> Agreement:
    """Compare two MOT files."""
    ours, theirs = read_boxes(expected), read_boxes(found)
    pairs = [
        (id_, partner)
        for frame, boxes in ours.items()
        for id_, partner in _partners(boxes, theirs.get(frame, []))
    ]
    same = min(_kept(pairs), _kept([(partner, id_) for id_, partner in pairs]))
    total = sum(map(len, ours.values()))
    return Agreement(
        total,
        sum(map(len, theirs.values())),
        len(pairs) / max(1, total),
        same / max(1, len(pairs)),
    )


def _kept(pairs: list[tuple[int, int]]) -> int:
    """How many have the partner that most of their id have."""
    best: dict[int, Counter[int]] = {}
    for id_, partner in pairs:
        best.setdefault(id_, Counter())[partner] += 1
    return sum(counts.most_common(1)[0][1] for counts in best.values())


def _partners(
    boxes: list[tuple[int, Box]], others: list[tuple[int, Box]]
) -> list[tuple[int, int]]:
    """Ids of boxes that are each other's within a pixel; each is used once."""
    free, pairs = list(others), []
    for id_, box in boxes:
        for other in free:
            if max(abs(a - b) for a, b in zip(box, other[1], strict=True)) <= 1:
                free.remove(other)
                pairs.append((id_, other[0]))
                break
    return pairs


def read_boxes(path: Path) -> Frames:
    """Ids and boxes of a MOT file by frame."""
    found: Frames = {}
    for line in path.read_text().splitlines():
        frame, id_, *box = line.split(",")[:6]
        row = int(float(id_)), tuple(map(float, box))
        found.setdefault(int(frame), []).append(row)
    return found
