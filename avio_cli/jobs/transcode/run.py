"""Transcode one source: by ffmpeg alone, or frame by frame through Python."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from avio_cli.callbacks.step import CallbackStep, common_pixel_format
from avio_cli.decode.live.options import LiveOptions
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.encode.command import plan_encode
from avio_cli.encode.damage import read_damage
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.job import LOG, EncodeJob
from avio_cli.encode.live.encoder import PipedEncoder
from avio_cli.encode.live.feed import Feed
from avio_cli.encode.live.output import (
    kept_format,
    open_result,
    refuse_for_live,
)
from avio_cli.encode.live.reading import OneReading
from avio_cli.encode.live.streams import needs_one_reading
from avio_cli.encode.prepare import (
    accelerated,
    checked,
    closing_output,
    prepared,
    with_video_lead,
)
from avio_cli.encode.run import encode
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.timing import least_step
from avio_cli.encode.video import deinterlacer
from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.damage import check_damage
from avio_cli.ffmpeg.time_order import describe_moved
from avio_cli.jobs.transcode.job import TranscodeJob, TranscodeResult
from avio_cli.jobs.transcode.live_copy import LiveCopy
from avio_cli.jobs.transcode.page import opened_page
from avio_cli.jobs.transcode.passed_on import by_itself, refuse_unpassed
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.monitoring.monitor import RunMonitor
from avio_cli.output.parts.parts import Parts
from avio_cli.output.target import OutputTarget, open_output
from avio_cli.pipeline import AHEAD, run_pipeline
from avio_cli.progress import Progress
from avio_cli.protocols import Sink
from avio_cli.stopping import stops_on_request


def transcode(
    job: TranscodeJob, on_progress: Callable[[Progress], None] | None = None
) -> TranscodeResult:
    """Transcode a source as a job says.

    Raises:
        AvioError: the transcode fails; no output file is left.
    """
    _refuse_options_of_live(job)
    if not (job.callbacks or _is_fed(job)):
        if job.serve:
            raise UsageError(
                "--serve would be ignored: without --callback ffmpeg alone sees frames"
            )
        if job.live.segment is not None:
            return _copy_in_parts(job, on_progress)
        return encode(replace(job.encoding, source=by_itself(job.source)), on_progress)
    if job.settings.preset.video is None:
        raise UsageError(
            f"{job.settings.preset.name} has no video: a callback has nothing to do"
        )
    return _run_through_python(job, on_progress)


def _is_fed(job: TranscodeJob) -> bool:
    """Whether frames pass through Python though nothing changes them there.

    Only so times go on, and silence fills what was lost, where a source breaks off.
    """
    video, streams = job.settings.preset.video, job.settings.streams
    encodes = video is not None and streams.video and not streams.remux
    return job.source.is_live and encodes and bool(job.source.info.videos)


def _copy_in_parts(
    job: TranscodeJob, on_progress: Callable[[Progress], None] | None
) -> TranscodeResult:
    """Copy a live source into parts, whatever becomes of its connections."""
    refuse_unpassed(job.source)
    encoding = checked(job.encoding)
    with _opened(encoding, job.live) as output, _monitor(job) as monitor:
        assert isinstance(output, Parts), "--segment was asked for"
        return LiveCopy(job, output, monitor, on_progress).run()


def _copies_in_parts(job: TranscodeJob) -> bool:
    copies = job.settings.streams.remux and bool(job.source.info.videos)
    return job.source.is_live and copies and job.live.segment is not None


def _refuse_options_of_live(job: TranscodeJob) -> None:
    given = ", ".join(job.live.given())
    if _copies_in_parts(job) and job.live.latency == "newest":
        raise UsageError("--latency newest would be ignored: a copy keeps all packets")
    if given and not (_is_fed(job) or _copies_in_parts(job)):
        reason = "is not live" if not job.source.is_live else "is not encoded as video"
        raise UsageError(f"{given} would be ignored: {job.source.name} {reason}")
    refuse_for_live(job.source, start=bool(job.settings.start))


def command_lines(job: TranscodeJob) -> tuple[str, ...]:
    """The commands that would run, as typed in a shell; without callbacks."""
    output = open_output(job.output, job.settings.container, dry_run=True)
    encoding = with_video_lead(prepared(job.encoding))
    encoding = accelerated(encoding, can_restart=not job.callbacks)
    source = encoding.source
    plan = plan_encode(encoding.settings, output, source.url, source.info)
    return (plan.command.display(),)


def _run_through_python(
    job: TranscodeJob, on_progress: Callable[[Progress], None] | None
) -> TranscodeResult:
    """Decode, pass every frame to the callbacks, and encode what they return.

    Raises:
        AvioError: the transcode fails; no output file is left. Of a live source what
            was written stays.
    """
    # A run with callbacks cannot start again: its encoder must not fail.
    if needs_one_reading(job.source):
        encoding = accelerated(checked(job.encoding), can_restart=False)
        feed = Feed(job.source, _without_filters(encoding.settings), job.live)
    else:
        encoding = accelerated(prepared(job.encoding), can_restart=False)
        feed = None
    with (
        _opened(encoding, job.live) as output,
        _monitor(job) as monitor,
        opened_page(job, monitor) as pages,
    ):
        parts = output if isinstance(output, Parts) else None
        monitor.watch(health=feed.health if feed else None, parts=parts)
        report = _ProgressReporter(encoding, monitor, on_progress)
        result = _run(encoding, job.callbacks, (output, pages), feed, report)
        return replace(result, size=output.size())


def _monitor(job: TranscodeJob) -> RunMonitor:
    if job.live.on_event:
        raise UsageError("--on-event would be ignored: events are of tracks")
    source, metrics = job.source, job.live.metrics
    return RunMonitor(source.name, metrics=metrics, live=source.is_live)


@contextmanager
def _opened(job: EncodeJob, live: LiveOptions) -> Iterator[OutputTarget | Parts]:
    container, force = job.settings.container, job.force
    output = open_result(job.output, job.source, container, live, force=force)
    with closing_output(job, output):
        yield output


def _without_filters(settings: EncodeSettings) -> EncodeSettings:
    """The user's filters run before the callback: in the decoder."""
    return replace(
        settings, video=replace(settings.video, filters="", deinterlace="off")
    )


