"""What a run has done so far, and how it is reported: progress, events, metrics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from avio_cli.closing import ClosedOnExit, closed_on_error
from avio_cli.decode.live.health import Health
from avio_cli.detections import Detections
from avio_cli.encode.live.feed import Feed
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.track.course import RunCourse
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.outputs import Output
from avio_cli.live_page.page import LivePage
from avio_cli.media.frame import Frame
from avio_cli.monitoring.monitor import RunMonitor
from avio_cli.output.parts.parts import Parts
from avio_cli.progress import Progress
from avio_cli.seen_ids import SeenIds
from avio_cli.vision.counting.crossings import CrossingCounter

LEAST_GAP = Fraction(1, 2)
"""Seconds between two frames of a live source from which on some may be missing."""


@dataclass(slots=True)
class RunTotals:
    """Counted frame by frame."""

    frames: int = 0
    """The number of the last one; some before it may have been dropped."""
    seen: int = 0
    """Frames of a live source that were tracked."""
    pts: int = 0
    """Of the last frame."""
    detections: int = 0
    ids: SeenIds = field(default_factory=SeenIds)
    """Seen so far."""
    course: RunCourse = field(default_factory=RunCourse)
    """Tracks alive, and their classes."""
    alive: int = 0
    """Tracks in the last frame."""
    best_score: float = 0.0
    """Of all detections since the run started or was resumed."""
    usual_gap: Fraction | None = None
    """Seconds between two frames of a live source that are none lost; None: of others
    a gap is not noted."""
    gap: float | None = None
    """Before the last frame, as of `FrameRecord`."""
    health: Health | None = None
    """Of a live source: an interruption is a gap however short it is."""
    _last: Fraction | None = None

    @classmethod
    def of(cls, source: MediaSource, feed: Feed | None) -> "RunTotals":
        """The totals of a run that has yet to begin."""
        usual = max(4 * source.info.frame_duration, LEAST_GAP)
        health = feed.health if feed is not None else None
        return cls(usual_gap=usual if source.is_live else None, health=health)

    @property
    def tracked(self) -> int:
        """Frames that were tracked, before the run was resumed, too."""
        return self.frames if self.usual_gap is None else self.seen

    def add(self, frame: Frame, detections: Detections) -> None:
        """Count a frame that has been tracked."""
        self._note_gap(frame.time)
        self.seen += 1
        self.frames, self.pts = frame.index + 1, frame.pts
        self.detections += len(detections)
        best = float(detections.scores.max(initial=0.0))
        self.best_score = max(self.best_score, best)
        self.alive = len(frame.tracks)
        rows = zip(
            frame.tracks.ids.tolist(), frame.tracks.classes.tolist(), strict=True
        )
        self.course.add(self.alive, [c for i, c in rows if self.ids.add(i)])

    def _note_gap(self, time: Fraction) -> None:
        usual, last = self.usual_gap, self._last
        self.gap, self._last = None, time
        if usual is None or last is None:
            return
        health = self.health
        if time - last > usual or (health and health.was_interrupted(last, time)):
            self.gap = round(float(time - last), 3)


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
        live = job.source.is_live
        self._origin = None if live else job.source.origin + job.start
        self._step = job.source.info.frame_duration
        self._tally, self._on_progress = tally, on_progress

    def __call__(self, frame: Frame) -> None:
        """Report after a frame."""
        if self._on_progress is None:
            return
        if self._origin is None:
            self._origin = frame.time
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


class TrackMonitor(ClosedOnExit):
    """Watches a run for its events, metrics, and the line each minute.

    Args:
        job: whose source and options say what is wanted.

    Raises:
        AvioError: an option is not valid, a port is taken, or something is missing.
    """

    def __init__(self, job: TrackJob) -> None:
        rules = ((zone.name, zone.rule.dwell) for zone in job.zones)
        self._dwell = {name: dwell for name, dwell in rules if dwell is not None}
        if self._dwell and not (job.live.on_event or job.serve):
            raise UsageError(
                f"the dwell of zone {next(iter(self._dwell))!r} would be ignored",
                hint="--on-event or --serve gets the events; omit :dwell without",
            )
        self._wants_events = bool(job.live.on_event)
        self._counter: CrossingCounter | None = None
        self._monitor = RunMonitor(
            job.source.name,
            metrics=job.live.metrics,
            on_event=job.live.on_event,
            live=job.source.is_live,
            safe=not job.source.url.limits.network,
        )
        self.page: LivePage | None = None
        """Shows the run, if that is wanted."""
        if job.serve:
            with closed_on_error(self._monitor):
                self.page = LivePage(job.serve, self._monitor, job.source.name)

    def begin(
        self,
        counter: CrossingCounter,
        class_names: Sequence[str],
        feed: Feed | None,
        output: Output | None,
    ) -> None:
        """Say what there is to watch, before the first frame."""
        self._counter = counter
        self._monitor.name(class_names, self._dwell)
        self._monitor.watch(
            health=feed.health if feed is not None and feed.is_live else None,
            parts=output if isinstance(output, Parts) else None,
        )

    def frame(self, frame: Frame, crossings: Sequence[Mapping[str, str | int]]) -> None:
        """Take a frame with its tracks, and what the counter said of it."""
        inside = self._counter.inside() if self._dwell and self._counter else None
        self._monitor.frame(frame, crossings, inside)

    def events(self) -> dict[str, int]:
        """What became of the events; complete after `close`."""
        if not self._wants_events:
            return {}
        counts = self._monitor.events()
        return {
            "sent": counts.sent,
            "failed": counts.failed,
            "dropped": counts.dropped,
            "waiting": counts.waiting,
            "unread": counts.unread,
        }

    def close(self) -> None:
        """Send events that wait for a while, and end; safe to call twice."""
        if self.page is not None:
            self.page.close()
        self._monitor.close()
