"""Tracks that were left, found again by appearance, and by what place is possible."""

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.reid.gallery import Flags, Floats, Gallery, Integers
from avio_cli.vision.reid.settings import AppearanceSettings
from avio_cli.vision.trackers.assignment import assign

_LEAST_RATIO = 0.5
"""Of the lesser of two heights to the other."""


def recall(
    gallery: Gallery,
    seen: Flags,
    now: float,
    found: tuple[Floats, Floats],
    settings: AppearanceSettings,
) -> Integers:
    """Find which tracks that were left are seen again.

    Args:
        gallery: all that is remembered.
        seen: (n,): which of it is seen at this time anyway.
        now: seconds.
        found: boxes (k, 4) and embeddings (k, d) of what is new; zeros for unknown.
        settings: what counts.

    Returns:
        (k,): their ids, 0 for none.
    """
    boxes, embeddings = found
    ids = np.zeros(len(boxes), np.int64)
    left = gallery.known & ~seen & (gallery.counts >= settings.least_seen)
    rows = np.flatnonzero(left & (now - gallery.lasts <= settings.gap))
    if not len(rows) or not len(boxes):
        return ids
    usual = gallery.usual_stranger()
    likeness = as_likeness(embeddings @ gallery.embeddings.T, usual)
    others = gallery.strangers(rows) & gallery.known
    rivals = _best_rivals(likeness, others)
    alike = likeness[:, rows]
    good: Flags = (alike >= settings.least_likeness) & (alike >= rivals + settings.lead)
    good &= _reachable(gallery, rows, boxes, now, settings.speed)
    good &= np.any(embeddings, axis=1, keepdims=True)
    column, row = good.nonzero()
    chosen = assign(column, row, 1 - alike[column, row], 1.0)
    ids[column[chosen]] = gallery.ids[rows[row[chosen]]]
    return ids


def as_likeness(cosines: Floats, usual: float) -> Floats:
    """Cosines as likeness: 1 is equal, 0 what different objects usually have."""
    return (cosines - usual) / max(1 - usual, 1e-6)


def _best_rivals(likeness: Floats, others: Flags) -> Floats:
    """(k, rows): the highest likeness with a track that is another object for sure."""
    table = np.where(others, likeness[:, np.newaxis, :], -np.inf)
    best: Floats = table.max(axis=2)
    return best


def _reachable(
    gallery: Gallery,
    rows: NDArray[np.intp],
    boxes: Floats,
    now: float,
    speed: float,
) -> Flags:
    """(k, rows): whether a track can be where a box is, and as large."""
    before = gallery.boxes[rows]
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    apart = np.abs(centres[:, np.newaxis] - (before[:, :2] + before[:, 2:]) / 2)
    heights = (boxes[:, 3] - boxes[:, 1])[:, np.newaxis]
    old = before[:, 3] - before[:, 1]
    reach = np.maximum(heights, old) * (1 + speed * (now - gallery.lasts[rows]))
    like = np.minimum(heights, old) >= _LEAST_RATIO * np.maximum(heights, old)
    near: Flags = (apart.max(axis=2) <= reach) & like
    return near
