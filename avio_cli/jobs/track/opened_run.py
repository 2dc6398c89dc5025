"""All that is open in a run: detection ahead, then one frame after the other."""

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
from avio_cli.detections import Detections
from avio_cli.encode.live.reading import OneReading
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
from avio_cli.jobs.track.page_frames import PageFrames
from avio_cli.jobs.track.progress import ProgressReporter, RunTotals, TrackMonitor
from avio_cli.jobs.track.result_files import load_detections, most_frames
from avio_cli.jobs.track.resuming.fingerprint import run_fingerprint
from avio_cli.jobs.track.resuming.resume import (
    is_output_finished,
    load_resume_state,
    usable_state,
)
from avio_cli.jobs.track.resuming.run_files import only_writer
from avio_cli.jobs.track.resuming.run_state import RunState
from avio_cli.jobs.track.shards.detecting import (
    ShardedDetections,
    Shards,
    detect_all_sharded,
    refuse_unsharded,
)
from avio_cli.jobs.track.shards.ray_segments import open_site
from avio_cli.jobs.track.summary import StageTimes, TrackSummary, course_of
from avio_cli.jobs.track.trackers.appearance import open_appearance, stored_looks
from avio_cli.jobs.track.trackers.choice import make_tracker
from avio_cli.jobs.track.trackers.refined import RefinedTracker
from avio_cli.jobs.track.tracking import tracking_of
from avio_cli.media.frame import Frame
from avio_cli.pipeline import read_ahead
from avio_cli.progress import DownloadProgress, Progress
from avio_cli.records.entry import Happenings, as_recorded
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.trackers.registry import birth_score

LOG = logging.getLogger("avio.track")
DEFAULT_RATE = Fraction(30)
"""Frames a second where the source declares none."""


class OpenedRun:
    """One run: everything that is open while it lasts."""

    def __init__(
        self, job: TrackJob, stack: ExitStack, on_download: DownloadProgress
    ) -> None:
        self.job, self.stack = job, stack
        self.video = select_video(job.source.info, 0)
        self.damage, self.times, self.feed = "", StageTimes(), open_feed(job)
        self.tally = RunTotals.of(job.source, self.feed)
        # Check all that can be checked before a model is loaded or downloaded.
        rate = nominal_rate(self.video) or DEFAULT_RATE
        self.tracker = make_tracker(job.tracker, rate, job.stride)
        refinement.refuse_what_cannot_be_refined(job)
        self.birth_score = birth_score(job.tracker.name, job.tracker.options, rate)
        reading.refuse_impossible(job)
        refuse_unsharded(job)
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
        self.output = output
        if not self.nothing_left:
            self._open_outputs(names)
        for callback in job.callbacks:
            stack.callback(callback.close)
        LOG.info("detecting with %s", self.source.title)

    def _open_outputs(self, class_names: tuple[str, ...]) -> None:
        job = self.job
        self.site = open_site(job, self.source.fingerprint, self.stack)
        if not self.done.complete:
            if not self.done.checkpoints:
                self.state.write()  # records without a checkpoint may be anything
            point = self.done.point if job.resume else None
            results = open_results(job, class_names, point, self.counter)
            self.state.results = self.stack.enter_context(results)
        self.encoder = open_encoder(job, self.output, self.feed, self.stack)
        self.shown.encoder, self.shown.crops = self.encoder, open_crops(job, self.stack)
        self.shown.drawer = make_drawer(job, class_names, self.counter)
        if (page := self.monitor.page) is not None:
            self.shown.page = PageFrames(page, job, self.video, class_names)
        self.monitor.begin(self.counter, class_names, self.feed, self.output)

    def frames(self, on_progress: Callable[[Progress], None] | None = None) -> Detected:
        """Send all frames through, each to the receiver too; complete the results."""
        job = self.job
        if self.nothing_left:
            self._restore()
            return
        if self.kept is not None:
            self._detect_first(self.kept, on_progress)
        elif job.shards:
            self.source = self._sharded()
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
        times, embedder, damage = self.times, self.model.embedder, ""
        if job.shards:
            detect_all_sharded(job, kept, self.hardware, self.site)
        else:
            # Whatever the damage: the second pass meets it too, and leaves records of
            # what could be read.
            whole = replace(job, allow_damaged=True)
            damage = refinement.detect_all(
                whole, self.source, kept, self.hardware, times, on_progress, embedder
            )
        refinement.refuse_other_source(job, kept, self.state.asked)
        if isinstance(self.tracker, RefinedTracker):
            self.tracker.start(kept.frames(), stored_looks(kept), kept.length)
        self.source = refinement.ReplayedDetections(self.source, kept, job, damage)

    def _sharded(self) -> ShardedDetections:
        """What is detected in segments, of all frames that are not done."""
        job, first = self.job, self.done.frames
        start = self.done.start(job.start, job.source, self.video.time_base)
        shards = Shards(job, self.hardware, start, first, self.site)
        self.stack.callback(shards.close)
        looks = job.received or job.tracker.needs_image
        return ShardedDetections(self.source, shards, keeps_view=looks)

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
            self.tally.add(frame, detections)
            if self.tally.gap is not None:
                self.counter.gap()
            self.counter(frame)
        with self.times.stage("record"):
            events = self.counter.events(frame.index)
            found = Happenings(events, self.tally.gap, self.counter.zones_now())
            self.state.results.write(frame, detections, found)
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
        settings = reading.reader_settings(job, view, hardware, start, full=full)
        tap = None if self.shown.page is None else self.shown.page.tap
        return replace(settings, packets=tap)

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
            **course_of(self.tally.course, self.source.class_names),
            events=self.monitor.events(),
            video=None if self.job.live.segment else self.job.output,
        )
