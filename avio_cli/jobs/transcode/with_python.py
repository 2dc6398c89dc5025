"""Transcode with callbacks: frames pass through Python."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from avio_cli.callbacks.step import common_pixel_format
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.video import deinterlacer
from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.transcode.job import LOG, TranscodeJob, TranscodeResult
from avio_cli.jobs.transcode.prepare import _check_damage
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.output.target import OutputTarget
from avio_cli.pipeline import run_pipeline
from avio_cli.progress import Progress


def run_with_callbacks(
    job: TranscodeJob,
    output: OutputTarget,
    on_progress: Callable[[Progress], None] | None,
) -> TranscodeResult:
    """Decode, pass every frame to the callbacks, and encode what they return."""
    settings = job.settings
    reading = ReaderSettings(
        pixel_format=common_pixel_format(job.callbacks),
        start=settings.start,
        end=settings.end,
        video_filter=settings.video.filters,
        deinterlace=_deinterlacer(job),
        hardware=settings.decoder,
        may_fall_back=job.hwaccel == "auto",
    )
    # The user's filters run before the callback: in the decoder.
    video = replace(settings.video, filters="", deinterlace="off")
    encoding = replace(settings, video=video)
    source = _remux_source(job)
    _warn_of_depth(job, reading.pixel_format)
    with ExitStack() as stack:
        for step in job.callbacks:
            stack.callback(step.close)
        reader = stack.enter_context(MediaReader(job.source, reading))
        encoder = stack.enter_context(Encoder(source.ffmpeg, output, encoding, source))
        report = _ProgressReporter(job, on_progress)
        run_pipeline(reader, job.callbacks, [encoder], on_frame=report)
        damage = _check_damage(job, reader.damage())
        if reader.reordered:
            LOG.warning(
                "%d frames had a time not after the one before; moved after it",
                reader.reordered,
            )
        encoder.finish()
        return TranscodeResult(encoder.frames_written, report.seconds, 0, damage)


def _deinterlacer(job: TranscodeJob) -> str:
    preset, choice = job.settings.preset.video, job.settings.video
    if preset is None or not job.source.info.videos:
        return ""
    return ",".join(
        deinterlacer(VideoParams.of_stream(job.source.info.videos[0]), preset, choice)
    )


def _remux_source(job: TranscodeJob) -> MediaSource:
    if not job.source.url.can_reopen:
        raise InputError(
            f"{job.source.name} cannot be read twice, as a callback needs it",
            hint="record it first: avio transcode without --callback",
        )
    return job.source


def _warn_of_depth(job: TranscodeJob, pixel_format: str) -> None:
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
        self, job: TranscodeJob, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self._total = None if job.duration is None else float(job.duration)
        self._origin = job.source.origin + job.settings.start
        self._on_progress = on_progress
        self._frames = 0
        self.seconds = 0.0

    def __call__(self, frame: Frame) -> None:
        self._frames += 1
        self.seconds = float(frame.time - self._origin)
        if self._on_progress is not None:
            self._on_progress(Progress(self._frames, self.seconds, self._total))
