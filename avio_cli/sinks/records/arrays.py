"""Rows of a file as arrays."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from avio_cli.detections import Tracks

Row = tuple[int, list[float], float, str]
"""Identity, x1 y1 x2 y2, score, class name."""


@dataclass(slots=True)
class ClassNames:
    """Numbers class names in the order in which they come."""

    names: list[str] = field(default_factory=list)

    def number(self, name: str) -> int:
        """Return a name's number; a new name gets the next one."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


def make_tracks(rows: Iterable[Row], names: ClassNames) -> Tracks:
    """Make arrays of one frame's rows."""
    listed = list(rows)
    boxes = [box for _, box, _, _ in listed]
    return Tracks(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([score for _, _, score, _ in listed], np.float32),
        np.array([names.number(name) for *_, name in listed], np.int64),
        np.array([identity for identity, *_ in listed], np.int64),
    )
