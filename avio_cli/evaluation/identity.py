"""Identity figures: one track for each object over the whole sequence.

After E. Ristani et al., "Performance Measures and a Data Set for Multi-Target,
Multi-Camera Tracking", 2016.
"""

from dataclasses import dataclass

import numpy as np

from avio_cli.evaluation.comparison import Comparison, added, ratio
from avio_cli.vision.trackers.assignment import assign

_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class IdentityCounts:
    """Boxes of one sequence or more."""

    identified: int = 0
    """Those that overlap with the one track that their object was given."""
    true_boxes: int = 0
    tracked_boxes: int = 0

    def __add__(self, other: "IdentityCounts") -> "IdentityCounts":
        return added(self, other)

    @property
    def idf1(self) -> float:
        """The harmonic mean of precision and recall."""
        return ratio(2 * self.identified, self.true_boxes + self.tracked_boxes)

    @property
    def idp(self) -> float:
        """Precision: identified among the tracked boxes."""
        return ratio(self.identified, self.tracked_boxes)

    @property
    def idr(self) -> float:
        """Recall: identified among the boxes of the truth."""
        return ratio(self.identified, self.true_boxes)


def count_identity(comparison: Comparison) -> IdentityCounts:
    """Give each object the track that leaves most boxes identified in all."""
    shared = [np.empty(0, np.intp)]
    tracks = max(comparison.tracks, 1)
    for frame in comparison.frames:
        pairs = frame.at_least(_OVERLAP)
        objects = comparison.true_ids[pairs.true[pairs.rows]]
        found = comparison.tracked_ids[pairs.tracked[pairs.columns]]
        shared.append(objects * tracks + found)
    keys, counts = np.unique(np.concatenate(shared), return_counts=True)
    chosen = assign(*np.divmod(keys, tracks), -counts.astype(np.float64), 0.0)
    return IdentityCounts(
        int(counts[chosen].sum()),
        len(comparison.true_ids),
        len(comparison.tracked_ids),
    )
