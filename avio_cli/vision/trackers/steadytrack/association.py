"""The three associations of SteadyTrack, over the pairs that overlap at all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.vision.reid.appearance import Appearance
from avio_cli.vision.trackers.assignment import assign
from avio_cli.vision.trackers.steadytrack.settings import SteadyTrackSettings
from avio_cli.vision.trackers.steadytrack.similarity import Found, Pairs
from avio_cli.vision.trackers.tracklets import Rows, Tracklets

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOBODY = -1
_USUAL_SHAPE, _USUAL_NEARNESS = 0.7, 0.5
"""What pairs of neighbours have: only more than that speaks for a pair."""


@dataclass(frozen=True, slots=True)
class Association:
    """Who was seen where."""

    partners: Rows
    """(n,): the detection of each track, or `NOBODY`."""
    weak: Flags
    """(n,): whether it is a weak one."""
    free: Flags
    """(m,): detections that no track took."""

    @property
    def seen(self) -> Rows:
        """Rows of the tracks that have a partner."""
        return (self.partners >= 0).nonzero()[0]


def associate(
    tracks: Tracklets,
    found: Found,
    pairs: Pairs,
    now: float,
    settings: SteadyTrackSettings,
    appearance: Appearance | None = None,
) -> Association:
    """Match tracks with detections: strong ones, weak ones, then tracks seen once.

    Args:
        tracks: predicted to the time of the frame.
        found: its detections.
        pairs: those that overlap.
        now: the frame's number on the tracker's clock.
        settings: thresholds and weights.
        appearance: what decides between strong pairs that are nearly alike.
    """
    strong = found.scores > settings.track_thresh
    is_strong, known = strong[pairs.columns], tracks.confirmed[pairs.rows]
    recent = ~tracks.lost | (now - tracks.last_seen <= settings.weak_buffer)
    possible = np.ones(len(pairs.rows), bool)
    if settings.class_aware:
        possible = tracks.classes[pairs.rows] == found.classes[pairs.columns]
    certain = pairs.iou * found.scores[pairs.columns]
    nearness = pairs.nearness - _USUAL_NEARNESS
    full = certain + settings.shape_weight * (pairs.shape - _USUAL_SHAPE)
    full += settings.distance_weight * nearness
    first = known & is_strong & possible
    if appearance is not None:
        (open_pairs,) = first.nonzero()
        ids = tracks.ids[pairs.rows[open_pairs]]
        columns = found.rows[pairs.columns[open_pairs]]
        costs = 1 - full[open_pairs]
        costs = appearance.weighed(ids, columns, costs, settings.match_thresh)
        full[open_pairs] = 1 - costs
    plain = pairs.iou + settings.weak_distance_weight * nearness
    result = Association(
        np.full(len(tracks), NOBODY),
        np.zeros(len(tracks), bool),
        np.ones(len(found.scores), bool),
    )
    stages = (
        (first, full, settings.match_thresh),
        (known & ~is_strong & recent[pairs.rows], plain, settings.second_thresh),
        (~known & is_strong, certain, settings.unconfirmed_thresh),
    )
    for eligible, similarity, limit in stages:
        _match(result, pairs, possible & eligible, 1 - similarity, limit)
    seen = result.seen
    result.weak[seen] = ~strong[result.partners[seen]]
    return result


def _match(
    result: Association, pairs: Pairs, eligible: Flags, costs: Floats, limit: float
) -> None:
    """Match the pairs of one stage, and note them in the result."""
    alone = (result.partners < 0)[pairs.rows] & result.free[pairs.columns]
    (open_pairs,) = (eligible & alone & (costs < limit)).nonzero()
    if not len(open_pairs):
        return
    rows, columns = pairs.rows[open_pairs], pairs.columns[open_pairs]
    chosen = assign(rows, columns, costs[open_pairs], limit)
    result.partners[rows[chosen]] = columns[chosen]
    result.free[columns[chosen]] = False
