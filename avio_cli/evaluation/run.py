"""Evaluate tracks: read both sides, compare them frame by frame, score them."""

import logging
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np

from avio_cli.errors import InputError
from avio_cli.evaluation.clear import count_clear
from avio_cli.evaluation.comparison import Comparison, compare
from avio_cli.evaluation.hota import count_hota
from avio_cli.evaluation.identity import count_identity
from avio_cli.evaluation.mistakes import Mistakes, find_mistakes
from avio_cli.evaluation.pairing import Pairing, declared_length, pair_up
from avio_cli.evaluation.reading import Boxes, read_boxes
from avio_cli.evaluation.rules import Rules, apply_rules, choose_rules
from avio_cli.evaluation.score import Score, Totals, score
from avio_cli.records.files import display_name
from avio_cli.records.recorded import number_of

LOG = logging.getLogger("avio.eval")
COMBINED = "COMBINED"


def evaluate(
    records: Path,
    truth: Path,
    *,
    sequences: Collection[str] = (),
    rules: Rules = Rules.AUTO,
) -> tuple[Score, ...]:
    """Compare tracks with ground truth.

    Args:
        records: a file in MOT format or of avio's records, or a folder of them named
            after the sequences.
        truth: such a file, or a folder of sequences (``NAME/gt/gt.txt``, or
            ``NAME.txt``).
        sequences: only these of the folders; all if empty.
        rules: which boxes of the truth count.

    Returns:
        A score for each sequence and, if there are several, one for all together,
        named ``COMBINED``.

    Raises:
        InputError: a file is missing or wrong, or there is no ground truth at all.
    """
    pairs = pair_up(records, truth, sequences)
    totals = {pair.name: read_and_count(pair, rules) for pair in pairs}
    together = sum(totals.values(), Totals())
    if not together.clear.true_boxes:
        raise InputError(f"{display_name(truth)} has no ground truth that counts")
    scores = [score(name, total) for name, total in totals.items()]
    if len(scores) > 1:
        scores.append(score(COMBINED, together))
    return tuple(scores)


def list_mistakes(
    records: Path,
    truth: Path,
    *,
    sequences: Collection[str] = (),
    rules: Rules = Rules.AUTO,
) -> Mapping[str, Mistakes]:
    """List what was wrong in each sequence; see `evaluate`.

    Raises:
        InputError: a file is missing or wrong.
    """
    pairs = pair_up(records, truth, sequences)
    return {pair.name: find_mistakes(*_compared(pair, rules)) for pair in pairs}


def read_and_count(pair: Pairing, rules: Rules) -> Totals:
    """Read a sequence, and count what its scores are made of.

    Raises:
        InputError: a file is wrong.
    """
    _, _, comparison = _compared(pair, rules, warn=True)
    return Totals(
        count_hota(comparison), count_clear(comparison), count_identity(comparison)
    )


def _compared(
    pair: Pairing, rules: Rules, *, warn: bool = False
) -> tuple[Boxes, Boxes, Comparison]:
    last = declared_length(pair.truth)
    truth = read_boxes(pair.truth, last)
    tracked = read_boxes(pair.records, last)
    if warn:
        _warn_of_mismatch(pair, truth, tracked)
    chosen = choose_rules(pair.truth, truth, rules)
    truth, tracked = apply_rules(chosen, truth, tracked, pair.records)
    return truth, tracked, compare(truth, tracked)


def _warn_of_mismatch(pair: Pairing, truth: Boxes, tracked: Boxes) -> None:
    records, name = display_name(pair.records), display_name(pair.truth)
    common = np.intersect1d(truth.frames, tracked.frames)
    if len(truth) and len(tracked) and not len(common):
        LOG.warning(
            "no frame of %s (%d to %d) is one of %s (%d to %d)",
            *(records, tracked.frames[0], tracked.frames[-1]),
            *(name, truth.frames[0], truth.frames[-1]),
        )
    for file, boxes in ((records, tracked), (name, truth)):
        if len(boxes.class_names) > 1:
            names = ", ".join(boxes.class_names)
            LOG.warning("%s has several classes (%s): all are compared", file, names)
    ours, theirs = (_own_names(boxes.class_names) for boxes in (tracked, truth))
    if ours and theirs and not ours & theirs:
        kinds = (", ".join(sorted(each)) for each in (ours, theirs))
        text = "%s has no class of those in %s: %s are compared with %s"
        LOG.warning(text, records, name, *kinds)


def _own_names(classes: Iterable[str]) -> set[str]:
    """Without those of formats that have no names, where nobody knows what is meant."""
    return {c for c in classes if c != "object" and number_of(c) is None}
