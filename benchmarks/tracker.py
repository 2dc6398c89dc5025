"""Time a frame of tracking takes, and how that compares with roboflow `trackers`.

    python benchmarks/tracker.py [--frames N] [--tracker NAME]

Drawn scenes: boxes of 30 to 90 pixels' height drift through 1920x1080, are missed now
and then, and score lower while another covers them. Printed is the median over all
frames, detections already in memory. Where the package `trackers` is installed (PyPI;
it brings OpenCV, SciPy and supervision), its ByteTrack runs on the same detections.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import numpy as np

from avio_cli.detections import Detections
from avio_cli.vision.trackers import build_tracker

RATE = 30
WIDTH, HEIGHT = 1920, 1080


def drawn_scene(count: int, frames: int) -> list[Detections]:
    """Detections of objects that drift, wrap around at the edges and cover others."""
    random = np.random.default_rng(count)
    heights = random.uniform(30, 90, count)
    sizes = np.stack((heights / 2, heights), axis=1)
    places = random.uniform((0, 0), (WIDTH, HEIGHT), (count, 2))
    speeds = random.normal(0, 2, (count, 2))
    return [
        _detect((places + frame * speeds) % (WIDTH, HEIGHT), sizes, random)
        for frame in range(frames)
    ]


def _detect(
    places: np.ndarray, sizes: np.ndarray, random: np.random.Generator
) -> Detections:
    seen = random.random(len(places)) > 0.03
    shaken = places + random.normal(0, 0.02, places.shape) * sizes
    corners = np.concatenate((shaken - sizes / 2, shaken + sizes / 2), axis=1)
    scores = np.clip(random.normal(0.8, 0.15, len(places)), 0.05, 1)
    order = np.argsort(-scores)
    rows = order[seen[order]]
    return Detections(
        corners[rows].astype(np.float32),
        scores[rows].astype(np.float32),
        np.zeros(len(rows), np.int64),
    )


def median_milliseconds(step: Callable[[int], object], frames: int) -> float:
    """Median time of a step, in milliseconds."""
    times = []
    for frame in range(frames):
        begin = time.perf_counter()
        step(frame)
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e3


def ours(scene: Sequence[Detections], name: str) -> float:
    """Milliseconds a frame of avio's tracker of that name."""
    tracker = build_tracker(name, {}, Fraction(RATE))
    return median_milliseconds(
        lambda frame: tracker.update(scene[frame], frame / RATE), len(scene)
    )


def roboflow(scene: Sequence[Detections]) -> float:
    """Milliseconds a frame of ByteTrack in `trackers`."""
    import supervision
    from trackers import ByteTrackTracker

    tracker = ByteTrackTracker()
    inputs = [
        supervision.Detections(
            xyxy=found.boxes, confidence=found.scores, class_id=found.classes
        )
        for found in scene
    ]
    return median_milliseconds(lambda frame: tracker.update(inputs[frame]), len(scene))


def main(arguments: Iterable[str] | None = None) -> None:
    """Print one line for each number of objects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--tracker", default="bytetrack")
    options = parser.parse_args(None if arguments is None else list(arguments))
    peer = importlib.util.find_spec("trackers") is not None
    print(f"objects  {options.tracker}" + ("  trackers  ratio" if peer else ""))
    for count in (7, 100, 1000):
        scene = drawn_scene(count, options.frames)
        taken = ours(scene, options.tracker)
        line = f"{count:7}  {taken:{len(options.tracker) - 3}.3f} ms"
        if peer:
            theirs = roboflow(scene)
            line += f"  {theirs:5.2f} ms  {theirs / taken:5.1f}"
        print(line)


if __name__ == "__main__":
    main()
