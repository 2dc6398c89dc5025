"""The run: frames in, detections ahead, then one frame after the other."""

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from avio_cli.acceleration import Request, choose_decoder
from avio_cli.callbacks import common_pixel_format
from avio_cli.detections import Detections
from avio_cli.errors import DamagedInputError, InputError
from avio_cli.ffmpeg.capabilities import Capabilities
from avio_cli.frame import Frame
from avio_cli.models.download import Progress as DownloadProgress
from avio_cli.models.download import no_progress
from avio_cli.pipeline import apply_steps, read_ahead
from avio_cli.sinks.encoder import CarriedSource, Encoder
from avio_cli.sinks.encoding import check_range
from avio_cli.sinks.picture import nominal_rate
from avio_cli.sinks.picture_coding import WHOLE_PICTURES
from avio_cli.sinks.places import Place, open_place
from avio_cli.sinks.records.entry import Video
from avio_cli.sinks.records.formats import check_records, plan_records
from avio_cli.sources.decoding import ReaderSettings, select_video
from avio_cli.sources.reader import MediaReader
from avio_cli.track.finders import Finder, open_finder
from avio_cli.track.job import TrackJob
from avio_cli.track.results import Results, read_found
from avio_cli.track.stages import StageTimes
from avio_cli.track.summary import TrackSummary
from avio_cli.transcode import Progress
from avio_cli.vision.counting import CrossingCounter
from avio_cli.vision.draw import Drawer
from avio_cli.vision.trackers import build_tracker
from avio_cli.vision.tracking import TrackingStep

LOG = logging.getLogger("avio.track")
AHEAD = 8
"""Frames read before a detector asks for them."""
DEFAULT_RATE = Fraction(30)
"""Frames a second where the source tells none."""


@dataclass(slots=True)
class _Tally:
    frames: int = 0
    detections: int = 0
    ids: set[int] = field(default_factory=set)


def track(
    job: TrackJob,
    on_progress: Callable[[Progress], None] | None = None,
    on_download: DownloadProgress = no_progress,
) -> TrackSummary:
    """Do the whole run.

    Raises:
        AvioError: it cannot be done. Records are kept as far as they were written; a
            video that is not complete is not.
    """
    check_range(job.start, job.end, job.info)
    with ExitStack() as stack:
        return _Run(job, stack, on_download).go(on_progress)


