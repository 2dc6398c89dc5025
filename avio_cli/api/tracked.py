"""TrackedFrame: what a tracker follows in one frame, and for other libraries."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.api.hints import in_python
from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.optional import load

_COLUMNS = "frame time id class name score x1 y1 x2 y2".split()


@dataclass(frozen=True, slots=True)
class TrackedFrame:
    """One frame, the tracks in it, and the detections that they were made of."""

    frame: Frame
    """The image and its exact time."""
    detections: Detections
    """All boxes of the detector, weak ones too; none where `stride` skips a frame."""
    class_names: tuple[str, ...]
    """By the numbers in `classes`; empty where detections come from a file."""

    def __len__(self) -> int:
        return len(self.frame.tracks)

    @property
    def boxes(self) -> NDArray[np.float32]:
        """(n, 4): x1 y1 x2 y2 of each track, in pixels of the frame, not clipped."""
        return self.frame.tracks.boxes

    @property
    def ids(self) -> NDArray[np.int64]:
        """(n,): track ids, 1 and up."""
        return self.frame.tracks.ids

    @property
    def classes(self) -> NDArray[np.int64]:
        """(n,): numbers of classes."""
        return self.frame.tracks.classes

    @property
    def scores(self) -> NDArray[np.float32]:
        """(n,): score of the detection that last confirmed each track, 0 to 1."""
        return self.frame.tracks.scores

    @property
    def names(self) -> list[str]:
        """The name of each track's class; its number where that has none."""
        known = self.class_names
        return [
            known[number] if 0 <= number < len(known) else str(number)
            for number in self.classes.tolist()
        ]

    @property
    def index(self) -> int:
        """Number of the frame, counted from 0."""
        return self.frame.index

    @property
    def pts(self) -> int:
        """Presentation time in ticks of ``frame.time_base``."""
        return self.frame.pts

    @property
    def time(self) -> Fraction:
        """Presentation time in seconds, exact."""
        return self.frame.time

    @property
    def image(self) -> Any:
        """The pixels: (H, W, 3) in the order of the pixel format that was asked for."""
        return self.frame.pixels

    def to_supervision(self) -> Any:
        """The tracks as ``supervision.Detections``.

        Raises:
            AvioError: supervision is not installed.
        """
        with in_python():
            module = load("supervision", "supervision", "pip install supervision")
        return module.Detections(
            xyxy=self.boxes.astype(np.float32),
            confidence=self.scores,
            class_id=self.classes.astype(int),
            tracker_id=self.ids.astype(int),
            data={"class_name": np.array(self.names, dtype=str)},
        )

    def to_pandas(self) -> Any:
        """The tracks as a ``pandas.DataFrame``, a row for each.

        Raises:
            AvioError: pandas is not installed.
        """
        with in_python():
            module = load("pandas", "pandas", "pip install pandas")
        boxes = self.boxes.astype(np.float64).T
        ids, classes, scores = self.ids, self.classes, self.scores
        values = (self.index, float(self.time), ids, classes, self.names, scores)
        return module.DataFrame(
            dict(zip(_COLUMNS, (*values, *boxes), strict=True)), columns=_COLUMNS
        )
