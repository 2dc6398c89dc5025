"""Measure each installed runtime on this machine, with this video and model."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import islice
from statistics import median
from typing import Any, TypeVar

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.detections import Detections
from avio_cli.errors import AvioError, InputError, UsageError
from avio_cli.jobs.track.detection_source import ModelDetections
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.job_parts import MOTION
from avio_cli.jobs.track.model_choice import select_model
from avio_cli.media.frame import Frame
from avio_cli.vision.runtimes.registry import RUNTIMES, find_runtime
from avio_cli.vision.runtimes.runtime_info import RuntimeKind
from avio_cli.vision.trackers.registry import build_tracker

FRAMES = 150
"""Of the video, from the start of the run: kept in memory as detector views."""
ALONE = 30
"""Of them, to measure each stage."""
STAGES = ("prepare", "infer", "boxes", "track")
WARM_UP = 4
"""Frames before the measurement: the first ones of a session take longer."""
RATE = Fraction(30)
MARGIN = 1.1
"""How much faster a runtime must be to be recommended: measurements differ by less."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Measured:
    """One runtime's figures, or why it has none."""

    runtime: str
    title: str = ""
    """Model, version, device, sessions."""
    frames_per_second: float = 0.0
    """Detection alone, all sessions running."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds a frame, with one session alone: see `_stages`."""
    detections: float = 0.0
    """Detections a frame."""
    problem: str = ""
    """Why it cannot be measured."""

    def as_record(self) -> dict[str, Any]:
        """The figures as JSON types."""
        if self.problem:
            return {"runtime": self.runtime, "problem": self.problem}
        return {
            "runtime": self.runtime,
            "title": self.title,
            "frames_per_second": round(self.frames_per_second, 2),
            "stages_ms": {name: round(ms, 3) for name, ms in self.stages.items()},
            "detections_a_frame": round(self.detections, 2),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of all runtimes."""

    reading: float
    """Frames a second of reading alone."""
    runtimes: tuple[Measured, ...]
    usual: str | None = None
    """The runtime that ``--runtime auto`` takes; empty where there is none, None where
    one was named."""

    @property
    def recommended(self) -> str | None:
        """What to give to ``--runtime``; ``auto`` where no other is clearly faster.

        None where a runtime was named: then nothing was compared.
        """
        speeds = self._speeds()
        if self.usual is None or not speeds:
            return None
        best = max(speeds, key=lambda name: speeds[name])
        usual = speeds.get(self.usual, 0.0)  # nothing, where it failed
        return best if speeds[best] > MARGIN * usual else "auto"

    def _speeds(self) -> dict[str, float]:
        able = [row for row in self.runtimes if not row.problem]
        return {row.runtime: row.frames_per_second for row in able}

    def as_record(self) -> dict[str, Any]:
        """The figures as JSON types."""
        return {
            "reading_frames_per_second": round(self.reading, 2),
            "runtimes": [row.as_record() for row in self.runtimes],
            "recommended": self.recommended,
        }

    def lines(self) -> Iterator[str]:
        """The figures as lines of text, aligned."""
        yield f"reading alone: {self.reading:.0f} frames/s"
        yield f"{'':<11}frames/s   ms a frame: {'  '.join(f'{s:>7}' for s in STAGES)}"
        for row in self.runtimes:
            if row.problem:
                yield f"{row.runtime:<10} {row.problem}"
                continue
            stages = "  ".join(f"{row.stages[name]:7.2f}" for name in STAGES)
            yield f"{row.runtime:<10}{row.frames_per_second:9.1f}{'':15}{stages}"
            yield f"{'':<11}{row.title}, {row.detections:.1f} boxes a frame"
        yield from self._advice()

    def _advice(self) -> Iterator[str]:
        speeds, best = self._speeds(), self.recommended
        if best is None:
            return
        if best == "auto":
            if len(speeds) > 1:
                yield f"--runtime auto takes {self.usual}: no other is clearly faster"
        elif self.usual in speeds:
            times = speeds[best] / speeds[self.usual]
            yield f"recommended: --runtime {best}, {times:.2f} times as fast as " + (
                f"{self.usual}, which --runtime auto takes"
            )
        else:
            taken = f"takes {self.usual}, which fails" if self.usual else "finds none"
            yield f"recommended: --runtime {best}: --runtime auto {taken}"


def bench(
    job: TrackJob, on_runtime: Callable[[str], None] = lambda name: None
) -> Comparison:
    """Measure the runtimes, one after the other.

    Args:
        job: its detector names the model; its outputs are not written.
        on_runtime: called with the name of each at its start.

    Raises:
        UsageError: the job detects without a model, or looks at images, or there is
            no such runtime.
        AvioError: none of them can run the model on the video.
    """
    if job.detector.detections is not None or job.detector.model == MOTION:
        raise UsageError("--bench measures models", hint="name one with --model")
    if job.tracker.needs_image:
        raise UsageError(
            "--camera-motion image does not go with --bench: no image is compared",
            hint="--camera-motion boxes does",
        )
    reading, measured, failures = 0.0, [], []
    for kind in _kinds(job.detector.runtime):
        on_runtime(kind.name)
        try:
            figures, reading = _measure(job, kind, reading)
        except AvioError as error:
            failures.append(error)
            hint = f"; {error.hint}" if error.hint else ""
            figures = Measured(kind.name, problem=f"{error.message}{hint}")
        measured.append(figures)
    if failures and all(row.problem for row in measured):
        raise failures[0]
    return Comparison(reading, tuple(measured), _usual(job))


def _usual(job: TrackJob) -> str | None:
    """The runtime that a run would have: see `Comparison`."""
    if job.detector.runtime != "auto":
        return None
    with contextlib.suppress(AvioError):
        return select_model(job.fitting_detector).kind.name
    return ""


def _kinds(name: str) -> tuple[RuntimeKind, ...]:
    return tuple(RUNTIMES.values()) if name == "auto" else (find_runtime(name),)


def _measure(
    job: TrackJob, kind: RuntimeKind, reading: float
) -> tuple[Measured, float]:
    if not kind.installed:
        return Measured(kind.name, problem=f"not installed: {kind.install}"), reading
    choice = replace(job.fitting_detector, runtime=kind.name)
    source = ModelDetections(choice, select_video(job.source.info, 0), 1)
    try:
        frames, reading = _read(job, source)
        return _figures(job, kind.name, source, frames), reading
    finally:
        source.close()


def _read(job: TrackJob, source: ModelDetections) -> tuple[list[Frame], float]:
    settings = ReaderSettings(
        view=source.view, view_only=True, start=job.start, end=job.end
    )
    with MediaReader(job.source, settings) as reader:
        seconds, frames = _timed(lambda: list(islice(reader, FRAMES)))
    if not frames:
        raise InputError(f"{job.source.name} has no frames to measure with")
    return frames, len(frames) / seconds


def _figures(
    job: TrackJob, name: str, source: ModelDetections, frames: Sequence[Frame]
) -> Measured:
    for _ in source.detect(iter(frames[:WARM_UP])):
        pass
    seconds, results = _timed(lambda: list(source.detect(iter(frames))))
    detections = [boxes for _, boxes in results]
    return Measured(
        name,
        source.title,
        len(frames) / seconds,
        {**_stages(source, frames), "track": _tracking(job, detections)},
        sum(map(len, detections)) / len(frames),
    )


def _stages(source: ModelDetections, frames: Sequence[Frame]) -> dict[str, float]:
    """Median milliseconds: preprocessing, inference, decoding of boxes.

    Where the model takes pixels, its preprocessing is a part of inference.
    """
    taken: dict[str, list[float]] = {"prepare": [], "infer": [], "boxes": []}
    with closing(source.open_one()) as detector:
        for frame in frames[:ALONE]:
            prepare, batch = _timed(partial(detector.prepared, frame.view))
            infer, output = _timed(partial(detector.infer, batch))
            boxes, _ = _timed(partial(detector.decode, output, frame))
            for name, seconds in zip(taken, (prepare, infer, boxes), strict=True):
                taken[name].append(seconds)
    return {name: 1000 * median(seconds) for name, seconds in taken.items()}


def _tracking(job: TrackJob, detected: Sequence[Detections]) -> float:
    """Median milliseconds of the tracker for one frame."""
    tracker = build_tracker(job.tracker.name, job.tracker.options, RATE)
    taken = [
        _timed(partial(tracker.update, detections, float(number / RATE)))[0]
        for number, detections in enumerate(detected)
    ]
    return 1000 * median(taken)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result
