"""What was wrong with tracks, by id and frame: for people who correct them.

Boxes match as in the CLEAR figures, so the lists have as many switches, missing and
false boxes as those count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.evaluation.clear import matches
from avio_cli.evaluation.comparison import Comparison
from avio_cli.evaluation.reading import Boxes, Integers

_UNMATCHED = -1


@dataclass(frozen=True, slots=True)
class Frames:
    """Some boxes of one id."""

    id: int
    boxes: int
    of: int
    """How many boxes the id has in all."""
    ranges: tuple[tuple[int, int], ...]
    """First and last frame of each range without a hole."""


@dataclass(frozen=True, slots=True)
class SeveralIds:
    """One id of one side, and several of the other that are the same."""

    id: int
    parts: tuple[Frames, ...]
    """In the order of their first frames."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A frame at which the track of an object is another than before."""

    frame: int
    object: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Everything that was wrong in one sequence. Objects are ids of the truth."""

    split: tuple[SeveralIds, ...]
    """Objects that several tracks followed."""
    merged: tuple[SeveralIds, ...]
    """Tracks that followed several objects."""
    switches: tuple[Switch, ...]
    missed: tuple[Frames, ...]
    """Boxes of objects without a track."""
    extra: tuple[Frames, ...]
    """Boxes of tracks without an object."""

    def lines(self) -> Iterator[str]:
        """The lists as text."""
        for found in self.split:
            yield f"object {found.id} is {_parts('track', found.parts)}"
        for found in self.merged:
            yield f"track {found.id} is {_parts('object', found.parts)}"
        for switch in self.switches:
            yield (
                f"frame {switch.frame}: object {switch.object} changes from track "
                f"{switch.before} to {switch.after}"
            )
        for kind, listed in (("object", self.missed), ("track", self.extra)):
            wrong = "is missed" if kind == "object" else "is nothing"
            for part in listed:
                where = "everywhere" if part.boxes == part.of else _ranges(part)
                yield f"{kind} {part.id} {wrong} {where} ({part.boxes} of {part.of})"


def _parts(kind: str, parts: Iterable[Frames]) -> str:
    """``track 7 in 3 to 90 (60 boxes), track 9 in …``: others may be between."""
    return ", ".join(
        f"{kind} {part.id} in {_range(part.ranges[0][0], part.ranges[-1][1])} "
        f"({part.boxes} {'box' if part.boxes == 1 else 'boxes'})"
        for part in parts
    )


def _range(first: int, last: int) -> str:
    return f"{first} to {last}" if last > first else str(first)


def _ranges(part: Frames) -> str:
    """``in 3 to 7, 9``."""
    return f"in {', '.join(_range(*ends) for ends in part.ranges)}"


def find_mistakes(truth: Boxes, tracked: Boxes, comparison: Comparison) -> Mistakes:
    """List what was wrong.

    Args:
        truth: the boxes that count.
        tracked: likewise.
        comparison: of both.
    """
    of_truth = np.full(len(truth), _UNMATCHED)
    of_tracked = np.full(len(tracked), _UNMATCHED)
    for true, found in matches(comparison):
        of_truth[true], of_tracked[found] = tracked.ids[found], truth.ids[true]
    return Mistakes(
        _several(truth, of_truth, tracked),
        _several(tracked, of_tracked, truth),
        tuple(_switches(truth, of_truth)),
        _unmatched(truth, of_truth),
        _unmatched(tracked, of_tracked),
    )


def _several(
    boxes: Boxes, others: Integers, parts_are_of: Boxes
) -> tuple[SeveralIds, ...]:
    counts = Counter(parts_are_of.ids.tolist())
    return tuple(
        SeveralIds(track_id, parts)
        for track_id, rows in _by_id(boxes.ids)
        if len(parts := tuple(_parts_of(boxes.frames[rows], others[rows], counts))) > 1
    )


def _parts_of(
    frames: Integers, others: Integers, counts: Mapping[int, int]
) -> Iterator[Frames]:
    matched = others != _UNMATCHED
    known, first = np.unique(others[matched], return_index=True)
    for number in known[np.argsort(first, kind="stable")].tolist():
        shown = frames[others == number]
        yield Frames(number, len(shown), counts[number], _without_holes(shown))


def _switches(truth: Boxes, others: Integers) -> Iterator[Switch]:
    found = []
    for number, rows in _by_id(truth.ids):
        followed = rows[others[rows] != _UNMATCHED]
        ids = others[followed]
        for place in (np.flatnonzero(np.diff(ids)) + 1).tolist():
            frame = int(truth.frames[followed[place]])
            found.append(Switch(frame, number, int(ids[place - 1]), int(ids[place])))
    yield from sorted(found, key=lambda switch: (switch.frame, switch.object))


def _unmatched(boxes: Boxes, others: Integers) -> tuple[Frames, ...]:
    return tuple(
        Frames(number, len(missing), len(rows), _without_holes(missing))
        for number, rows in _by_id(boxes.ids)
        if len(missing := boxes.frames[rows[others[rows] == _UNMATCHED]])
    )


def _by_id(ids: Integers) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """The rows of each id, in order of their frames."""
    order = np.argsort(ids, kind="stable")
    known, starts = np.unique(ids[order], return_index=True)
    if len(known):
        yield from zip(known.tolist(), np.split(order, starts[1:]), strict=True)


def _without_holes(frames: Integers) -> tuple[tuple[int, int], ...]:
    parts: Sequence[Integers] = np.split(
        frames, np.flatnonzero(np.diff(frames) > 1) + 1
    )
    return tuple((int(part[0]), int(part[-1])) for part in parts)
