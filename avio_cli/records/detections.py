"""Reads detections from a file of another program or an earlier run."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.errors import InputError, UsageError
from avio_cli.media.frame import Frame
from avio_cli.records.files import display_name
from avio_cli.records.mot import MotForm, MotRows, by_frame, is_whole, read_mot

LOG = logging.getLogger("avio.records")
_NO_DETECTIONS = Detections()
MOST_FRAMES = 10_000_000
"""Frames of a video that nobody named: 92 hours at 30 a second. Each is tracked, so
times in place of frame numbers would write records for ever."""
MOST_CLASSES = 100_000
"""No detector has as many: it is a number of something else."""
_ROUNDING = 1e-3
"""By which half precision may exceed a score of 1."""
_FORM = MotForm(
    least=7,
    most=10,
    hint="a row is frame,-1,x,y,w,h,score: columns separated by commas or blanks, "
    "decimals by a point",
)


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


def read_detections(path: Path, last: int = MOST_FRAMES) -> RecordedDetections:
    """Read a MOT-format file: ``frame,-1,x,y,w,h,score`` and up to 3 columns more.

    The second column, a track id in tracker output, is ignored. The eighth is the
    class where there are exactly eight, as avio saves it, counted from 0, or nine, as
    in MOT16 to MOT20, counted from 1; else, and where it is -1, all are of class 0. A
    truncated last line is left out behind another one: alone it is no detection.
    Columns may be separated by blanks too.

    Args:
        path: the file.
        last: the highest frame number that can be meant.

    Raises:
        InputError: it cannot be read, or a line is wrong; names file and line.
    """
    rows = read_mot(path, _FORM)
    if not len(rows):
        LOG.warning("%s is empty: it has no detections", display_name(path))
    _check_frames(rows, last)
    rows.refuse_infinite()
    rows.refuse_negative_sizes()
    _check_scores(rows)
    rows.warn_of_no_end()
    boxes = rows.corners.astype(np.float32)
    scores, classes = rows.values[:, 6].astype(np.float32), classes_of(rows)
    _say_what_counts_from_1(rows, classes)
    found = Detections(boxes, scores, np.maximum(classes, 0))
    frames = by_frame(rows.integers(0))
    return RecordedDetections({number: found[which] for number, which in frames})


def _check_frames(rows: MotRows, last: int) -> None:
    frames = rows.values[:, 0]
    rows.refuse(
        ~((frames == np.round(frames)) & (frames >= 1) & np.isfinite(frames)),
        "{0!r} is not a frame number; the first frame is 1",
    )
    rows.refuse(
        frames > last,
        f"frame {{0}} is beyond {last:,}, the last that is possible here",
        "the first column counts the frames of the video from 1",
    )


def _check_scores(rows: MotRows) -> None:
    """Refuse what is no score: the tracker's thresholds would mean nothing."""
    scores = rows.values[:, 6]
    rows.refuse(
        scores == -1,
        "a score of {6} says that there is none",
        "write 1 in column 7 of a file that has no scores",
    )
    rows.refuse(scores < 0, "{6} is no score: they are 0 to 1", "scale them to 0 to 1")
    rows.refuse(
        scores > 1 + _ROUNDING,
        "{6} is no score: they are 0 to 1",
        "divide percent by 100",
    )
    if len(rows) and not scores.any():
        raise InputError(
            f"{display_name(rows.path)}: every score is 0",
            hint="with a decimal comma 0,9 is two columns: write 0.9; and 1 in a file "
            "that has no scores",
        )


def classes_of(rows: MotRows) -> NDArray[np.int64]:
    """The class of each row, counted from 0; -1 where there is none.

    Nine columns count classes from 1, as in MOT16 to MOT20 and for CVAT, unless one is
    0: then it is another program's, and counted from 0 too.

    Raises:
        InputError: one is no class; names the file and the line.
    """
    eight, nine = rows.counts == 8, rows.counts == 9
    column = np.where(eight | nine, rows.values[:, 7], -1)
    # Column 8 of 9 may be a coordinate of the world, where column 9 is one.
    possible = is_whole(column) & (column >= -1) & (column < MOST_CLASSES)
    rows.refuse(
        ~possible,
        "{7!r} is no class",
        "classes are whole numbers; 10 columns have none",
    )
    classes = column.astype(np.int64)
    if not (nine & (classes == 0)).any():
        classes[nine & (classes > 0)] -= 1
    return classes


def _say_what_counts_from_1(rows: MotRows, classes: NDArray[np.int64]) -> None:
    """Other rows decide it, and numbers of classes that are chosen depend on it."""
    nine = (rows.counts == 9) & (classes >= 0)
    if nine.any():
        first = int((rows.values[nine, 7] != classes[nine]).any())
        LOG.warning(
            "the classes of %s are taken as counted from %d%s",
            display_name(rows.path),
            first,
            ": it has nine columns" if first else ", since one is 0",
        )


def choose_detections(
    found: Mapping[int, Detections], classes: Sequence[str], confidence: float
) -> Mapping[int, Detections]:
    """Keep the detections that are chosen.

    Args:
        found: by frame number.
        classes: numbers as text; empty: all.
        confidence: the lowest score.

    Raises:
        UsageError: a class is no number.
    """
    numbers, least = _numbers(classes), np.float32(confidence)
    return {
        number: frame[_kept(frame, numbers, least)] for number, frame in found.items()
    }


def warn_of_absent(found: Mapping[int, Detections], classes: Sequence[str]) -> None:
    """Say which of the classes no detection has: nothing of them will be seen.

    Args:
        found: by frame number.
        classes: numbers as text; other names have errors of their own.
    """
    there = {number for frame in found.values() for number in frame.classes.tolist()}
    absent = [name for name in dict.fromkeys(classes) if name.isdecimal()]
    absent = [name for name in absent if int(name) not in there]
    if absent and there:
        LOG.warning(
            "no detection is of class %s: they are of %s",
            ", ".join(absent),
            ", ".join(map(str, sorted(there)[:10])),
        )


def _kept(
    frame: Detections, classes: list[int], least: np.float32
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    kept = frame.scores >= least
    return kept & np.isin(frame.classes, classes) if classes else kept


def _numbers(names: Sequence[str]) -> list[int]:
    for name in names:
        if not name.isdecimal():
            raise UsageError(
                f"a file of detections has no class {name!r}: it has numbers",
                hint="such as --classes 0,2",
            )
    return [int(name) for name in names]
