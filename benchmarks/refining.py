"""CPU time a frame of refined tracking takes, and how memory grows with the length.

    python -m benchmarks.refining [--tracker NAME] [--mode fast|best] [--objects N,N]
        [--frames N] [--runs N]

Generated scenes, as in `benchmarks.tracker`. Printed is the least of several runs, of
all threads together, and the largest resident memory until then: with more frames than
a block it stays.
"""

import argparse
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from itertools import cycle, islice

from avio_cli.detections import Detections
from avio_cli.jobs.track.summary import peak_memory
from avio_cli.vision.refine.refine import refine
from avio_cli.vision.refine.settings import MODES
from avio_cli.vision.trackers.registry import TRACKERS, build_tracker
from benchmarks.tracker import generated_scene

RATE = Fraction(30)
SCENE = 300
"""Frames generated; a longer video shows them again, forward and backward."""


def there_and_back(objects: int, frames: int) -> Iterator[tuple[Detections, float]]:
    """Detections and times of a video of any length."""
    scene = generated_scene(objects, min(frames, SCENE))
    endless = cycle([*scene, *scene[::-1]])
    for number, found in enumerate(islice(endless, frames)):
        yield found, float(number / RATE)


def milliseconds(tracker: str, mode: str, objects: int, frames: int) -> float:
    """CPU time a frame."""
    make = partial(build_tracker, tracker, {}, RATE)
    source = there_and_back(objects, frames)
    first = next(source)  # generates the scene

    def whole() -> Iterator[tuple[Detections, float]]:
        yield first
        yield from source

    start = time.process_time()
    for _ in refine(whole(), make, RATE, MODES[mode]):
        pass
    return 1000 * (time.process_time() - start) / frames


def main(arguments: Iterable[str] | None = None) -> None:
    """Print one line for each number of objects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracker", default="bytetrack", choices=TRACKERS)
    parser.add_argument("--mode", default="best", choices=MODES)
    parser.add_argument("--objects", default="30,300")
    parser.add_argument("--frames", type=int, default=SCENE)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(None if arguments is None else list(arguments))
    print(f"objects  {options.tracker}, {options.mode}  peak memory")
    for objects in map(int, options.objects.split(",")):
        taken = min(
            milliseconds(options.tracker, options.mode, objects, options.frames)
            for _ in range(options.runs)
        )
        memory = (peak_memory() or 0) / 1e6
        print(f"{objects:7}  {taken:.2f} ms a frame  {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
