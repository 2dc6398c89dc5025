"""Results and timing of a run, for users and for ``--stats``."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from avio_cli.jobs.track.course import RunCourse
from avio_cli.pages.notebook import result_html
from avio_cli.vision.counting.tally import Count, class_name

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


def course_of(course: RunCourse, names: Sequence[str]) -> dict[str, Any]:
    """What a summary says of the tracks of a run, by the names of its fields.

    Args:
        course: of the run.
        names: of the classes.
    """
    classes = {class_name(names, n): count for n, count in course.classes.most_common()}
    return {"classes": classes, "alive": course.alive, "most_alive": course.most}


def _in_and_out(count: Count) -> str:
    """All crossings, and by class where there are several."""
    total = f"{count.entered} in, {count.left} out"
    classes = [f"{name}: {n} in, {m} out" for name, (n, m) in count.classes.items()]
    return f"{total} ({'; '.join(classes)})" if len(classes) > 1 else total


def _stays(count: Count) -> str:
    """How long tracks were in a zone, and how many at once; empty if none was."""
    if not count.dwell:
        return ""
    longest = max(count.dwell, key=lambda track: track.seconds)
    mean = sum(float(track.seconds) for track in count.dwell) / len(count.dwell)
    return (
        f"; {mean:.1f} s on average, {float(longest.seconds):.1f} s at most "
        f"(id {longest.id}); {count.occupancy.most} at once at most, "
        f"{count.occupancy.mean:.1f} on average"
    )


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
    already_complete: bool = False
    """Whether an earlier run had done all."""
    best_score: float = 0.0
    """Of all detections."""
    birth_score: float = 0.0
    """From which a detection may start a track."""
    live: Mapping[str, Any] = field(default_factory=dict)
    """What was lost of a live source, as JSON types."""
    losses: str = ""
    """The same for people; empty where nothing was lost."""
    classes: Mapping[str, int] = field(default_factory=dict)
    """Track ids by the class that they were first seen as."""
    alive: tuple[float, ...] = ()
    """Tracks in a frame, on average over each of up to 64 parts of the run."""
    most_alive: int = 0
    """Tracks in a frame at most."""
    events: Mapping[str, int] = field(default_factory=dict)
    """How many were sent, failed, dropped, wait, or are unread; empty: none wanted."""
    page: Path | None = None
    """The page that was made of it."""
    video: Path | None = None
    """The annotated video; None where there is none, or it is in parts."""

    def _repr_html_(self) -> str:
        """The result in a notebook: its page or its video, below the summary."""
        return result_html(self.lines(), self.page, self.video)

    @property
    def hint(self) -> str:
        """Why there may be no track although something was detected; empty if not."""
        if self.track_ids or not self.detections or not self.best_score:
            return ""  # without a score, an earlier run had done all
        if self.best_score >= self.birth_score and "frames long" in self.tracker:
            return "no track was kept: none is as long as --min-length asks"
        if self.best_score >= self.birth_score and "refined" in self.tracker:
            return "no track was kept: each has fewer boxes than a refined track needs"
        if self.best_score >= self.birth_score:
            return "no track began: nothing was detected in two successive frames alike"
        return (
            f"no track began: the best score is {self.best_score:.2g}, and a track "
            f"begins at {self.birth_score:.2g} (--tracker-option new_thresh=SCORE)"
        )

    @property
    def fps(self) -> float:
        """Frames a second over the whole run."""
        if self.already_complete or not self.seconds:
            return 0.0
        return self.frames / self.seconds

    def lines(self) -> Iterator[str]:
        """The summary as lines of text."""
        yield f"frames      {self.frames} in {self.seconds:.1f} s ({self.fps:.1f} fps)"
        yield f"detections  {self.detections} by {self.detector}"
        yield f"track ids   {self.track_ids} by {self.tracker}"
        if self.hint:
            yield f"hint        {self.hint}"
        if self.losses:
            yield f"lost        {self.losses}"
        if self.events:
            counted = (f"{number} {name}" for name, number in self.events.items())
            yield f"events      {', '.join(counted)}"
        if self.stages and self.frames:
            each = (
                f"{name} {1000 * seconds / self.frames:.2f}"
                for name, seconds in self.stages.items()
            )
            yield f"ms a frame  {', '.join(each)}"
        for count in self.counts:
            yield f"{count.kind:<11} {count.name}: {_in_and_out(count)}{_stays(count)}"

    def as_record(self) -> dict[str, Any]:
        """The summary as JSON types."""
        return {
            "frames": self.frames,
            "seconds": round(self.seconds, 3),
            "fps": round(self.fps, 2),
            "detections": self.detections,
            "identities": self.track_ids,
            "classes": dict(self.classes),
            "most_alive": self.most_alive,
            "detector": self.detector,
            "tracker": self.tracker,
            **({"hint": self.hint} if self.hint else {}),
            "stages": {name: round(s, 4) for name, s in self.stages.items()},
            "peak_memory_bytes": peak_memory(),
            **({"live": dict(self.live)} if self.live else {}),
            **({"events": dict(self.events)} if self.events else {}),
            "counts": [count.as_record() for count in self.counts],
        }
