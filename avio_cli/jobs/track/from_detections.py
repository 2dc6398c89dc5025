"""Track a file of detections alone: no video, no model."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.jobs.track.course import RunCourse
from avio_cli.jobs.track.job_checks import (
    read_files,
    refuse_inputs,
    refuse_uncounted,
    written_files,
)
from avio_cli.jobs.track.job_parts import DetectorOptions
from avio_cli.jobs.track.progress import TrackProgress
from avio_cli.jobs.track.resuming.run_files import only_writer
from avio_cli.jobs.track.summary import TrackSummary, course_of
from avio_cli.jobs.track.trackers.choice import make_tracker, tracks_of_all
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.number_text import parse_fraction
from avio_cli.progress import Progress
from avio_cli.records.detections import (
    RecordedDetections,
    choose_detections,
    read_detections,
    warn_of_absent,
)
from avio_cli.records.entry import FrameRecord, VideoInfo, as_recorded
from avio_cli.records.formats import check_records, plan_records
from avio_cli.records.writer import open_records
from avio_cli.seen_ids import SeenIds
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.zones import LineOrZone
from avio_cli.vision.trackers.registry import birth_score

RATE = Fraction(30)
"""Frames a second assumed for a file of detections; it declares none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionFileJob:
    """Everything that a run without a video needs."""

    detections: Path
    """A MOT-format file; every frame from 1 to its last is tracked."""
    detector: DetectorOptions = field(default_factory=DetectorOptions)
    """Which of them are kept."""
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    stride: int = 1
    """Take the detections of every Nth frame, predict between."""
    zones: tuple[LineOrZone, ...] = ()
    records: tuple[str, ...] = ()
    records_format: str = ""
    force: bool = False

    def __post_init__(self) -> None:
        refuse_uncounted(self.zones, self.detector.classes)

    @property
    def formats(self) -> tuple[str, ...]:
        """One format for all records, or none."""
        return (self.records_format,) if self.records_format else ()

    @property
    def inputs(self) -> tuple[MediaUrl, ...]:
        """What is read."""
        return read_files(None, [self.detections])

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The files that are written."""
        return written_files(self.records)

    @property
    def rate(self) -> Fraction:
        """Frames a second, as far as the user says it."""
        named = self.tracker.options.get("frame_rate", "")
        return parse_fraction(named) if named else RATE


def track_detection_file(
    job: DetectionFileJob, on_progress: Callable[[Progress], None] | None = None
) -> TrackSummary:
    """Track the detections of a file.

    Raises:
        AvioError: the file or an option is wrong, or records cannot be written.
    """
    start = time.monotonic()
    refuse_inputs(job.records, job.inputs)
    least = birth_score(job.tracker.name, job.tracker.options, RATE)
    tracker, rate = make_tracker(job.tracker, job.rate, job.stride), job.rate
    if job.tracker.needs_image:
        raise UsageError(
            "--camera-motion image needs an INPUT, whose frames it compares"
        )
    if job.tracker.reid:
        raise UsageError("--reid needs an INPUT, whose frames it looks at")
    kept = _chosen(job)
    detections = RecordedDetections(kept)
    frames = (
        (detections.at(index + 1), float(index / rate))
        for index in range(detections.last)
    )
    tracked = tracks_of_all(tracker, frames, job.stride)
    ids, counter, course = _track(job, tracked, detections.last, on_progress)
    best = (float(found.scores.max(initial=0.0)) for found in kept.values())
    return TrackSummary(
        detections.last,
        sum(map(len, kept.values())),
        len(ids),
        time.monotonic() - start,
        detector=str(job.detections),
        tracker=job.tracker.title,
        counts=counter.counts(),
        best_score=max(best, default=0.0),
        birth_score=least,
        **course_of(course, ()),
    )


def _chosen(job: DetectionFileJob) -> Mapping[int, Detections]:
    found, choice = read_detections(job.detections).frames, job.detector
    counted = [name for zone in job.zones for name in zone.rule.classes]
    warn_of_absent(found, [*choice.classes, *counted])
    return choose_detections(found, choice.classes, choice.confidence)


def _track(
    job: DetectionFileJob,
    tracked: Iterable[Tracks],
    last: int,
    on_progress: Callable[[Progress], None] | None,
) -> tuple[SeenIds, CrossingCounter, RunCourse]:
    """Count and record every frame; returns the ids."""
    ids, course = SeenIds(), RunCourse()
    counter = CrossingCounter(job.zones)
    video = VideoInfo(job.detections.name, 0, 0, job.rate)
    with ExitStack() as stack:
        planned = plan_records(job.records, job.formats)
        check_records(planned, force=job.force)
        stack.enter_context(only_writer(planned))
        records = open_records(job.records, job.formats, video=video, force=job.force)
        stack.callback(records.close)
        for number, found in enumerate(tracked, 1):
            exact, tracks = (number - 1) / job.rate, as_recorded(found)
            seconds = float(exact)
            rows = zip(tracks.ids.tolist(), tracks.classes.tolist(), strict=True)
            course.add(len(tracks), [c for i, c in rows if ids.add(i)])
            events = [c.as_record() for c in counter.update(tracks, exact)]
            time_ = round(seconds, 6)
            zones = counter.zones_now()
            happened = (events, None, zones)
            records.put(FrameRecord(number, number - 1, time_, tracks, *happened))
            if on_progress is not None:
                total = float(last / job.rate)
                figures = {"alive": len(tracks), "track_ids": len(ids)}
                on_progress(TrackProgress(number, seconds, total, **figures))
        records.finish()
        records.done()
    return ids, counter, course
