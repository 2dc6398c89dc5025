"""Appearance, as trackers use it: what they ask of it, and what it learns."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.errors import InputError
from avio_cli.vision.boxes import overlaps
from avio_cli.vision.reid.doubt import advantage, doubtful
from avio_cli.vision.reid.embedder import Embeddings
from avio_cli.vision.reid.gallery import Flags, Floats, Gallery, Integers
from avio_cli.vision.reid.recall import as_likeness, recall
from avio_cli.vision.reid.settings import AppearanceSettings
from avio_cli.vision.trackers.assignment import Indices

Look = Callable[[Indices], Embeddings]
"""Embeddings (k, d) of detections of the frame; zeros where nothing is seen."""


class Appearance:
    """What the tracks of one run look like.

    For each frame: `look`, then what the tracker asks, then `learn`. Crops are embedded
    only when they are asked for, each once.

    Args:
        length: how many numbers an embedding has.
        settings: how it takes part.
    """

    def __init__(self, length: int, settings: AppearanceSettings) -> None:
        self.settings = settings
        self._gallery = Gallery.none(length)
        self._frames = 0
        self.crops = 0
        """Crops embedded so far."""
        self.found_again = np.zeros(0, np.int64)
        """Ids of tracks that were left and are seen again in this frame."""
        self.look(Detections(), 0.0, lambda rows: np.zeros((0, length), np.float32))

    def look(self, detections: Detections, seconds: float, look: Look) -> None:
        """Show a frame.

        Args:
            detections: those that the tracker is given next.
            seconds: the frame's time.
            look: embeds some of them.
        """
        self._boxes = detections.boxes.astype(np.float64)
        self._scores, self._seconds, self._look = detections.scores, seconds, look
        length = self._gallery.embeddings.shape[1]
        self._embeddings = np.zeros((len(detections), length))
        self._looked_at = np.zeros(len(detections), bool)
        self.found_again = np.zeros(0, np.int64)

    def weighed(
        self, ids: Integers, columns: Indices, costs: Floats, limit: float
    ) -> Floats:
        """Costs of pairs, changed by likeness where they are in doubt.

        Args:
            ids: (p,): of tracks.
            columns: (p,): detections of the frame.
            costs: (p,); smaller is better.
            limit: what a pair must cost less than.
        """
        pairs = doubtful(ids, columns, costs, limit, self.settings.margin)
        rows = self._gallery.rows_of(ids[pairs])
        known = self._gallery.known[rows] & (rows >= 0) if len(rows) else rows >= 0
        pairs, rows = pairs[known], rows[known]
        if not len(pairs):
            return costs
        seen = self._embedded(columns[pairs])
        clear = seen.any(axis=1)
        pairs, rows, seen = pairs[clear], rows[clear], seen[clear]
        cosines = (seen * self._gallery.embeddings[rows]).sum(axis=1)
        likeness = as_likeness(cosines, self._gallery.usual_stranger())
        ahead = advantage(rows, columns[pairs], likeness)
        result = costs.copy()
        result[pairs] -= self.settings.weight * ahead
        return result

    def recalled(self, columns: Indices, taken: Integers) -> Integers:
        """Tracks that were left and are seen again, in place of new ones.

        Args:
            columns: (k,): detections that would start tracks.
            taken: ids of the tracks seen in this frame.

        Returns:
            (k,): ids, 0 for none. Where one is given, the tracker must drop what it
            has of it itself.
        """
        gallery = self._gallery
        seen = np.isin(gallery.ids, taken)
        if self.settings.gap <= 0 or not (gallery.known & ~seen).any():
            return np.zeros(len(columns), np.int64)
        found = self._boxes[columns], self._embedded(columns)
        ids = recall(gallery, seen, self._seconds, found, self.settings)
        self.found_again = ids[ids > 0]
        return ids

    def learn(self, columns: Indices, taken: Integers, held: Integers) -> None:
        """Take which track took which detection; the frame is done.

        Args:
            columns: (k,): detections of the frame.
            taken: (k,): the id of each one's track, 0 for none.
            held: ids of all tracks that the tracker still has.
        """
        self._frames += 1
        self._forget(held)
        columns, ids = columns[taken > 0], taken[taken > 0]
        fresh = self._gallery.rows_of(ids) < 0
        self._gallery.add(ids[fresh], self._boxes[columns[fresh]], self._seconds)
        gallery, rows = self._gallery, self._gallery.rows_of(ids)
        gallery.boxes[rows] = self._boxes[columns]
        gallery.lasts[rows] = self._seconds
        gallery.counts[rows] += 1
        due = self._frames - gallery.learned[rows] >= self.settings.refresh
        due &= (gallery.counts[rows] > 1) & self._clear()[columns]
        self._renew(rows[due], columns[due])

    def state(self) -> dict[str, Any]:
        """Everything that the next frame depends on, settings aside."""
        return {"frames": self._frames, **self._gallery.arrays()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a result of `state`.

        Raises:
            InputError: it is damaged.
        """
        gallery = Gallery.from_arrays(state)
        frames = state.get("frames")
        length = self._gallery.embeddings.shape[1]
        if gallery.embeddings.shape[1] != length or not isinstance(frames, int):
            raise InputError("the stored appearance is damaged (of another model)")
        self._gallery, self._frames = gallery, frames

    def _renew(self, rows: Indices, columns: Indices) -> None:
        """Learn from crops."""
        seen = self._embedded(columns)
        shown = seen.any(axis=1)
        rows, seen, gallery = rows[shown], seen[shown], self._gallery
        share = np.where(gallery.known[rows], self.settings.smoothing, 0.0)
        share = share[:, np.newaxis]
        mixed = share * gallery.embeddings[rows] + (1 - share) * seen
        lengths = np.linalg.norm(mixed, axis=1, keepdims=True)
        gallery.embeddings[rows] = mixed / np.maximum(lengths, 1e-12)
        gallery.learned[rows] = self._frames

    def _forget(self, held: Integers) -> None:
        """Drop tracks that the tracker has no more, once the gap is over."""
        gallery, settings = self._gallery, self.settings
        kept = np.isin(gallery.ids, held)
        if settings.gap > 0:
            recent = self._seconds - gallery.lasts <= settings.gap
            (left,) = (recent & ~kept).nonzero()
            newest = gallery.lasts[left].argsort(kind="stable")[-settings.most_left :]
            kept[left[newest]] = True
        if not kept.all():
            self._gallery = gallery.kept(kept)

    def _embedded(self, columns: Indices) -> Floats:
        """Embeddings of detections; those not yet known are made at once."""
        missing = np.unique(columns[~self._looked_at[columns]])
        if len(missing):
            self._embeddings[missing] = self._look(missing)
            self._looked_at[missing] = True
            self.crops += len(missing)
        found: Floats = self._embeddings[columns]
        return found

    def _clear(self) -> Flags:
        """(n,): detections that are certain and show one object alone."""
        strong = self._scores >= self.settings.least_score
        (rows,) = strong.nonzero()
        boxes = self._boxes[rows]
        pairs = overlaps(boxes, boxes)
        pairs = pairs[pairs.rows != pairs.columns]
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        both = areas[pairs.rows] + areas[pairs.columns]
        shared = pairs.iou / (1 + pairs.iou) * both
        hidden = shared > self.settings.covered * areas[pairs.rows]
        clear: NDArray[np.bool_] = strong.copy()
        clear[rows[pairs.rows[hidden]]] = False
        return clear
