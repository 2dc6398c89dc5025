"""Which boxes count: those of MOTChallenge's rules, or all.

In ground truth of MOTChallenge only pedestrians count, and none with the flag 0. Tracks
that lie on a distractor (a person on a vehicle, a reflection …) are left out instead of
being counted as false.
"""

from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.evaluation.comparison import AT_LEAST_HALF, overlaps
from avio_cli.evaluation.reading import Boxes
from avio_cli.records.files import display_name
from avio_cli.vision.trackers.assignment import assign

PEDESTRIAN = 1
DISTRACTORS = (2, 7, 8, 12)
"""Person on vehicle, static person, distractor, reflection."""
KNOWN = range(1, 14)


class Rules(StrEnum):
    """Which boxes of ground truth count."""

    AUTO = "auto"
    """MOTChallenge's where the classes are its own and only pedestrians are flagged."""
    MOTCHALLENGE = "motchallenge"
    ALL = "all"
    """Boxes of every class, unless their flag is 0."""


def choose_rules(path: Path, truth: Boxes, wanted: Rules) -> Rules:
    """Choose the rules for a sequence by the classes of its truth.

    Raises:
        InputError: boxes of several classes count, or the rules wanted do not fit.
    """
    classes = set(truth.classes.tolist())
    known = bool(classes) and all(number in KNOWN for number in classes)
    if wanted is Rules.MOTCHALLENGE and len(truth) and not known:
        raise InputError(f"{display_name(path)} does not have MOTChallenge's classes")
    if wanted is not Rules.AUTO:
        return wanted
    if any(number != int(number) for number in classes):  # world coordinates
        return Rules.ALL
    counted = set(truth.classes[truth.flags[: len(truth.classes)] != 0].tolist())
    if known and counted <= {PEDESTRIAN}:
        return Rules.MOTCHALLENGE
    if len(classes) > 1:
        listed = ", ".join(f"{number:g}" for number in sorted(counted))
        raise InputError(
            f"{display_name(path)} has boxes of several classes, and flags some of "
            f"the classes {listed}",
            hint="--rules all compares boxes of every class, --rules motchallenge "
            "only pedestrians (1)",
        )
    return Rules.ALL


def apply_rules(
    rules: Rules, truth: Boxes, tracked: Boxes, records: Path
) -> tuple[Boxes, Boxes]:
    """Return the boxes of both that count.

    Raises:
        InputError: tracks of MOTChallenge's are of other classes than pedestrians.
    """
    counted = truth.flags != 0
    if rules is Rules.ALL or not len(truth):
        return truth[counted], tracked
    if (tracked.classes > PEDESTRIAN).any():
        other = tracked.classes[tracked.classes > PEDESTRIAN][0]
        raise InputError(
            f"{display_name(records)} has tracks of class {other:g}; pedestrians are 1",
            hint="--rules all compares boxes of every class",
        )
    left_out = _on_distractors(truth, tracked)
    return truth[counted & (truth.classes == PEDESTRIAN)], tracked[~left_out]


def _on_distractors(truth: Boxes, tracked: Boxes) -> NDArray[np.bool_]:
    """Which tracks lie on a distractor, each box of the truth taken by one at most."""
    found = np.zeros(len(tracked), bool)
    distracting = np.isin(truth.classes, DISTRACTORS)
    for pairs in overlaps(truth, tracked):
        close = pairs.at_least(AT_LEAST_HALF)
        on = distracting[close.true[close.rows]]
        if on.any():
            chosen = assign(close.rows, close.columns, -close.similarity, 0.0)
            found[close.tracked[close.columns[chosen[on[chosen]]]]] = True
    return found
