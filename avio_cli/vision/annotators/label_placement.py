"""Where a label goes: next to its box, inside the frame, clear of other labels."""

from collections.abc import Iterable
from typing import NamedTuple


class Rectangle(NamedTuple):
    """Whole pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    def overlaps(self, other: "Rectangle") -> bool:
        """Whether they share a pixel."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class LabelPlacer:
    """Place the labels of one frame after the other.

    A label that had to give way stays where it went until there is ample room at its
    first choice, so the labels of people who pass each other do not flicker.

    Args:
        width: of the frame.
        height: of the frame.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._height = height
        self._choices: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._taken: list[Rectangle] = []

    def start(self, covered: Iterable[Rectangle] = ()) -> None:
        """Start a frame; tracks that the last one did not have are forgotten.

        Args:
            covered: where no label should go.
        """
        self._before, self._choices = self._choices, {}
        self._taken = list(covered)

    def place(
        self, track_id: int, box: Rectangle, width: int, height: int
    ) -> tuple[int, int]:
        """Choose the position of a track's label.

        Args:
            track_id: of the track.
            box: its box; all four even.
            width: of the label; even.
            height: of the label; even.

        Returns:
            Left and top of the label; even, and inside the frame if it fits there.
        """
        corners = [
            self._keep_inside(left, top, width, height)
            for left, top in _corners(box, width, height)
        ]
        areas = [Rectangle(x, y, x + width, y + height) for x, y in corners]
        choice = self._choose(areas, self._before.get(track_id, 0))
        self._choices[track_id] = choice
        self._taken.append(areas[choice])
        return corners[choice]

    def _keep_inside(
        self, left: int, top: int, width: int, height: int
    ) -> tuple[int, int]:
        left = min(left, (self._width - width) // 2 * 2)
        top = min(top, (self._height - height) // 2 * 2)
        return max(left, 0), max(top, 0)

    def _choose(self, areas: list[Rectangle], before: int) -> int:
        if before and self._is_free(areas[0], areas[0].bottom - areas[0].top):
            before = 0
        order = [before, *(n for n in range(len(areas)) if n != before)]
        return next((n for n in order if self._is_free(areas[n], 0)), before)

    def _is_free(self, area: Rectangle, room: int) -> bool:
        left, top, right, bottom = area
        wide = Rectangle(left - room, top - room, right + room, bottom + room)
        return not any(wide.overlaps(other) for other in self._taken)


def _corners(box: Rectangle, width: int, height: int) -> list[tuple[int, int]]:
    """Above and below the box, flush with its left edge and with its right."""
    above, inside = box.top - height, box.top
    over = above if above >= 0 else inside
    left, right = box.left, box.right - width
    return [(left, over), (right, over), (left, box.bottom), (right, box.bottom)]
