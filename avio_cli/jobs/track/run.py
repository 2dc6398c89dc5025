"""The tracking run: detection ahead in parallel, then one frame after the other."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import islice

from avio_cli.decode.acceleration import AccelerationRequest, choose_decoder
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.detections import Detections
from avio_cli.encode.ending import special_ending
from avio_cli.encode.prepare import read_damage
from avio_cli.encode.settings import check_range
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.time_order import describe_moved
from avio_cli.jobs.track.checkpoint import Checkpoint, CheckpointWriter, checkpoint_path
from avio_cli.jobs.track.detection_source import DetectionSource, open_detection_source
from avio_cli.jobs.track.job import MOTION, TrackJob
from avio_cli.jobs.track.outputs import (
    make_drawer,
    open_display,
    open_encoder,
    open_results,
    reader_settings,
    reserve_output,
)
from avio_cli.jobs.track.progress import ProgressReporter, RunTotals
from avio_cli.jobs.track.result_files import load_detections, most_frames
from avio_cli.jobs.track.resume import ResumeState, load_resume_state, run_fingerprint
from avio_cli.jobs.track.summary import StageTimes, TrackSummary
from avio_cli.media.frame import Frame
from avio_cli.pipeline import apply_steps, read_ahead
from avio_cli.progress import DownloadProgress, Progress, no_download_progress
from avio_cli.records.formats import check_records
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.trackers.registry import build_tracker
from avio_cli.vision.trackers.step import TrackingStep

LOG = logging.getLogger("avio.track")
AHEAD = 8
"""Frames read before a detector asks for them."""
DEFAULT_RATE = Fraction(30)
"""Frames a second where the source declares none."""


def track(
    job: TrackJob,
    on_progress: Callable[[Progress], None] | None = None,
    on_download: DownloadProgress = no_download_progress,
) -> TrackSummary:
    """Run the whole job.

    Raises:
        AvioError: it failed. Records are kept as far as they were written; an
            incomplete video is not.
    """
    job = replace(job, source=with_known_jumps(job.source))
    check_range(job.start, job.end, job.source.info)
    with ExitStack() as stack:
        return _Run(job, stack, on_download).run(on_progress)


class _Run:
    """One run: everything that is open while it lasts."""

    def __init__(
        self, job: TrackJob, stack: ExitStack, on_download: DownloadProgress
    ) -> None:
        self.job, self.stack = job, stack
        self.video = select_video(job.source.info, 0)
        self.times = StageTimes()
        self.tally = RunTotals()
        # Check all that can be checked before a model is loaded or downloaded.
        rate = nominal_rate(self.video) or DEFAULT_RATE
        self.tracker = build_tracker(job.tracker.name, job.tracker.options, rate)
        check_records(job.planned, force=job.force, resume=job.resume)
        request = AccelerationRequest(wanted=job.hwaccel, source=job.source)
        self.hardware = choose_decoder(Capabilities(job.source.ffmpeg), request)
        output = reserve_output(job, stack)
        self.display = open_display(job, stack)
        self.source: DetectionSource = open_detection_source(
            job.detector,
            self.video,
            job.stride,
            partial(load_detections, last=most_frames(job.source.info)),
            on_download,
        )
        stack.callback(self.source.close)
        self.tracking = TrackingStep(self.tracker, job.stride)
        names = self.source.class_names
        self.counter = CrossingCounter(job.zones, class_names=names)
        self.asked = run_fingerprint(job, self.source.fingerprint)
        self.done = self._find_resumption()
        resume_after = self.done.frames if job.resume else None
        self.results = stack.enter_context(open_results(job, names, resume_after))
        self.checkpoint = CheckpointWriter(
            checkpoint_path(job.planned), self._checkpoint
        )
        if not self.done.checkpoints:
            self.checkpoint.frame_done()  # records without a checkpoint are complete
        self.encoder = open_encoder(job, output, stack)
        self.drawer = make_drawer(job, names, self.counter)
        for callback in job.callbacks:
            stack.callback(callback.close)
        LOG.info("detecting with %s", self.source.title)

    def run(self, on_progress: Callable[[Progress], None] | None) -> TrackSummary:
        """Send all frames through, then complete the results."""
        job = self.job
        ending = special_ending(job.source, self.video, job.end)
        opened = MediaReader(job.source, self._reading(), ending=ending)
        reader = self.stack.enter_context(opened)
        report = ProgressReporter(job, self.tally, on_progress)
        with closing(read_ahead(self._numbered(reader), AHEAD)) as frames:
            self._replay(frames)
            with closing(self.source.detect(frames)) as detected:
                for frame, detections in self.times.waiting("detect", detected):
                    self._process_frame(frame, detections)
                    self.checkpoint.frame_done()
                    report(frame)
                    if self._should_stop():
                        return self._summary("")
        damage = self._complete(reader)
        if reader.reordered:
            LOG.warning("%s", describe_moved(reader.reordered))
        if self.encoder is not None:
            with self.times.stage("encode"):
                self.encoder.finish()
        self.checkpoint.all_done()
        return self._summary(damage)

    def _should_stop(self) -> bool:
        """Whether the window was closed and nothing is written."""
        closed = self.display is not None and self.display.closed
        return closed and not self.job.has_file_output

    def _find_resumption(self) -> ResumeState:
        done = load_resume_state(self.job, self.asked, self.source.class_names)
        if done.frames and self.source.is_stateful:
            LOG.warning("%s has to read the video again from its start", MOTION)
            return ResumeState()
        return done

    def _numbered(self, reader: MediaReader) -> Iterator[Frame]:
        """Number frames as if the run had started with the first one."""
        skipped = 0 if self.job.needs_full_frames else self.done.frames
        for frame in reader:
            frame.index += skipped
            yield frame

    def _replay(self, frames: Iterator[Frame]) -> None:
        """Draw the done frames again, and restore the state after them."""
        if self.job.needs_full_frames:
            for frame in self.done.replay(islice(frames, self.done.frames)):
                self.counter(frame)
                self._show(frame)
        for checkpoint in self.done.checkpoints:
            self.tracker.restore(checkpoint.tracker)
            self.counter.restore(checkpoint.counter)
            self.tally.frames, self.tally.pts = checkpoint.frames, checkpoint.pts
            self.tally.detections = checkpoint.detections
            self.tally.ids.update(checkpoint.ids)

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            self.asked,
            self.tally.frames,
            self.tally.pts,
            self.tally.detections,
            sorted(self.tally.ids),
            self.tracker.state(),
            self.counter.state(),
        )

    def _process_frame(self, frame: Frame, detections: Detections) -> None:
        with self.times.stage("track"):
            self.tracking.track(frame, detections)
            self.counter(frame)
        self.tally.add(frame, len(detections))
        with self.times.stage("record"):
            events = self.counter.events(frame.index)
            self.results.write(frame, detections, events)
        if self.job.needs_full_frames:
            self._show(frame)

    def _show(self, frame: Frame) -> None:
        if self.drawer is not None:
            with self.times.stage("draw"):
                self.drawer(frame)
        with self.times.stage("callback"):
            result = apply_steps(frame, self.job.callbacks)
        if result is None:
            return
        if self.encoder is not None:
            with self.times.stage("encode"):
                self.encoder.write(result)
        if self.display is not None:
            with self.times.stage("display"):
                self.display.show(result)

    def _reading(self) -> ReaderSettings:
        job, start = self.job, self.job.start
        if not job.needs_full_frames:
            start = self.done.start(start, job.source, self.video.time_base)
        return reader_settings(job, self.source.view, self.hardware, start)

    def _complete(self, reader: MediaReader) -> str:
        damage = read_damage(reader, self.job.source)
        if damage and not self.job.allow_damaged:
            # The records stay: they contain what was readable.
            raise DamagedInputError(
                damage, hint="--allow-damaged keeps what can be decoded"
            )
        if damage:
            LOG.warning("%s", damage)
        return damage

    def _summary(self, damage: str) -> TrackSummary:
        return TrackSummary(
            self.tally.frames,
            self.tally.detections,
            len(self.tally.ids),
            self.times.total,
            dict(self.times.seconds),
            self.source.title,
            self.job.tracker.name,
            self.counter.counts(),
            damage,
        )
