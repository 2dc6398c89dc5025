"""What a run has done so far, and how it is reported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from avio_cli.jobs.track.job import TrackJob
from avio_cli.media.frame import Frame
from avio_cli.progress import Progress


@dataclass(slots=True)
class RunTotals:
    """Counted frame by frame."""

    frames: int = 0
    pts: int = 0
    """Of the last frame."""
    detections: int = 0
    ids: set[int] = field(default_factory=set)
    """Seen so far."""
    alive: int = 0
    """Tracks in the last frame."""

    def add(self, frame: Frame, detections: int) -> None:
        """Count a frame that has been tracked."""
        self.frames, self.pts = frame.index + 1, frame.pts
        self.detections += detections
        self.ids.update(frame.tracks.ids.tolist())
        self.alive = len(frame.tracks)


@dataclass(frozen=True, slots=True)
class TrackProgress(Progress):
    """Progress of a tracking run."""

    alive: int = 0
    track_ids: int = 0

    @property
    def details(self) -> Mapping[str, int]:
        """Tracks in the last frame, and different ids so far."""
        return {"alive": self.alive, "ids": self.track_ids}


class ProgressReporter:
    """Report the progress of a run.

    Args:
        job: its settings.
        tally: its totals; read with each frame.
        on_progress: called with the progress; None for none.
    """

    def __init__(
        self,
        job: TrackJob,
        tally: RunTotals,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        end = job.end if job.end is not None else job.source.info.duration
        self._total = None if end is None else float(end - job.start)
        self._origin = job.source.origin + job.start
        self._step = job.source.info.frame_duration
        self._tally, self._on_progress = tally, on_progress

    def __call__(self, frame: Frame) -> None:
        """Report after a frame."""
        if self._on_progress is None:
            return
        seconds = float(frame.time + self._step - self._origin)
        alive, ids = self._tally.alive, len(self._tally.ids)
        self._on_progress(
            TrackProgress(
                frame.index + 1,
                seconds,
                self._total,
                alive=alive,
                track_ids=ids,
            )
        )
