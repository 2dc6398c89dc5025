"""One source into one result: by one ffmpeg, or frame by frame through Python."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.encode.command import plan_job
from avio_cli.encode.settings import check_range
from avio_cli.errors import FFmpegError, InputError, OutputError
from avio_cli.ffmpeg.command import Command
from avio_cli.ffmpeg.damage import DamageWatch, describe_damage
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import Accounts, ProgressParser
from avio_cli.jobs.transcode.job import LOG, Summary, TranscodeJob
from avio_cli.jobs.transcode.prepare import (
    _check_film,
    _check_light,
    _complete,
    _from_keyframe,
    _warn_of_suffix,
    _with_light,
    accelerated,
)
from avio_cli.jobs.transcode.with_python import _through_python
from avio_cli.mux.command import EncodeJob
from avio_cli.mux.sidecars import extract_covers
from avio_cli.mux.verify import Track, verify_file, written_packets
from avio_cli.output.target import Place, open_place
from avio_cli.progress import Progress


def transcode(
    job: TranscodeJob, on_progress: Callable[[Progress], None] | None = None
) -> Summary:
    """Make the result.

    Raises:
        AvioError: it cannot be made; nothing is then left of it.
    """
    check_range(job.settings.start, job.settings.end, job.info)
    _check_film(job)
    _warn_of_suffix(job)
    job = _with_light(_from_keyframe(job))
    faster = accelerated(job)
    target = open_place(job.output, job.settings.container, force=job.force)
    try:
        target.refuse_source(job.address)
        if job.callbacks:
            summary = _through_python(faster, target, on_progress)
        else:
            summary = _by_ffmpeg_or_again(job, faster, target, on_progress)
        return replace(summary, size=target.size() or summary.size)
    finally:
        target.discard()


def command_lines(job: TranscodeJob) -> tuple[str, ...]:
    """What would be run, as one would type it; callbacks are not loaded into it."""
    target = open_place(job.output, job.settings.container, rehearsal=True)
    job = accelerated(_with_light(_from_keyframe(job)))
    return (plan_job(job.settings, target, job.address, job.info).command.shown(),)


def _by_ffmpeg_or_again(
    job: TranscodeJob,
    faster: TranscodeJob,
    target: Place,
    on_progress: Callable[[Progress], None] | None,
) -> Summary:
    """On devices; where they fail and may be replaced, from the start in software."""
    if faster == job or job.hwaccel != "auto":
        return _by_ffmpeg_alone(faster, target, on_progress)
    try:
        return _by_ffmpeg_alone(faster, target, on_progress)
    except (OutputError, InputError) as error:
        LOG.warning("hardware failed, software begins anew: %s", error.message)
        return _by_ffmpeg_alone(job, target, on_progress)


def _by_ffmpeg_alone(
    job: TranscodeJob,
    target: Place,
    on_progress: Callable[[Progress], None] | None,
) -> Summary:
    plan = plan_job(job.settings, target, job.address, job.info)
    _tell(plan.notes)
    extract_covers(job.ffmpeg, job.address, plan.covers)
    watch, accounts = DamageWatch(), Accounts()

    def listen(line: str) -> None:
        watch.feed(line)
        accounts.feed(line)

    progress = _run(job, plan, listen, on_progress)
    written = written_packets(accounts, plan)
    frames = _frames_decoded(job, accounts)
    decodes = plan.films and not job.settings.streams.remux
    if decodes and frames == 0 and not job.settings.start:
        raise InputError(f"{job.info.source}: no frame could be decoded")
    if not any(written):
        raise OutputError(f"nothing of {job.info.source} lies in the given time")
    tracks: tuple[Track, ...] = ()
    if (finished := target.readable) is not None:
        tracks = verify_file(job.ffmpeg, finished, written, job.settings.verify)
    damage = _damage(job, watch, frames, tracks[0].end if tracks else None)
    _check_light(job, target)
    target.commit()
    return Summary(progress.frames, progress.seconds, progress.bytes_written, damage)


def _run(
    job: TranscodeJob,
    plan: EncodeJob,
    listen: Callable[[str], None],
    on_progress: Callable[[Progress], None] | None,
) -> Progress:
    parser = ProgressParser()
    argv = _with_progress(plan.command).argv(job.ffmpeg.path)
    stdin = "inherit" if job.address.kind == "stdin" else "null"
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
            raise _blame(job, error) from error
    return progress


def _with_progress(command: Command) -> Command:
    options = (*command.options, "-progress", "pipe:1", "-stats_period", "0.5")
    return replace(command, options=options)


def _frames_decoded(job: TranscodeJob, accounts: Accounts) -> int:
    videos = job.info.videos
    return accounts.decoded.get((0, videos[0].index), 0) if videos else 0


def _damage(
    job: TranscodeJob, watch: DamageWatch, frames: int, end: Fraction | None
) -> str:
    settings = job.settings
    whole = not settings.start and settings.end is None and settings.streams.video
    last: Fraction | None = None
    if end is not None and whole and job.info.videos:
        last = (job.info.start or Fraction(0)) + end
    return _complete(job, describe_damage(watch, job.info, last, frames))


def _tell(notes: Sequence[str]) -> None:
    for note in notes:
        LOG.warning("%s", note)


def _blame(job: TranscodeJob, error: FFmpegError) -> InputError | OutputError:
    """Decide whether the source or the result was at fault."""
    return OutputError(
        f"cannot make {job.name} from {job.info.source}: {error.message}",
        hint=error.hint,
    )
