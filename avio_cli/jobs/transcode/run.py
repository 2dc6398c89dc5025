"""Transcode one source: by ffmpeg alone, or frame by frame through Python."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.encode.command import plan_encode
from avio_cli.encode.settings import check_range
from avio_cli.errors import FFmpegError, InputError, OutputError
from avio_cli.ffmpeg.command import Command
from avio_cli.ffmpeg.damage import DamageWatch, describe_damage
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import MuxerStats, ProgressParser
from avio_cli.jobs.transcode.job import LOG, TranscodeJob, TranscodeResult
from avio_cli.jobs.transcode.prepare import (
    _check_damage,
    _check_hdr_metadata,
    _from_keyframe,
    _require_video,
    _warn_of_extension,
    _with_hdr_metadata,
    accelerated,
)
from avio_cli.jobs.transcode.with_python import run_with_callbacks
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.sidecars import extract_cover_art
from avio_cli.mux.verify import TrackCount, packets_written, verify_file
from avio_cli.output.target import OutputTarget, open_output
from avio_cli.progress import Progress


def transcode(
    job: TranscodeJob, on_progress: Callable[[Progress], None] | None = None
) -> TranscodeResult:
    """Transcode a source as a job says.

    Raises:
        AvioError: the transcode fails; no output file is left.
    """
    check_range(job.settings.start, job.settings.end, job.source.info)
    _require_video(job)
    _warn_of_extension(job)
    job = _with_hdr_metadata(_from_keyframe(job))
    faster = accelerated(job)
    output = open_output(job.output, job.settings.container, force=job.force)
    try:
        output.refuse_source(job.source.url)
        if job.callbacks:
            summary = run_with_callbacks(faster, output, on_progress)
        else:
            summary = _run_with_hardware_fallback(job, faster, output, on_progress)
        return replace(summary, size=output.size() or summary.size)
    finally:
        output.discard()


def command_lines(job: TranscodeJob) -> tuple[str, ...]:
    """The commands that would run, as typed in a shell; without callbacks."""
    output = open_output(job.output, job.settings.container, dry_run=True)
    job = accelerated(_with_hdr_metadata(_from_keyframe(job)))
    plan = plan_encode(job.settings, output, job.source.url, job.source.info)
    return (plan.command.display(),)


def _run_with_hardware_fallback(
    job: TranscodeJob,
    faster: TranscodeJob,
    output: OutputTarget,
    on_progress: Callable[[Progress], None] | None,
) -> TranscodeResult:
    """Use hardware; where it fails and may be replaced, start again in software."""
    if faster == job or job.hwaccel != "auto":
        return _run_ffmpeg_only(faster, output, on_progress)
    try:
        return _run_ffmpeg_only(faster, output, on_progress)
    except (OutputError, InputError) as error:
        LOG.warning("hardware failed, starting again in software: %s", error.message)
        return _run_ffmpeg_only(job, output, on_progress)


def _run_ffmpeg_only(
    job: TranscodeJob,
    output: OutputTarget,
    on_progress: Callable[[Progress], None] | None,
) -> TranscodeResult:
    plan = plan_encode(job.settings, output, job.source.url, job.source.info)
    _log_warnings(plan.warnings)
    extract_cover_art(job.source, plan.covers)
    watch, stats = DamageWatch(), MuxerStats()

    def listen(line: str) -> None:
        watch.feed(line)
        stats.feed(line)

    progress = _run(job, plan, listen, on_progress)
    written = packets_written(stats, plan)
    frames = _frames_decoded(job, stats)
    decodes = plan.video_outputs and not job.settings.streams.remux
    if decodes and frames == 0 and not job.settings.start:
        raise InputError(f"{job.source.name}: no frame could be decoded")
    if not any(written):
        raise OutputError(f"nothing of {job.source.name} is in the given time range")
    tracks: tuple[TrackCount, ...] = ()
    if (finished := output.readback_path) is not None:
        tracks = verify_file(job.source.ffmpeg, finished, written, job.settings.verify)
    damage = _damage(job, watch, frames, tracks[0].end if tracks else None)
    _check_hdr_metadata(job, output)
    output.commit()
    return TranscodeResult(
        progress.frames, progress.seconds, progress.bytes_written, damage
    )


def _run(
    job: TranscodeJob,
    plan: EncodePlan,
    listen: Callable[[str], None],
    on_progress: Callable[[Progress], None] | None,
) -> Progress:
    parser = ProgressParser()
    argv = _with_progress(plan.command).argv(job.source.ffmpeg.path)
    stdin = "inherit" if job.source.url.kind == "stdin" else "null"
    total = None if job.duration is None else float(job.duration)
    progress = Progress(0, 0.0, total)
    with Process(argv, stdin=stdin, stdout=True, watch=listen) as process:  # type: ignore[arg-type]
        for chunk in iter(lambda: process.stdout.read(4096), b""):
            for step in parser.feed(chunk):
                progress = Progress(step.frames, step.seconds, total, step.size)
                if on_progress is not None:
                    on_progress(progress)
        try:
            process.finish()
        except FFmpegError as error:
            raise _classify_error(job, error) from error
    return progress


def _with_progress(command: Command) -> Command:
    options = (*command.options, "-progress", "pipe:1", "-stats_period", "0.5")
    return replace(command, options=options)


def _frames_decoded(job: TranscodeJob, stats: MuxerStats) -> int:
    videos = job.source.info.videos
    return stats.decoded.get((0, videos[0].index), 0) if videos else 0


def _damage(
    job: TranscodeJob, watch: DamageWatch, frames: int, end: Fraction | None
) -> str:
    settings = job.settings
    whole = not settings.start and settings.end is None and settings.streams.video
    last: Fraction | None = None
    if end is not None and whole and job.source.info.videos:
        last = job.source.origin + end
    return _check_damage(job, describe_damage(watch, job.source.info, last, frames))


def _log_warnings(warnings: Sequence[str]) -> None:
    for warning in warnings:
        LOG.warning("%s", warning)


def _classify_error(job: TranscodeJob, error: FFmpegError) -> InputError | OutputError:
    """Decide whether the source or the output was at fault."""
    return OutputError(
        f"cannot make {job.name} from {job.source.name}: {error.message}",
        hint=error.hint,
    )