def _run(
    job: EncodeJob,
    callbacks: tuple[CallbackStep, ...],
    outputs: tuple[OutputTarget | Parts, list[Sink]],
    feed: Feed | None,
    report: "_ProgressReporter",
) -> TranscodeResult:
    reading, source = _reader_settings(job, callbacks), job.source
    output, pages = outputs
    _warn_of_depth(job, reading.pixel_format)
    with ExitStack() as stack:
        for step in callbacks:
            stack.callback(step.close)
        reader: MediaReader | OneReading
        encoder: Encoder | PipedEncoder
        if feed is None:
            assert not isinstance(output, Parts), "parts are of a feed"
            settings = _without_filters(job.settings)
            reader = MediaReader(source, reading, ending=lambda: settings.ending)
            encoder = Encoder(source.ffmpeg, output, settings, source)
        else:
            reader = feed.open_reader(reading)
            encoder = feed.open_encoder(output)
        stack.enter_context(reader)
        stack.enter_context(encoder)
        if source.is_live and isinstance(reader, OneReading):
            stack.enter_context(stops_on_request(reader.stop))
        done = feed.processed if feed else lambda _: None
        # Where the newest are wanted, those that wait here would grow old.
        ahead = 0 if feed and feed.is_newest else AHEAD
        run_pipeline(
            *(reader, callbacks, [encoder, *pages]),
            on_frame=report,
            on_done=done,
            ahead=ahead,
        )
        damage = _damage(reader, job)
        check_damage(damage, allowed=job.allow_damaged)
        if reader.reordered:
            LOG.warning("%s", describe_moved(reader.reordered))
        if feed is not None and (lost := feed.summary()):
            LOG.warning("%s: %s", source.name, lost)
        encoder.finish()
        seconds = encoder.seconds or report.seconds
        report.done(encoder.frames_written, seconds)
        return TranscodeResult(encoder.frames_written, seconds, 0, damage)


def _damage(reader: MediaReader | OneReading, job: EncodeJob) -> str:
    if isinstance(reader, OneReading):
        return reader.damage()
    return read_damage(reader, job.source)


def _reader_settings(
    job: EncodeJob, callbacks: tuple[CallbackStep, ...]
) -> ReaderSettings:
    settings = job.settings
    videos = job.source.info.videos
    kept = kept_format(videos[0]) if videos else "yuv420p"
    return ReaderSettings(
        pixel_format=common_pixel_format(callbacks) if callbacks else kept,
        start=settings.start,
        end=settings.end,
        video_filter=settings.video.filters,
        deinterlace=_deinterlacer(job),
        hardware=settings.decoder,
        may_fall_back=job.hwaccel == "auto",
        least_step=least_step(settings),
    )


def _deinterlacer(job: EncodeJob) -> str:
    preset, choice = job.settings.preset.video, job.settings.video
    if preset is None or not job.source.info.videos:
        return ""
    return ",".join(
        deinterlacer(VideoParams.of_stream(job.source.info.videos[0]), preset, choice)
    )


def _warn_of_depth(job: EncodeJob, pixel_format: str) -> None:
    video = job.source.info.videos[0] if job.source.info.videos else None
    if video and video.bit_depth > PIXEL_FORMATS[pixel_format].bits:
        LOG.warning(
            "%s: the video has %d bits, frames in Python have 8 (%s)",
            job.source.name,
            video.bit_depth,
            pixel_format,
        )


class _ProgressReporter:
    """Counts frames as they are read, and reports the progress."""

    def __init__(
        self,
        job: EncodeJob,
        monitor: RunMonitor,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._monitor = monitor
        self._total = None if job.duration is None else float(job.duration)
        live = job.source.is_live
        self._origin = None if live else job.source.origin + job.settings.start
        self._step = job.source.info.frame_duration
        self._on_progress = on_progress
        self._frames = 0
        self.seconds = 0.0

    def done(self, frames: int, seconds: float) -> None:
        """Report that all is done."""
        if self._on_progress is not None:
            self._on_progress(Progress(frames, seconds, seconds))

    def __call__(self, frame: Frame) -> None:
        self._monitor.frame(frame)
        self._frames += 1
        if self._origin is None:
            self._origin = frame.time
        self.seconds = float(frame.time + self._step - self._origin)
        if self._on_progress is not None:
            self._on_progress(Progress(self._frames, self.seconds, self._total))
