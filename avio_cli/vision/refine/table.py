"""The detections of successive frames in one table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.vision.boxes import are_proper

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DetectionTable:
    """Detections of frames `first` and following."""

    first: int
    """Number of the first frame, counted from 0."""
    seconds: tuple[float, ...]
    """Time of each frame."""
    starts: Integers
    """(frames + 1,): where the rows of each frame start; the last is their count."""
    boxes: Floats
    """(n, 4): x1 y1 x2 y2."""
    scores: NDArray[np.float32]
    classes: Integers

    @classmethod
    def of(
        cls, first: int, frames: Sequence[tuple[Detections, float]]
    ) -> "DetectionTable":
        """Put detections, each with the time of its frame, into a table.

        Boxes without area, or with a value that is not finite, are left out.
        """
        kept = [_proper(detections) for detections, _ in frames]
        counts = np.array([0, *map(len, kept)])
        parts = [Detections(), *kept]
        return cls(
            first,
            tuple(seconds for _, seconds in frames),
            np.cumsum(counts),
            np.concatenate([part.boxes for part in parts]).astype(np.float64),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.classes for part in parts]),
        )

    @property
    def frames(self) -> range:
        """Numbers of the frames."""
        return range(self.first, self.first + len(self.seconds))

    @property
    def numbers(self) -> Integers:
        """(n,): the frame of each row."""
        return np.repeat(np.array(self.frames, np.int64), np.diff(self.starts))

    def rows(self, frame: int) -> slice:
        """The rows of a frame."""
        return slice(*self.starts[frame - self.first : frame - self.first + 2])

    def before(self, frame: int) -> int:
        """How many rows are of frames before that one."""
        return int(self.starts[min(max(frame - self.first, 0), len(self.seconds))])


def _proper(found: Detections) -> Detections:
    return found[np.flatnonzero(are_proper(found.boxes))]
