"""The tracking run: detection ahead in parallel, then one frame after the other."""

import logging
from collections.abc import Callable, Generator, Iterator
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
from avio_cli.encode.live.reading import OneReading
from avio_cli.encode.settings import check_range
from avio_cli.encode.video_params import nominal_rate
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.time_order import describe_moved
from avio_cli.jobs.track import reading, refinement
from avio_cli.jobs.track.crops.files import open_crops
from avio_cli.jobs.track.detection_source import (
    Detected,
    DetectionSource,
    open_detection_source,
)
from avio_cli.jobs.track.fingerprint import run_fingerprint
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.kept_detections import KeptDetections
from avio_cli.jobs.track.outputs import (
    ShownFrames,
    make_drawer,
    open_display,
    open_encoder,
    open_feed,
    open_reader,
    open_results,
    reserve_output,
)
from avio_cli.jobs.track.progress import ProgressReporter, RunTotals, TrackMonitor
from avio_cli.jobs.track.result_files import load_detections, most_frames
from avio_cli.jobs.track.resume import (
    is_output_finished,
    load_resume_state,
    usable_state,
)
from avio_cli.jobs.track.run_files import only_writer
from avio_cli.jobs.track.run_state import RunState
from avio_cli.jobs.track.summary import StageTimes, TrackSummary
from avio_cli.jobs.track.trackers.appearance import open_appearance, stored_looks
from avio_cli.jobs.track.trackers.choice import make_tracker
from avio_cli.jobs.track.trackers.refined import RefinedTracker
from avio_cli.jobs.track.tracking import tracking_of
from avio_cli.media.frame import Frame
from avio_cli.pipeline import read_ahead
from avio_cli.progress import DownloadProgress, Progress, no_download_progress
from avio_cli.records.entry import as_recorded
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.trackers.registry import birth_score

LOG = logging.getLogger("avio.track")
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
    with ExitStack() as stack:
        run = _open(job, stack, on_download)
        for _ in run.frames(on_progress):
            pass
        return run.summary()


def tracked_frames(
    job: TrackJob, on_download: DownloadProgress = no_download_progress
) -> Generator[tuple[Frame, Detections, tuple[str, ...]], None, None]:
    """Run the job frame by frame, as the receiver asks for them.

    Yields:
        A frame with its tracks, its detections, and the names of their classes.

    Raises:
        AvioError: as `track`.
    """
    with ExitStack() as stack:
        run = _open(replace(job, received=True), stack, on_download)
        names = run.source.class_names
        with closing(run.frames()) as frames:
            for frame, detections in frames:
                yield frame, detections, names


def _open(job: TrackJob, stack: ExitStack, on_download: DownloadProgress) -> "_Run":
    job = replace(job, source=with_known_jumps(job.source))
    check_range(job.start, job.end, job.source.info)
    return _Run(job, stack, on_download)


