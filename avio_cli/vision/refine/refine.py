"""Refine the tracks of a file: runs, consensus, smoothing, block by block."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections, Tracks
from avio_cli.vision.refine.consensus import Consensus
from avio_cli.vision.refine.gaps import filled
from avio_cli.vision.refine.looks import EmbeddingsAt
from avio_cli.vision.refine.runs import MakeTracker, SideBySide, without_single
from avio_cli.vision.refine.settings import RefineSettings
from avio_cli.vision.refine.smoothing import Rows, joined, smoothed
from avio_cli.vision.refine.table import DetectionTable, Integers
from avio_cli.vision.refine.voting import ClassVotes

Found = tuple[Detections, float]
"""Detections of a frame, and its time in seconds."""


def refine(
    frames: Iterable[Found],
    make_tracker: MakeTracker,
    rate: Fraction,
    settings: RefineSettings,
    looks: EmbeddingsAt | None = None,
) -> Iterator[Tracks]:
    """Track all frames, each with knowledge of those after it.

    Args:
        frames: detections and times, in presentation order. At most a block, its
            lookahead and its context are held at a time.
        make_tracker: makes the tracker whose runs are combined.
        rate: nominal frames a second.
        settings: how.
        looks: embeddings of the detections of each frame; None where there are none.

    Yields:
        The tracks of each frame, in order; ids count from 1 without holes.
    """
    refiner = _Refiner(make_tracker, rate, settings, looks)
    source = iter(frames)
    held: deque[Found] = deque(islice(source, settings.block + settings.lookahead))
    first = 0
    while held:
        context = len(refiner.context)
        table = DetectionTable.of(first - context, [*refiner.context, *held])
        count = min(settings.block, len(held))
        ended = len(held) < settings.block + settings.lookahead
        count = len(held) if ended else count
        yield from refiner.block(table, range(first, first + count))
        refiner.context = [*refiner.context, *islice(held, count)][-settings.context :]
        for _ in range(count):
            held.popleft()
        first += count
        held.extend(islice(source, settings.block + settings.lookahead - len(held)))


class _Refiner:
    """Decides block after block, and keeps what the next one needs."""

    def __init__(
        self,
        make_tracker: MakeTracker,
        rate: Fraction,
        settings: RefineSettings,
        looks: EmbeddingsAt | None,
    ) -> None:
        self._make_tracker, self._settings = make_tracker, settings
        self._looks = looks
        self._sigma = settings.window(rate)
        self._forward = self._runs(backward=False)
        self._consensus = Consensus(settings, settings.runs)
        self.context: list[Found] = []
        """Frames before the block."""
        self._seen = 0  # frames that the forward runs have seen
        self._forward_ids = np.empty((0, settings.runs // 2), np.int64)
        self._decided = np.empty(0, np.int64)  # tracks of the detections before
        self._names: dict[int, int] = {}  # ids of tracks, by their numbers
        self._next_name = 1
        self._votes = ClassVotes()

    def block(self, table: DetectionTable, frames: range) -> Iterator[Tracks]:
        """Decide the frames of a block.

        Args:
            table: the frames before, those of the block, and those after it.
            frames: numbers of those of the block.
        """
        ids = self._run(table, frames)
        before, end = table.before(frames.start), table.before(frames.stop)
        consensus = self._consensus
        consensus.exchange_backward(ids[:before], self._decided)
        tracks = consensus.sweep(table, ids, frames)
        tracks[:before] = self._decided
        ahead = range(frames.stop, table.frames.stop)
        tracks[end:] = consensus.copy().sweep(table, ids, ahead)[end:]
        yield from self._finished(table, tracks, frames)
        kept = table.before(frames.stop - self._settings.context)
        self._decided = tracks[kept:end]
        self._forward_ids = self._forward_ids[kept:]

    def _runs(self, *, backward: bool) -> SideBySide:
        return SideBySide(
            self._make_tracker(), self._settings, backward=backward, looks=self._looks
        )

    def _run(self, table: DetectionTable, frames: range) -> Integers:
        """The ids (n, runs) that the runs give: even ones are of forward runs."""
        new = range(self._seen, table.frames.stop)
        later = self._forward.ids(table, new)[table.before(self._seen) :]
        self._forward_ids = np.concatenate((self._forward_ids, later))
        self._seen = table.frames.stop
        start = max(table.first, frames.start - self._settings.memory)
        backward = self._runs(backward=True)
        back = backward.ids(table, reversed(range(start, table.frames.stop)))
        forth, back = without_single(self._forward_ids), without_single(back)
        return np.concatenate((2 * forth, 2 * back + (back > 0)), axis=1)

    def _finished(
        self, table: DetectionTable, tracks: Integers, frames: range
    ) -> Iterator[Tracks]:
        """Smooth tracks and fill their gaps; yield those of each frame."""
        order = np.lexsort((table.numbers, tracks))
        order = order[tracks[order] > 0]
        rows = Rows(*(tracks, table.numbers, table.boxes, table.scores, table.classes))[
            order
        ]
        rows = rows[self._long_enough(rows.tracks)]
        if self._settings.class_vote:
            rows = self._votes.voted(rows)
        rows = replace(rows, boxes=smoothed(rows, self._sigma))
        every = joined(rows, filled(rows, self._settings))
        every = every[np.lexsort((every.tracks, every.frames))]
        starts = every.frames.searchsorted(range(frames.start, frames.stop + 1))
        ids = self._named(every.tracks, starts[0], starts[-1])
        for one, end in pairwise(starts):
            part = every[slice(one, end)]
            yield Tracks(
                boxes=part.boxes.astype(np.float32),
                scores=part.scores,
                classes=part.classes,
                ids=ids[one - starts[0] : end - starts[0]],
            )

    def _long_enough(self, tracks: Integers) -> NDArray[np.bool_]:
        """Whether each row is of a track of enough boxes, or of one already shown."""
        _, places, counts = np.unique(tracks, return_inverse=True, return_counts=True)
        shown = np.isin(tracks, np.fromiter(self._names, np.int64))
        return shown | (counts[places] >= self._settings.least_boxes)

    def _named(self, tracks: Integers, start: int, end: int) -> Integers:
        """Ids of the tracks of some rows, numbered as they are first shown."""
        numbers, firsts = np.unique(tracks[start:end], return_index=True)
        for number in numbers[firsts.argsort()].tolist():
            if number not in self._names:
                self._names[number] = self._next_name
                self._next_name += 1
        ids = np.array([self._names[n] for n in tracks[start:end].tolist()], np.int64)
        held = set(tracks.tolist())  # the others have ended
        self._names = {n: name for n, name in self._names.items() if n in held}
        self._votes.keep(self._names)
        return ids
