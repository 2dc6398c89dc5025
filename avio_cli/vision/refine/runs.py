"""Perturbed runs of a tracker, those of one direction side by side."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.vision.refine.looks import EmbeddingsAt, show_runs
from avio_cli.vision.refine.settings import RefineSettings
from avio_cli.vision.refine.table import DetectionTable, Floats, Integers
from avio_cli.vision.trackers.camera_motion import LANE
from avio_cli.vision.trackers.registry import BoxTracker


class SideBySide:
    """The runs of one direction.

    Args:
        tracker: a new one.
        settings: how much is perturbed.
        backward: frames come in reversed order.
        looks: embeddings of the detections of each frame; None where there are none.
    """

    def __init__(
        self,
        tracker: BoxTracker,
        settings: RefineSettings,
        *,
        backward: bool,
        looks: EmbeddingsAt | None = None,
    ) -> None:
        self._looks = looks
        self._tracker, self._settings, self._backward = tracker, settings, backward
        self._lanes = settings.runs // 2
        shift = np.arange(self._lanes)[:, np.newaxis] * LANE
        random = np.random.default_rng((settings.seed, backward))
        spread = random.standard_normal((2, self._lanes, 1))
        spread[:, 0] = 0
        self._enlarged = np.expm1(settings.size_spread * spread[0])[..., np.newaxis]
        self._raised = settings.score_spread * spread[1]
        self._shift = np.stack((shift, 0 * shift, shift, 0 * shift), axis=2)

    def ids(self, table: DetectionTable, frames: Iterable[int]) -> Integers:
        """Run through frames, in the order of this direction.

        Args:
            table: has their detections.
            frames: numbers of some of its frames.

        Returns:
            (n, runs / 2), one row a detection of the table: ids from 1, 0 where a run
            has it in no track or the frame was not run through.
        """
        ids = np.zeros((len(table.scores), self._lanes), np.int64)
        for frame in frames:
            rows = table.rows(frame)
            seconds = table.seconds[frame - table.first]
            boxes, scores = self._perturbed(table, frame)
            classes = np.tile(table.classes[rows], self._lanes)
            now = -seconds if self._backward else seconds
            boxes, scores = boxes.reshape(-1, 4), scores.ravel()
            if self._looks is not None:
                found = Detections(boxes.astype(np.float32), scores, classes)
                show_runs(self._tracker, found, now, self._looks(frame))
            taken = self._tracker.assign(boxes, scores, classes, now)
            ids[rows] = taken.reshape(self._lanes, -1).T
        return ids

    def _perturbed(
        self, table: DetectionTable, frame: int
    ) -> tuple[Floats, NDArray[np.float32]]:
        """Boxes (runs, n, 4) and scores (runs, n) of a frame; the first run's exact."""
        rows, how = table.rows(frame), self._settings
        boxes, scores = table.boxes[rows], table.scores[rows]
        # Seeded by the frame: the same noise whatever the blocks.
        random = np.random.default_rng((how.seed, self._backward, frame))
        noise = random.standard_normal((self._lanes, len(boxes), 5))
        noise[0] = 0
        sizes = boxes[:, 2:] - boxes[:, :2]
        changes = noise[..., :4] * np.tile(sizes * how.box_jitter, 2)
        margins = self._enlarged * sizes / 2
        corners = boxes[:, :2] + changes[..., :2]
        far = corners + np.maximum(sizes + changes[..., 2:], sizes / 2) + margins
        corners = corners - margins
        shaken = np.concatenate((corners, far), axis=2)
        shaken[0] = boxes
        noisy = np.clip(scores + self._raised + how.score_jitter * noise[..., 4], 0, 1)
        return shaken + self._shift, noisy.astype(np.float32)


def without_single(ids: Integers) -> Integers:
    """Set ids that only one detection has to 0: tracks that were never confirmed."""
    if not ids.size:
        return ids
    _, places, counts = np.unique(ids, return_inverse=True, return_counts=True)
    return np.where(counts[places.reshape(ids.shape)] > 1, ids, 0)


MakeTracker = Callable[[], BoxTracker]
