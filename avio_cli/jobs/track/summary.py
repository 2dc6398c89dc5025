"""Results and timing of a run, for users and for ``--stats``."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from avio_cli.vision.counting.tally import Count

Item = TypeVar("Item")


@dataclass(slots=True)
class StageTimes:
    """Seconds by stage, of the thread that drives the run."""

    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - start)

    def waiting(self, name: str, items: Iterator[Item]) -> Iterator[Item]:
        """Iterate, and add the time waited for each item to a stage."""
        while True:
            start = time.perf_counter()
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self.add(name, time.perf_counter() - start)
            yield item

    def add(self, name: str, seconds: float) -> None:
        """Add time to a stage."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    @property
    def total(self) -> float:
        """Seconds since the run started."""
        return time.monotonic() - self.started


def peak_memory() -> int | None:
    """Peak resident memory of this process in bytes, without children.

    None where the system does not report it, such as Windows.
    """
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@dataclass(frozen=True, slots=True)
class TrackSummary:
    """Summary of a run."""

    frames: int
    detections: int
    track_ids: int
    """Different ids seen."""
    seconds: float
    """Of wall-clock time."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds by stage, of the thread that drives the run."""
    detector: str = ""
    tracker: str = ""
    counts: tuple[Count, ...] = ()
    damage: str = ""

    @property
    def fps(self) -> float:
        """Frames a second over the whole run."""
        return self.frames / self.seconds if self.seconds else 0.0

    def lines(self) -> Iterator[str]:
        """The summary as lines of text."""
        yield f"frames      {self.frames} in {self.seconds:.1f} s ({self.fps:.1f} fps)"
        yield f"detections  {self.detections} by {self.detector}"
        yield f"track ids   {self.track_ids} by {self.tracker}"
        if self.stages and self.frames:
            each = (
                f"{name} {1000 * seconds / self.frames:.2f}"
                for name, seconds in self.stages.items()
            )
            yield f"ms a frame  {', '.join(each)}"
        for count in self.counts:
            yield (
                f"{count.kind:<11} {count.name}: {count.entered} in, {count.left} out"
            )

    def as_record(self) -> dict[str, Any]:
        """The summary as JSON types."""
        return {
            "frames": self.frames,
            "seconds": round(self.seconds, 3),
            "fps": round(self.fps, 2),
            "detections": self.detections,
            "identities": self.track_ids,
            "detector": self.detector,
            "tracker": self.tracker,
            "stages": {name: round(s, 4) for name, s in self.stages.items()},
            "peak_memory_bytes": peak_memory(),
            "counts": [count.as_record() for count in self.counts],
        }
