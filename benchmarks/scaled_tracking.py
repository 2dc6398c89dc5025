"""Scores of tracking end to end, with a detector at several input sizes.

    python -m benchmarks.scaled_tracking VIDEO SEQUENCE [VIDEO SEQUENCE …]
        --model FILE [--sizes 416x320,640x480] [--mode NAME]

VIDEO is that of SEQUENCE, a folder in MOTChallenge format. A mode that is better at
one size may be worse at the next: printed is each, and the mean and the standard
deviation over the sizes. Each size is detected once, by ``avio track``.
"""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from avio_cli import api
from avio_cli.evaluation.score import score
from avio_cli.records.detections import read_detections
from benchmarks.accuracy.modes import MODES
from benchmarks.accuracy.sequences import Sequence, count, read_sequence

KEPT = ("person",)
SIZES = "320x256,416x320,512x384,640x480,768x576"
CHOSEN = (
    *("bytetrack", "steadytrack", "bytetrack lag 5", "steadytrack lag 5"),
    *("bytetrack refine best", "steadytrack refine best"),
)


def detected(video: Path, folder: Path, model: str, size: str) -> Sequence:
    """The sequence of a folder, with what a model finds in its video.

    Args:
        video: the video.
        folder: its ground truth.
        model: of the detector.
        size: width and height of its input, such as ``416x320``.
    """
    width, height = map(int, size.split("x"))
    with TemporaryDirectory() as place:
        file = Path(place) / "found.txt"
        how = {"model": model, "classes": KEPT, "input_size": (width, height)}
        api.track(video, save_detections=file, **how)  # type: ignore[call-overload]
        found = read_detections(file)
    truth = read_sequence(folder)
    rate = api.probe(video).videos[0].average_rate
    every = tuple(found.at(number + 1) for number in range(len(truth.detections)))
    return replace(truth, rate=rate or truth.rate, detections=every)


def lines(
    pairs: Iterable[tuple[Path, Path]],
    model: str,
    sizes: Iterable[str],
    modes: Iterable[str],
) -> Iterator[str]:
    """A line for each video, mode and size, and one for each mode."""
    yield f"{'video':<16} {'mode':<24} {'input':<9}  HOTA   MOTA   IDF1"
    for video, folder in pairs:
        sequences = {size: detected(video, folder, model, size) for size in sizes}
        for mode in modes:
            rows = []
            for size, sequence in sequences.items():
                found = score("", count(sequence, MODES[mode](sequence)))
                rows.append((found.hota, found.mota, found.idf1))
                yield _line(video.name, mode, size, rows[-1])
            table = np.array(rows)
            yield _line(video.name, mode, "mean", table.mean(axis=0))
            yield _line(video.name, mode, "±", table.std(axis=0))


def _line(video: str, mode: str, size: str, figures: Iterable[float]) -> str:
    return f"{video:<16} {mode:<24} {size:<9}" + "".join(f"{x:7.2f}" for x in figures)


def main(arguments: Iterable[str] | None = None) -> None:
    """Print the lines as soon as they are known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="+", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--mode", action="append", choices=MODES)
    options = parser.parse_args(None if arguments is None else list(arguments))
    if len(options.pairs) % 2:
        parser.error("each VIDEO needs its SEQUENCE")
    pairs = zip(options.pairs[::2], options.pairs[1::2], strict=True)
    sizes, modes = options.sizes.split(","), options.mode or CHOSEN
    for line in lines(pairs, options.model, sizes, modes):
        print(line, flush=True)


if __name__ == "__main__":
    main()
