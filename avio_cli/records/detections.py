"""Reads detections from a file of another program or an earlier run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from avio_cli.detections import Detections
from avio_cli.media.frame import Frame
from avio_cli.records.parsing import NumberError, finite, parse_lines, whole

_NO_DETECTIONS = Detections()
MOST_FRAMES = 10_000_000
"""Frames of a video that nobody named: 92 hours at 30 a second. Each is tracked, so
times in place of frame numbers would write records for ever."""


@dataclass(frozen=True, slots=True)
class RecordedDetections:
    """Detections by frame; satisfies `avio_cli.protocols.Detector`."""

    frames: Mapping[int, Detections]
    """By the frame's number, 1 for the first; frames without any are not in it."""

    def detect(self, frame: Frame) -> Detections:
        """Return the detections of a frame by its index."""
        return self.at(frame.index + 1)

    def at(self, number: int) -> Detections:
        """Return the detections of a frame by its number; empty if none."""
        return self.frames.get(number, _NO_DETECTIONS)

    @property
    def last(self) -> int:
        """Number of the last frame that has any; 0 for an empty file."""
        return max(self.frames, default=0)


class _Row(NamedTuple):
    number: int
    box: list[float]
    score: float
    class_: int


def read_detections(path: Path, last: int = MOST_FRAMES) -> RecordedDetections:
    """Read a MOT-format file: ``frame,-1,x,y,w,h,score`` and up to 3 columns more.

    The second column, a track id in tracker output, is ignored. With exactly eight
    columns the last is the class, as avio saves it; else all are of class 0. A
    truncated last line is skipped. Columns may be separated by blanks too.

    Args:
        path: the file.
        last: the highest frame number that can be meant.

    Raises:
        InputError: it cannot be read, or a line is wrong; names file and line.
    """
    by_frame: dict[int, list[_Row]] = {}
    for row in parse_lines(path, partial(_parse, last)):
        by_frame.setdefault(row.number, []).append(row)
    return RecordedDetections({n: _detections(rows) for n, rows in by_frame.items()})


def _parse(last: int, line: str) -> _Row:
    values = line.replace(",", " ").split()
    if not 7 <= len(values) <= 10:
        raise ValueError(f"{len(values)} columns, not 7 to 10 as in MOT files")
    number = float(values[0])
    if not number.is_integer() or number < 1:
        raise ValueError(f"{values[0]!r} is not a frame number; the first frame is 1")
    if number > last:
        raise NumberError(
            f"frame {values[0]} is beyond {last:,}, the last that is possible here"
        )
    x, y, width, height, score, *_ = map(finite, values[2:])
    class_ = whole(values[7], least=-1) if len(values) == 8 else 0
    return _Row(int(number), [x, y, x + width, y + height], score, class_)


def _detections(rows: list[_Row]) -> Detections:
    return Detections(
        np.array([row.box for row in rows], np.float32),
        np.array([row.score for row in rows], np.float32),
        np.array([row.class_ for row in rows], np.int64),
    )