class _Run:
    """One run: everything that is open while it lasts."""

    def __init__(
        self, job: TrackJob, stack: ExitStack, on_download: DownloadProgress
    ) -> None:
        self.job, self.stack = job, stack
        self.video = select_video(job.source.info, 0)
        self.damage, self.times = "", StageTimes()
        self.tally = RunTotals.of(job.source)
        # Check all that can be checked before a model is loaded or downloaded.
        rate = nominal_rate(self.video) or DEFAULT_RATE
        self.tracker = make_tracker(job.tracker, rate, job.stride)
        refinement.refuse_what_cannot_be_refined(job)
        self.birth_score = birth_score(job.tracker.name, job.tracker.options, rate)
        reading.refuse_impossible(job)
        self.monitor = stack.enter_context(TrackMonitor(job))
        request = AccelerationRequest(wanted=job.hwaccel, source=job.source)
        self.hardware = choose_decoder(Capabilities(job.source.ffmpeg), request)
        stack.enter_context(only_writer(job.planned))
        finished = is_output_finished(job)
        output = None if finished else reserve_output(job, stack)
        self.display = open_display(job, stack)
        self.shown = ShownFrames(job.callbacks, self.times, self.display)
        self.source: DetectionSource = open_detection_source(
            job.fitting_detector,
            self.video,
            job.stride,
            partial(load_detections, last=most_frames(job.source.info)),
            on_download,
        )
        stack.callback(self.source.close)
        model = self.model = open_appearance(job, self.video, on_download, stack)
        view, names = self.source.view, self.source.class_names
        self.tracking = tracking_of(job, self.tracker, self.video, view, model)
        self.counter = CrossingCounter(job.zones, class_names=names)
        self.state = RunState(job, self.tally, self.tracker, self.counter)
        made_by = (self.source.fingerprint, model.fingerprint)
        self.state.asked = run_fingerprint(job, *made_by)
        stored = load_resume_state(job, self.state.asked, names)
        done = usable_state(job, stored, self.source, finished=finished)
        self.kept, self.done = refinement.keep_detections(
            *(job, self.state.asked, done),
            resume=bool(stored.checkpoints),
            length=model.length,
        )
        if self.kept is not None:
            stack.enter_context(self.kept)
        self.nothing_left = self.done.leaves_nothing(job, finished=finished)
        if finished and not self.nothing_left:
            output = reserve_output(job, stack)
        self.output, self.feed = output, open_feed(job)
        if not self.nothing_left:
            self._open_outputs(names)
        for callback in job.callbacks:
            stack.callback(callback.close)
        LOG.info("detecting with %s", self.source.title)

    def _open_outputs(self, class_names: tuple[str, ...]) -> None:
        job = self.job
        if not self.done.complete:
            if not self.done.checkpoints:
                self.state.write()  # records without a checkpoint may be anything
            point = self.done.point if job.resume else None
            results = open_results(job, class_names, point, self.counter)
            self.state.results = self.stack.enter_context(results)
        self.encoder = open_encoder(job, self.output, self.feed, self.stack)
        self.shown.encoder, self.shown.crops = self.encoder, open_crops(job, self.stack)
        self.shown.drawer = make_drawer(job, class_names, self.counter)
        self.monitor.begin(self.counter, class_names, self.feed, self.output)

    def frames(self, on_progress: Callable[[Progress], None] | None = None) -> Detected:
        """Send all frames through, each to the receiver too; complete the results."""
        job = self.job
        if self.nothing_left:
            self._restore()
            return
        if self.kept is not None:
            self._detect_first(self.kept, on_progress)
        reader = open_reader(job, self.feed, self._reading(), self.stack)
        report = ProgressReporter(job, self.tally, on_progress)
        skipped = 0 if job.needs_full_frames else self.done.frames
        with closing(
            read_ahead(reading.numbered(reader, skipped), reading.ahead(job))
        ) as frames:
            self._replay(frames)
            with closing(self.source.detect(frames)) as detected:
                found = self.times.waiting("detect", detected)
                for frame, detections in self.tracking.follow(found, self.times):
                    self._process_frame(frame, detections)
                    self.state.frame_done()
                    report(frame)
                    yield frame, detections
                    if self._is_left():
                        if not job.has_file_output:
                            return
                        break
        self._complete(reader)

    def _complete(self, reader: MediaReader | OneReading) -> None:
        """Complete all results: the source has been read."""
        job = self.job
        if isinstance(reader, OneReading) and self._is_left():
            reader.stop()
        self.damage = reading.complete_reading(reader, job)
        if self.feed is not None and (lost := self.feed.summary()):
            LOG.warning("%s: %s", job.source.name, lost)
        if self.kept is not None and not self.damage:
            refinement.refuse_other_length(self.kept, self.tally.frames)
        if reader.reordered:
            LOG.warning("%s", describe_moved(reader.reordered))
        self.state.records_done()
        if self.encoder is not None:
            with self.times.stage("encode"):
                self.encoder.finish(self.state.output_done)
        if self.kept is not None:
            self.kept.remove()
        self.monitor.close()

    def _detect_first(
        self, kept: KeptDetections, on_progress: Callable[[Progress], None] | None
    ) -> None:
        """Detect in all frames, and give the tracker what was found."""
        job = self.job
        times, embedder = self.times, self.model.embedder
        refinement.detect_all(
            job, self.source, kept, self.hardware, times, on_progress, embedder
        )
        refinement.refuse_other_source(job, kept, self.state.asked)
        if isinstance(self.tracker, RefinedTracker):
            self.tracker.start(kept.frames(), stored_looks(kept), kept.length)
        self.source = refinement.ReplayedDetections(self.source, kept, job)

    def _is_left(self) -> bool:
        """Whether the window was closed, and with it the run; a file is read on."""
        closed = self.display is not None and self.display.closed
        return closed and (self.job.source.is_live or not self.job.has_file_output)

    def _replay(self, frames: Iterator[Frame]) -> None:
        """Draw the done frames again, and restore the state after them."""
        if self.job.needs_full_frames:
            for frame in self.done.replay(islice(frames, self.done.frames)):
                self.counter(frame)
                self.shown(frame)
        self._restore()

    def _restore(self) -> None:
        for checkpoint in self.done.checkpoints:
            self.state.restore(checkpoint)

    def _process_frame(self, frame: Frame, detections: Detections) -> None:
        with self.times.stage("track"):
            frame.tracks = as_recorded(frame.tracks)
            self.counter(frame)
        self.tally.add(frame, detections)
        with self.times.stage("record"):
            events = self.counter.events(frame.index)
            self.state.results.write(frame, detections, events, self.tally.gap)
        self.monitor.frame(frame, events)
        if self.job.needs_full_frames:
            self.shown(frame, detections)
        if self.feed is not None:
            self.feed.processed(frame)

    def _reading(self) -> ReaderSettings:
        job, start = self.job, self.job.start
        if not job.needs_full_frames:
            start = self.done.start(start, job.source, self.video.time_base)
        full = job.looks_at_frames and not job.tracker.refine
        view, hardware = self.source.view, self.hardware
        return reading.reader_settings(job, view, hardware, start, full=full)

    def summary(self) -> TrackSummary:
        """What has been done so far."""
        return TrackSummary(
            self.tally.tracked,
            self.tally.detections,
            len(self.tally.ids),
            self.times.total,
            dict(self.times.seconds),
            self.source.title,
            self.job.tracker.title,
            self.counter.counts(),
            self.damage,
            already_complete=self.nothing_left,
            best_score=self.tally.best_score,
            birth_score=self.birth_score,
            live=self.feed.losses() if self.feed else {},
            losses=self.feed.summary() if self.feed else "",
            events=self.monitor.events(),
        )
