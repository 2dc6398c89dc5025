"""Boxes in whole pixels, which stay where they are until they have moved."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.vision.annotators.label_placement import Rectangle
from avio_cli.vision.counting.tally import class_name

_MOVED = 1.0
"""Pixels by which an edge may be off before its box is drawn again: of a box that
trembles, most frames then cost nothing."""
_FAR = 1e6
"""Pixels: coordinates beyond are clamped to this."""


class TrackBox(NamedTuple):
    """The box of one track at one frame."""

    track_id: int
    name: str
    """Of its class."""
    edges: tuple[float, float, float, float]
    """x1 y1 x2 y2, as tracked."""

    @property
    def rectangle(self) -> Rectangle:
        """The same in whole pixels."""
        return Rectangle(*map(round, self.edges))

    def stays(self, later: "TrackBox") -> bool:
        """Whether this box, in whole pixels, will do for the track's later one."""
        if self.name != later.name:
            return False
        pairs = zip(self.rectangle, later.edges, strict=True)
        return all(abs(shown - edge) <= _MOVED for shown, edge in pairs)


def boxes_of(tracks: Tracks, class_names: Sequence[str]) -> Iterator[TrackBox]:
    """The boxes of a frame by track id; those that are not finite are left out.

    Args:
        tracks: of the frame.
        class_names: names of the classes; one beyond them is named by its number.
    """
    boxes = np.clip(tracks.boxes.astype(np.float64), -_FAR, _FAR)
    usable = np.flatnonzero(np.isfinite(tracks.boxes).all(axis=1))
    for row in usable[np.argsort(tracks.ids[usable], kind="stable")].tolist():
        left, top, right, bottom = boxes[row].tolist()
        name = class_name(class_names, int(tracks.classes[row]))
        yield TrackBox(int(tracks.ids[row]), name, (left, top, right, bottom))
