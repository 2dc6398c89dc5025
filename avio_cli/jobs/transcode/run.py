"""Transcode one source: by ffmpeg alone, or frame by frame through Python."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from avio_cli.callbacks.step import CallbackStep, common_pixel_format
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.encode.command import plan_encode
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.job import LOG, EncodeJob
from avio_cli.encode.prepare import (
    accelerated,
    check_damage,
    opened_output,
    prepared,
    read_damage,
)
from avio_cli.encode.run import encode
from avio_cli.encode.timing import least_step
from avio_cli.encode.video import deinterlacer
from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.time_order import describe_moved
from avio_cli.jobs.transcode.job import TranscodeJob, TranscodeResult
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.output.target import OutputTarget, open_output
from avio_cli.pipeline import run_pipeline
from avio_cli.progress import Progress


def transcode(
    job: TranscodeJob, on_progress: Callable[[Progress], None] | None = None
) -> TranscodeResult:
    """Transcode a source as a job says.

    Raises:
        AvioError: the transcode fails; no output file is left.
    """
    if not job.callbacks:
        return encode(job.encoding, on_progress)
    if job.settings.preset.video is None:
        raise UsageError(
            f"{job.settings.preset.name} has no video: a callback has nothing to do"
        )
    return _run_with_callbacks(job, on_progress)


def command_lines(job: TranscodeJob) -> tuple[str, ...]:
    """The commands that would run, as typed in a shell; without callbacks."""
    output = open_output(job.output, job.settings.container, dry_run=True)
    encoding = accelerated(prepared(job.encoding), can_restart=not job.callbacks)
    source = encoding.source
    plan = plan_encode(encoding.settings, output, source.url, source.info)
    return (plan.command.display(),)


def _run_with_callbacks(
    job: TranscodeJob, on_progress: Callable[[Progress], None] | None
) -> TranscodeResult:
    """Decode, pass every frame to the callbacks, and encode what they return.

    Raises:
        AvioError: the transcode fails; no output file is left.
    """
    # A run with callbacks cannot start again: its encoder must not fail.
    encoding = accelerated(prepared(job.encoding), can_restart=False)
    with opened_output(encoding) as output:
        result = _run(encoding, job.callbacks, output, on_progress)
        return replace(result, size=output.size())


def _run(
    job: EncodeJob,
    callbacks: tuple[CallbackStep, ...],
    output: OutputTarget,
    on_progress: Callable[[Progress], None] | None,
) -> TranscodeResult:
    reading = _reader_settings(job, callbacks)
    # The user's filters run before the callback: in the decoder.
    video = replace(job.settings.video, filters="", deinterlace="off")
    settings, source = replace(job.settings, video=video), _remux_source(job)
    _warn_of_depth(job, reading.pixel_format)
    with ExitStack() as stack:
        for step in callbacks:
            stack.callback(step.close)
        reader = stack.enter_context(
            MediaReader(job.source, reading, ending=settings.ending)
        )
        encoder = stack.enter_context(Encoder(source.ffmpeg, output, settings, source))
        report = _ProgressReporter(job, on_progress)
        run_pipeline(reader, callbacks, [encoder], on_frame=report)
        damage = read_damage(reader, job.source)
        check_damage(damage, allowed=job.allow_damaged)
        _warn_of_order(reader)
        encoder.finish()
        seconds = encoder.seconds or report.seconds
        if on_progress is not None:
            on_progress(Progress(encoder.frames_written, seconds, seconds))
        return TranscodeResult(encoder.frames_written, seconds, 0, damage)


def _reader_settings(
    job: EncodeJob, callbacks: tuple[CallbackStep, ...]
) -> ReaderSettings:
    settings = job.settings
    return ReaderSettings(
        pixel_format=common_pixel_format(callbacks),
        start=settings.start,
        end=settings.end,
        video_filter=settings.video.filters,
        deinterlace=_deinterlacer(job),
        hardware=settings.decoder,
        may_fall_back=job.hwaccel == "auto",
        least_step=least_step(settings),
    )


def _warn_of_order(reader: MediaReader) -> None:
    if reader.reordered:
        LOG.warning("%s", describe_moved(reader.reordered))


def _deinterlacer(job: EncodeJob) -> str:
    preset, choice = job.settings.preset.video, job.settings.video
    if preset is None or not job.source.info.videos:
        return ""
    return ",".join(
        deinterlacer(VideoParams.of_stream(job.source.info.videos[0]), preset, choice)
    )


def _remux_source(job: EncodeJob) -> MediaSource:
    if not job.source.url.can_reopen:
        raise InputError(
            f"{job.source.name} cannot be read twice, as a callback needs it",
            hint="record it first: avio transcode without --callback",
        )
    return job.source


def _warn_of_depth(job: EncodeJob, pixel_format: str) -> None:
    video = job.source.info.videos[0] if job.source.info.videos else None
    if video and video.bit_depth > PIXEL_FORMATS[pixel_format].bits:
        LOG.warning(
            "%s: the video has %d bits, the callback gets 8 (%s)",
            job.source.name,
            video.bit_depth,
            pixel_format,
        )


class _ProgressReporter:
    """Counts frames as they are read, and reports the progress."""

    def __init__(
        self, job: EncodeJob, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self._total = None if job.duration is None else float(job.duration)
        self._origin = job.source.origin + job.settings.start
        self._step = job.source.info.frame_duration
        self._on_progress = on_progress
        self._frames = 0
        self.seconds = 0.0

    def __call__(self, frame: Frame) -> None:
        self._frames += 1
        self.seconds = float(frame.time + self._step - self._origin)
        if self._on_progress is not None:
            self._on_progress(Progress(self._frames, self.seconds, self._total))
