"""CPU time a frame of tracking takes, and how that compares with roboflow `trackers`.

    python benchmarks/tracker.py [--frames N] [--runs N] [--tracker NAME]
        [--option KEY=VALUE] [--objects N,N]

Generated scenes: boxes 30 to 90 pixels high drift through 1920x1080, are missed now
and then, and some score low. Detections are in memory. Each frame's time is the least
of several runs, so that other work on the machine counts little; printed is the median
over the frames. Where the package `trackers` is installed (PyPI; `make bench`
installs it), its ByteTrack runs on the same detections.
"""

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial

import numpy as np

from avio_cli.detections import Detections
from avio_cli.vision.trackers.registry import build_tracker

RATE = 30
WIDTH, HEIGHT = 1920, 1080


def generated_scene(count: int, frames: int) -> list[Detections]:
    """Detections of objects that drift, wrap around at the edges and cover others."""
    random = np.random.default_rng(count)
    heights = random.uniform(30, 90, count)
    sizes = np.stack((heights / 2, heights), axis=1)
    centres = random.uniform((0, 0), (WIDTH, HEIGHT), (count, 2))
    speeds = random.normal(0, 2, (count, 2))
    return [
        _detect((centres + frame * speeds) % (WIDTH, HEIGHT), sizes, random)
        for frame in range(frames)
    ]


def _detect(
    centres: np.ndarray, sizes: np.ndarray, random: np.random.Generator
) -> Detections:
    seen = random.random(len(centres)) > 0.03
    shaken = centres + random.normal(0, 0.02, centres.shape) * sizes
    corners = np.concatenate((shaken - sizes / 2, shaken + sizes / 2), axis=1)
    scores = np.clip(random.normal(0.8, 0.15, len(centres)), 0.05, 1)
    order = np.argsort(-scores)
    rows = order[seen[order]]
    return Detections(
        corners[rows].astype(np.float32),
        scores[rows].astype(np.float32),
        np.zeros(len(rows), np.int64),
    )


Update = Callable[[int], object]
"""Tracks the frame of that number."""


def milliseconds(start: Callable[[], Update], frames: int, runs: int) -> float:
    """Median time of a frame, each frame's time being the least of all runs."""
    least = np.full(frames, np.inf)
    for _ in range(runs):
        update = start()
        for frame in range(frames):
            begin = time.process_time()
            update(frame)
            least[frame] = min(least[frame], time.process_time() - begin)
    return float(np.median(least)) * 1e3


def ours(scene: Sequence[Detections], name: str, settings: dict[str, str]) -> Update:
    """Start avio's tracker of that name."""
    tracker = build_tracker(name, settings, Fraction(RATE))
    return lambda frame: tracker.update(scene[frame], frame / RATE)


def roboflow(scene: Sequence[Detections]) -> Update:
    """Start ByteTrack of `trackers`."""
    import supervision
    from trackers import ByteTrackTracker

    tracker = ByteTrackTracker()
    inputs = [
        supervision.Detections(
            xyxy=detections.boxes,
            confidence=detections.scores,
            class_id=detections.classes,
        )
        for detections in scene
    ]
    return lambda frame: tracker.update(inputs[frame])


def main(arguments: Iterable[str] | None = None) -> None:
    """Print one line for each number of objects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tracker", default="bytetrack")
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("--objects", default="7,30,100,300,1000")
    options = parser.parse_args(None if arguments is None else list(arguments))
    peer = importlib.util.find_spec("trackers") is not None
    print(f"objects  {options.tracker}" + ("  trackers  ratio" if peer else ""))
    settings = dict(text.partition("=")[::2] for text in options.option)
    for count in map(int, options.objects.split(",")):
        scene = generated_scene(count, options.frames)
        sizes = (options.frames, options.runs)
        taken = milliseconds(partial(ours, scene, options.tracker, settings), *sizes)
        line = f"{count:7}  {taken:{len(options.tracker) - 3}.3f} ms"
        if peer:
            theirs = milliseconds(partial(roboflow, scene), *sizes)
            line += f"  {theirs:5.2f} ms  {theirs / taken:5.1f}"
        print(line)


if __name__ == "__main__":
    main()
