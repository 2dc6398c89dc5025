"""SteadyTrack and refinement with one part off at a time; a new one is one more row."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from avio_cli.detections import Tracks
from avio_cli.vision.refine.refine import refine
from avio_cli.vision.refine.settings import RefineSettings
from avio_cli.vision.trackers.registry import build_tracker
from benchmarks.accuracy.sequences import Sequence

WITHOUT: dict[str, dict[str, str]] = {
    "camera": {"camera_motion": "off"},
    "shape": {"shape_weight": "0"},
    "distance": {"distance_weight": "0", "weak_distance_weight": "0"},
    "weak scatter": {"weak_noise": "1"},
    "stiffness": {"measurement_noise": "0.05", "weak_noise": "1"},
    "steady sizes": {"size_velocity": "1"},
    "weak refinding": {"weak_buffer": "0"},
    "blend": {"detection_share": "0"},
    "early birth": {"new_thresh": "0.7"},
}
"""Options of SteadyTrack that take a part of it away."""

_BEST = RefineSettings()
REFINE_WITHOUT: dict[str, RefineSettings] = {
    "noise": replace(_BEST, box_jitter=0, score_jitter=0),
    "box noise": replace(_BEST, box_jitter=0),
    "score noise": replace(_BEST, score_jitter=0),
    "votes": replace(_BEST, runs=2),
    "trimming": replace(_BEST, share=1 / 16),
    "memory": replace(_BEST, remembered=10),
    "smoothing": replace(_BEST, sigma=0.01),
    "gap filling": replace(_BEST, short_gap=0, long_gap=0),
    "hidden gaps": replace(_BEST, long_gap=_BEST.short_gap),
    "least length": replace(_BEST, least_boxes=1),
}
"""Refinement without a part: noise, the other 14 runs, ..."""


def refined_by(settings: RefineSettings, sequence: Sequence) -> list[Tracks]:
    """Refine the runs of SteadyTrack over a sequence."""
    make = partial(build_tracker, "steadytrack", {}, sequence.rate)
    times = (float(index / sequence.rate) for index in range(len(sequence.detections)))
    frames = zip(sequence.detections, times, strict=True)
    return list(refine(frames, make, sequence.rate, settings))


def ablations(
    online: Callable[..., list[Tracks]],
) -> dict[str, Callable[[Sequence], Any]]:
    """All of them, by name.

    Args:
        online: tracks a sequence with a named tracker and its options.
    """
    single = {
        f"steady without {part}": partial(online, "steadytrack", options)
        for part, options in WITHOUT.items()
    }
    several = {
        f"refine without {part}": partial(refined_by, settings)
        for part, settings in REFINE_WITHOUT.items()
    }
    return {**single, **several}
