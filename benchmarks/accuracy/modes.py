"""Ways to track a sequence; a new one is one more row."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count

from avio_cli.detections import Tracks
from avio_cli.vision.refine.refine import refine
from avio_cli.vision.refine.settings import MODES as REFINEMENTS
from avio_cli.vision.trackers.lagged import LaggedTracker, LagSettings
from avio_cli.vision.trackers.registry import build_tracker
from benchmarks.accuracy.ablations import ablations
from benchmarks.accuracy.sequences import Sequence

Mode = Callable[[Sequence], list[Tracks]]
"""Tracks a whole sequence: one `Tracks` a frame."""


def online(name: str, options: Mapping[str, str], sequence: Sequence) -> list[Tracks]:
    """Track frame by frame; each frame's tracks are final at once."""
    tracker = build_tracker(name, options, sequence.rate)
    return [
        tracker.update(found, float(index / sequence.rate))
        for index, found in enumerate(sequence.detections)
    ]


def lagging(name: str, lag: int, sequence: Sequence) -> list[Tracks]:
    """Track with knowledge of the next frames."""
    tracker = build_tracker(name, {}, sequence.rate)
    lagged = LaggedTracker(tracker, sequence.rate, LagSettings(lag=lag))
    times = (float(index / sequence.rate) for index in count())
    return list(lagged.all(zip(sequence.detections, times, strict=False)))


def refined(name: str, mode: str, sequence: Sequence) -> list[Tracks]:
    """Track the whole sequence at once: a consensus of runs of a tracker."""
    frames = (
        (found, float(index / sequence.rate))
        for index, found in enumerate(sequence.detections)
    )
    make = partial(build_tracker, name, {}, sequence.rate)
    return list(refine(frames, make, sequence.rate, REFINEMENTS[mode]))


MODES: dict[str, Mode] = {
    "bytetrack": partial(online, "bytetrack", {}),
    "bytetrack 0.9": partial(online, "bytetrack", {"match_thresh": "0.9"}),
    "bytetrack + camera": partial(online, "bytetrack", {"camera_motion": "boxes"}),
    "bytetrack-reference": partial(online, "bytetrack-reference", {}),
    "steadytrack": partial(online, "steadytrack", {}),
    "steadytrack, no camera": partial(online, "steadytrack", {"camera_motion": "off"}),
    **{
        f"steadytrack lag {lag}": partial(lagging, "steadytrack", lag)
        for lag in (2, 5, 15)
    },
    "bytetrack lag 5": partial(lagging, "bytetrack", 5),
    "bytetrack refine fast": partial(refined, "bytetrack", "fast"),
    "bytetrack refine best": partial(refined, "bytetrack", "best"),
    "steadytrack refine fast": partial(refined, "steadytrack", "fast"),
    "steadytrack refine best": partial(refined, "steadytrack", "best"),
    **ablations(online),
}
