"""Detections of a run whose segments are detected side by side.

Others detect, one segment each: children here, or tasks of a Ray cluster. The run
takes what they find in the order of the frames, so everything behind the detector sees
what it would see without them.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction

from avio_cli.closing import ClosedOnExit
from avio_cli.errors import InputError, UsageError
from avio_cli.jobs.track.detection_source import Detected, DetectionSource
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.job_parts import MOTION
from avio_cli.jobs.track.kept_detections import Kept, KeptDetections
from avio_cli.jobs.track.refinement import after_kept
from avio_cli.jobs.track.shards.ray_segments import RaySite
from avio_cli.jobs.track.shards.segments import (
    ShardTask,
    is_searchable,
    open_segment,
    plan_segments,
    segment_path,
)
from avio_cli.jobs.track.shards.workers import LocalSegments, SegmentWorkers
from avio_cli.media.frame import Frame
from avio_cli.temporary import TemporaryFolder


def refuse_unsharded(job: TrackJob) -> None:
    """Refuse what cannot be detected in segments.

    Raises:
        UsageError: names the option.
    """
    if not job.shards:
        if job.ray is not None:
            raise UsageError(
                "--ray needs --shards: segments are what a cluster detects",
                hint="--shards N, at least as many as can run at a time; avio batch "
                "--ray spreads many files",
            )
        return
    choice = job.detector
    if choice.model == MOTION or choice.detections is not None:
        what = "--detections need no model" if choice.detections else "motion"
        raise UsageError(
            f"--shards does not go with {what}"
            + ("" if choice.detections else ": it needs the frames in order")
        )
    if job.tracker.refine and job.tracker.reid:
        raise UsageError("--shards does not go with --refine and --reid together")
    if not job.source.url.limits.network:  # its bounds are for ffmpeg, not for models
        raise UsageError("--shards does not go with --safe")
    if job.source.is_live or not job.source.can_reopen:
        raise UsageError(f"--shards needs a file: {job.source.name} is read only once")


class Shards(ClosedOnExit):
    """The segments of a run, and what is found in them.

    Args:
        job: the run.
        hardware: its hardware decoder; empty: software.
        start: where to begin, in seconds after the source's start.
        first: the index of the frame there.
        site: the cluster that detects; None: children do.

    Raises:
        AvioError: the source cannot be divided.
    """

    def __init__(
        self,
        job: TrackJob,
        hardware: str,
        start: Fraction,
        first: int,
        site: RaySite | None,
    ) -> None:
        self.segments = plan_segments(
            job.source, start, job.end, first=first, count=job.shards
        )
        cores = os.cpu_count() or 1
        parallel = min(len(self.segments), cores)
        self._stride, self._through = job.stride, not is_searchable(job.source)
        self.complete = True
        """Whether nothing of the segments so far was damaged."""
        self._folder = TemporaryFolder()
        if site is None:
            alone = _alone(job, max(cores // parallel, 1), network=False)
        else:  # a node may lack the model that is here
            alone = _alone(job, site.workers, network=job.fitting_detector.network)
        task = ShardTask(alone, hardware, self.segments, self._through)
        self._workers: SegmentWorkers = (
            LocalSegments(task, self._folder.path, parallel)
            if site is None
            else site.begin(task, self._folder.path)
        )

    def frames(self) -> Generator[Kept, None, None]:
        """Yield the detections of each frame in order, as they are known.

        Raises:
            AvioError: detecting failed, or has counted other frames than there are.
        """
        known = self.segments[0].first
        for segment in self.segments:
            self._workers.wait(segment)
            # Who seeks counts from the packets before: of what is to be detected with
            # a stride, that must be right.
            if known != segment.first and self._stride > 1 and not self._through:
                raise InputError(
                    "shards count other frames than the run", hint=_WITHOUT
                )
            with open_segment(
                segment_path(self._folder.path, segment), segment
            ) as kept:
                yield from map(kept.at, range(len(kept)))
                known += len(kept)
                self.complete = self.complete and kept.complete
                kept.remove()

    def close(self) -> None:
        """End all that detects; safe to call twice."""
        self._workers.close()
        self._folder.close()


def _alone(job: TrackJob, workers: int, *, network: bool) -> TrackJob:
    """What detects a segment is given: detection only, whatever the damage."""
    workers = job.detector.workers or workers
    return replace(
        job,
        detector=replace(job.fitting_detector, workers=workers, network=network),
        ray=None,
        output=None,
        records=(),
        save_detections=None,
        overlay=None,
        crops=None,
        callbacks=(),
        display=False,
        received=False,
        pixel_format="",
        resume=False,
        allow_damaged=True,
    )


class ShardedDetections:
    """What is detected in segments, for the frames of the run.

    Args:
        source: what would detect here; it is closed.
        shards: the segments; closed with this.
        keeps_view: whether somebody looks at the detector's view of the frames.
    """

    is_stateful = False

    def __init__(
        self, source: DetectionSource, shards: Shards, *, keeps_view: bool
    ) -> None:
        source.close()
        self.title, self.fingerprint = source.title, source.fingerprint
        self.class_names = source.class_names
        self.view = source.view if keeps_view else None
        self._shards = shards

    def detect(self, frames: Iterator[Frame]) -> Detected:
        """Yield the frames in order with their detections.

        Raises:
            InputError: the segments have other frames.
        """
        with closing(self._shards.frames()) as known:
            for frame in frames:
                kept = next(known, None)
                if kept is None or kept.pts != frame.pts:
                    raise _other_frames(frame)
                yield frame, kept.detections

    def close(self) -> None:
        """End all that detects."""
        self._shards.close()


def detect_all_sharded(
    job: TrackJob, kept: KeptDetections, hardware: str, site: RaySite | None
) -> None:
    """The first pass of a refined run: keep what is detected in segments.

    Args:
        job: the run.
        kept: where detections are kept.
        hardware: the hardware decoder; empty: software.
        site: the cluster that detects; None: children do.

    Raises:
        AvioError: detecting failed.
    """
    if kept.complete:
        return
    start = after_kept(job, kept)
    with Shards(job, hardware, start, len(kept), site) as shards:
        for found in shards.frames():
            kept.append(found.pts, found.seconds, found.detections)
    if shards.complete:  # else another run may find more
        kept.finish()


_WITHOUT = "omit --shards: this source is not the same wherever reading begins"


def _other_frames(frame: Frame) -> InputError:
    where = f"{float(frame.seconds):.3f} s"
    return InputError(f"shards have read other frames at {where}", hint=_WITHOUT)
