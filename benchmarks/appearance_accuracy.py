"""What a model of appearance is worth: HOTA, MOTA and IDF1 with and without it.

    python -m benchmarks.appearance_accuracy VIDEO SEQUENCE --model DETECTOR
        --reid MODEL [--sizes 416x320,384x288] [--gap 5] [--refine]

VIDEO is the video of a SEQUENCE in MOTChallenge format. The detector runs once for each
size of its input: between those the boxes differ a little, and with them who is taken
for whom. The table has the mean and the standard deviation
over the sizes, and the milliseconds of CPU time that avio takes a frame without the
detector and ffmpeg.
"""

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import avio_cli
from avio_cli.detections import Tracks
from avio_cli.evaluation.score import score
from avio_cli.records.reader import read_tracks
from benchmarks.accuracy.sequences import Sequence, count, read_sequence

SIZES = "416x320,384x288,448x352,480x352,512x384"
HEAD = f"{'mode':<30}   HOTA    ±   MOTA    ±   IDF1    ±  IDSW  ms"
WAYS: dict[str, dict[str, Any]] = {
    f"{tracker}{name}": {"tracker": tracker, **keywords}
    for tracker in ("bytetrack", "steadytrack")
    for name, keywords in (
        ("", {}),
        (" lag 5", {"lag": 5}),
        (" refine best", {"refine": "best"}),
    )
}


@dataclass(frozen=True, slots=True)
class Run:
    """Tracks one video; its tracks are scored."""

    video: Path
    sequence: Sequence
    folder: Path
    """Where records may be written."""
    detections: dict[str, Path] = field(default_factory=dict)
    """By input size."""

    def detect(self, size: str, model: str) -> None:
        """Detect in all frames, at one size of the model's input."""
        width, height = map(int, size.split("x"))
        file = self.folder / f"{size}.txt"
        avio_cli.track(
            self.video,
            model=model,
            classes=["person"],
            input_size=(width, height),
            save_detections=file,
        )
        self.detections[size] = file

    def figures(self, size: str, keywords: dict[str, Any]) -> tuple[float, ...]:
        """HOTA, MOTA, IDF1, switches, and milliseconds of CPU time a frame."""
        records = self.folder / "tracks.jsonl"
        found, start = self.detections[size], time.process_time()
        result = avio_cli.track(
            self.video, detections=found, records=records, force=True, **keywords
        )
        each = 1000 * (time.process_time() - start) / max(result.frames, 1)
        recorded = read_tracks(records)
        numbers = range(1, len(self.sequence.detections) + 1)
        tracks: list[Tracks] = [recorded.at(number) for number in numbers]
        totals = score("", count(self.sequence, tracks))
        return totals.hota, totals.mota, totals.idf1, totals.switches, each


def ways(
    model: str, gap: float, *, refine: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every way to track, without appearance and with it."""
    for name, keywords in WAYS.items():
        if "refine" in keywords and not refine:
            continue
        yield name, keywords
        yield f"{name} + reid", {**keywords, "reid": model}
        if "refine" not in keywords:
            late = {**keywords, "reid": model, "reid_gap": gap}
            yield f"{name} + gap {gap:g}", late


def main(arguments: Iterable[str] | None = None) -> None:
    """Print a line for each way as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("sequence", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--reid", required=True)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--gap", type=float, default=5.0)
    parser.add_argument("--refine", action="store_true", help="refined runs, too")
    options = parser.parse_args(None if arguments is None else list(arguments))
    sizes = options.sizes.split(",")
    with tempfile.TemporaryDirectory() as folder:
        run = Run(options.video, read_sequence(options.sequence), Path(folder))
        for size in sizes:
            run.detect(size, options.model)
        print(HEAD)
        for name, keywords in ways(options.reid, options.gap, refine=options.refine):
            table = np.array([run.figures(size, keywords) for size in sizes])
            mean, spread = table.mean(axis=0), table.std(axis=0)
            pairs = " ".join(f"{mean[i]:6.2f} {spread[i]:4.2f}" for i in range(3))
            print(f"{name:<30} {pairs} {mean[3]:5.1f} {mean[4]:4.1f}", flush=True)


if __name__ == "__main__":
    main()