class _Run:
    """One run: everything that is open while it lasts."""

    def __init__(
        self, job: TrackJob, stack: ExitStack, on_download: DownloadProgress
    ) -> None:
        self.job, self.stack = job, stack
        self.video = select_video(job.info, 0)
        self.times = StageTimes()
        self.tally = _Tally()
        # What can be refused is refused before a model is loaded or downloaded.
        rate = nominal_rate(self.video) or DEFAULT_RATE
        tracker = build_tracker(job.tracker.name, job.tracker.options, rate)
        self.formats = (job.records_format,) if job.records_format else ()
        check_records(plan_records(job.records, self.formats), force=job.force)
        request = Request(wanted=job.hwaccel, address=job.address, info=job.info)
        self.hardware = choose_decoder(Capabilities(job.ffmpeg), request)
        target = self._target()
        self.finder: Finder = open_finder(
            job.detector, self.video, job.stride, read_found, on_download
        )
        stack.callback(self.finder.close)
        self.tracking = TrackingStep(tracker, job.stride)
        names = self.finder.class_names
        self.counter = CrossingCounter(job.borders, class_names=names)
        self.results = stack.enter_context(self._results())
        self.encoder = self._encoder(target)
        self.drawer = self._drawer()
        for callback in job.callbacks:
            stack.callback(callback.close)
        LOG.info("detecting with %s", self.finder.title)

    def go(self, on_progress: Callable[[Progress], None] | None) -> TrackSummary:
        """Send all frames through, then complete the results."""
        job = self.job
        reader = self.stack.enter_context(
            MediaReader(job.ffmpeg, job.address, job.info, self._reading())
        )
        report = _Reporter(job, on_progress)
        with closing(read_ahead(reader, AHEAD)) as frames:
            detected = self.finder.find(frames)
            for frame, detections in self.times.waiting("detect", iter(detected)):
                self._one(frame, detections)
                report(frame)
        damage = self._complete(reader)
        if self.encoder is not None:
            with self.times.stage("encode"):
                self.encoder.finish()
        return self._summary(damage)

    def _one(self, frame: Frame, detections: Detections) -> None:
        self.tally.frames += 1
        self.tally.detections += len(detections)
        with self.times.stage("track"):
            self.tracking.track(frame, detections)
            self.counter(frame)
        self.tally.ids.update(frame.tracks.ids.tolist())
        with self.times.stage("record"):
            events = self.counter.events(frame.index)
            self.results.write(frame, detections, events)
        if self.job.needs_picture:
            self._show(frame)

    def _show(self, frame: Frame) -> None:
        if self.drawer is not None:
            with self.times.stage("draw"):
                self.drawer(frame)
        with self.times.stage("callback"):
            result = apply_steps(frame, self.job.callbacks)
        if self.encoder is not None and result is not None:
            with self.times.stage("encode"):
                self.encoder.write(result)

    def _reading(self) -> ReaderSettings:
        job, view = self.job, self.finder.view
        pixel_format = "yuv420p"
        if job.callbacks:
            pixel_format = common_pixel_format(job.callbacks)
        encoding = job.encoding
        filters = encoding.picture.filters if encoding else ""
        return ReaderSettings(
            pixel_format=pixel_format,
            view=view,
            view_only=view is not None and not job.needs_picture,
            start=job.start,
            end=job.end,
            video_filter=filters,
            deinterlace=WHOLE_PICTURES if self.video.is_interlaced else "",
            hardware=self.hardware,
            may_fall_back=job.hwaccel == "auto",
        )

    def _results(self) -> Results:
        job, video = self.job, self.video
        film = Video(
            Path(job.info.source).name,
            video.width,
            video.height,
            nominal_rate(video),
            self.finder.class_names,
        )
        return Results.open(
            job.records,
            self.formats,
            film,
            detections=job.save_detections,
            force=job.force,
        )

    def _target(self) -> Place | None:
        job = self.job
        if job.output is None or job.encoding is None:
            return None
        target = open_place(job.output, job.encoding.container, force=job.force)
        self.stack.callback(target.discard)
        target.refuse_source(job.address)
        return target

    def _encoder(self, target: Place | None) -> Encoder | None:
        job = self.job
        if target is None or job.encoding is None:
            return None
        if not job.address.can_reopen:
            raise InputError(f"{job.info.source} cannot be read twice")
        source = CarriedSource(address=job.address, info=job.info)
        encoder = Encoder(job.ffmpeg, target, job.encoding, source)
        return self.stack.enter_context(encoder)

    def _drawer(self) -> Drawer | None:
        if not self.job.needs_picture or not self.job.draw:
            return None
        return Drawer(
            self.video.width,
            self.video.height,
            what=self.job.draw,
            class_names=self.finder.class_names,
            color=self.video.color,
            counter=self.counter,
        )

    def _complete(self, reader: MediaReader) -> str:
        damage = reader.damage()
        if damage and not self.job.allow_damaged:
            # The records stay: they say what was readable.
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
            self.finder.title,
            self.job.tracker.name,
            self.counter.counts(),
            damage,
        )


class _Reporter:
    """Tells how far the run is."""

    def __init__(
        self, job: TrackJob, on_progress: Callable[[Progress], None] | None
    ) -> None:
        end = job.end if job.end is not None else job.info.duration
        self._total = None if end is None else float(end - job.start)
        self._origin = (job.info.start or Fraction(0)) + job.start
        self._on_progress = on_progress

    def __call__(self, frame: Frame) -> None:
        if self._on_progress is not None:
            seconds = float(frame.time - self._origin)
            self._on_progress(Progress(frame.index + 1, seconds, self._total))
