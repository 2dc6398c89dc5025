"""HOTA, MOTA and IDF1 of every tracker and mode on annotated sequences.

    python -m benchmarks.tracking_accuracy FOLDER [--mode NAME] [--sequence NAME]
        [--every 1,2,3] [--runs N]

FOLDER has sequences in MOTChallenge format with detections (``det/det.txt``). A single
run says little: where two people cross, a decision tips over by a tenth of a pixel, and
a figure of one sequence moves by points. So each run shakes boxes by 0.3 pixels and
scores by 0.003 (standard deviations, fixed seeds), and the table has the mean and the
standard deviation over the runs. "COMBINED" is over the sequences, as if they were one.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avio_cli.evaluation.score import Totals, score
from benchmarks.accuracy.modes import MODES, Mode
from benchmarks.accuracy.peers import PEERS
from benchmarks.accuracy.sequences import Sequence as MotSequence
from benchmarks.accuracy.sequences import count, read_sequence

HEAD = f"{'sequence':<22} {'mode':<20} every   HOTA    ±   MOTA    ±   IDF1    ±  IDSW"
TOGETHER = "COMBINED"
Figures = NDArray[np.float64]
"""(runs, 4): HOTA, MOTA, IDF1 and switches."""


def measure(
    mode: Mode, sequences: Sequence[MotSequence], step: int, runs: int
) -> dict[str, Figures]:
    """Track every sequence in every run, and score it.

    Args:
        mode: how.
        sequences: at every frame.
        step: take every so many-th frame.
        runs: how many; 0 for a single one that is not jittered.
    """
    found: dict[str, list[tuple[float, ...]]] = {}
    for seed in range(max(runs, 1)):
        together = Totals()
        for sequence in sequences:
            shaken = (sequence.jittered(seed) if runs else sequence).every(step)
            totals = count(shaken, mode(shaken))
            together += totals
            found.setdefault(sequence.name, []).append(_figures(totals))
        found.setdefault(TOGETHER, []).append(_figures(together))
    return {name: np.array(figures) for name, figures in found.items()}


def _figures(totals: Totals) -> tuple[float, ...]:
    figures = score("", totals)
    return figures.hota, figures.mota, figures.idf1, figures.switches


def lines(name: str, step: int, found: dict[str, Figures]) -> Iterator[str]:
    """One line for each sequence."""
    for sequence, figures in found.items():
        mean, spread = figures.mean(axis=0), figures.std(axis=0)
        pairs = " ".join(f"{mean[i]:6.2f} {spread[i]:4.2f}" for i in range(3))
        yield f"{sequence:<22} {name:<20} {step:5} {pairs} {mean[3]:5.0f}"


def main(arguments: Iterable[str] | None = None) -> None:
    """Print a line for each mode, step and sequence as soon as it is known."""
    parser, every = argparse.ArgumentParser(description=__doc__), {**MODES, **PEERS}
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mode", action="append", choices=every)
    parser.add_argument("--sequence", action="append", help="begins of names; all")
    parser.add_argument("--every", default="1")
    parser.add_argument("--runs", type=int, default=5, help="0: one, not jittered")
    options = parser.parse_args(None if arguments is None else list(arguments))
    begins = tuple(options.sequence or ("",))
    folders = [p.parent for p in sorted(options.folder.glob("*/seqinfo.ini"))]
    sequences = [read_sequence(f) for f in folders if f.name.startswith(begins)]
    print(HEAD)
    for name in options.mode or MODES:
        for step in map(int, options.every.split(",")):
            found = measure(every[name], sequences, step, options.runs)
            print(*lines(name, step, found), sep="\n", flush=True)


if __name__ == "__main__":
    main()
