"""Sequences in MOTChallenge format: their detections, shaken a little, and scores."""

import configparser
from collections.abc import Sequence as Ordered
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from avio_cli.detections import Detections, Tracks
from avio_cli.evaluation.clear import count_clear
from avio_cli.evaluation.comparison import compare
from avio_cli.evaluation.hota import count_hota
from avio_cli.evaluation.identity import count_identity
from avio_cli.evaluation.reading import Boxes, read_boxes
from avio_cli.evaluation.rules import Rules, apply_rules, choose_rules
from avio_cli.evaluation.score import Totals
from avio_cli.records.detections import read_detections

PIXELS, SCORE = 0.3, 0.003
"""Standard deviations of what is added to boxes and scores."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One sequence, with all that a tracker may know and the truth beside it."""

    name: str
    rate: Fraction
    """Frames a second."""
    size: tuple[int, int]
    """Width and height of the frames."""
    detections: tuple[Detections, ...]
    """One a frame, from the first to the last."""
    truth: Boxes
    rules: Rules

    def jittered(self, seed: int) -> "Sequence":
        """Shake boxes and scores; the same seed gives the same sequence."""
        random = np.random.default_rng((seed, len(self.detections)))
        shaken = tuple(_shaken(frame, random) for frame in self.detections)
        return replace(self, detections=shaken)

    def every(self, step: int) -> "Sequence":
        """Take the first frame and every so many-th after it, at the lower rate."""
        kept = self.truth[(self.truth.frames - 1) % step == 0]
        truth = replace(kept, frames=(kept.frames - 1) // step + 1)
        detections = self.detections[::step]
        return replace(self, rate=self.rate / step, detections=detections, truth=truth)


def read_sequence(folder: Path) -> Sequence:
    """Read ``det/det.txt``, ``gt/gt.txt`` and ``seqinfo.ini``.

    Raises:
        InputError: a file is missing or wrong.
    """
    parser = configparser.ConfigParser()
    parser.read(folder / "seqinfo.ini")
    about = parser["Sequence"]
    found = read_detections(folder / "det" / "det.txt")
    path = folder / "gt" / "gt.txt"
    truth = read_boxes(path)
    return Sequence(
        folder.name,
        Fraction(about["frameRate"]),
        (int(about["imWidth"]), int(about["imHeight"])),
        tuple(found.at(number) for number in range(1, int(about["seqLength"]) + 1)),
        truth,
        choose_rules(path, truth, Rules.AUTO),
    )


def count(sequence: Sequence, tracked: Ordered[Tracks]) -> Totals:
    """Compare tracks, one `Tracks` a frame, with the truth of a sequence."""
    counts = [len(tracks) for tracks in tracked]
    rows = sum(counts)
    boxes = Boxes(
        np.repeat(np.arange(1, len(tracked) + 1), counts),
        np.concatenate([np.empty(0, np.int64), *(t.ids for t in tracked)]),
        np.concatenate([np.empty((0, 4)), *(t.boxes for t in tracked)]),
        np.ones(rows),
        np.empty(0),
    )
    ordered = boxes[np.lexsort((boxes.ids, boxes.frames))]
    comparison = compare(
        *apply_rules(sequence.rules, sequence.truth, ordered, Path(sequence.name))
    )
    return Totals(
        count_hota(comparison), count_clear(comparison), count_identity(comparison)
    )


def _shaken(found: Detections, random: np.random.Generator) -> Detections:
    boxes = found.boxes.astype(np.float64)
    boxes[:, 2:] -= boxes[:, :2]
    boxes += random.normal(0, PIXELS, boxes.shape)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], 1) + boxes[:, :2]
    scores = found.scores + random.normal(0, SCORE, len(found))
    return Detections(
        boxes.astype(np.float32),
        np.clip(scores, 0, 1).astype(np.float32),
        found.classes,
    )
