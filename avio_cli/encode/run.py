"""Encode or copy one source by one ffmpeg: no frame passes through Python."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from avio_cli.decode.live.kinds import is_one_body
from avio_cli.decode.process import decoder_input
from avio_cli.demux.timeline import StreamTimeline, Timeline
from avio_cli.encode.checks import (
    check_orientation,
    check_written,
    ended_early,
    warn_of_end,
    warn_of_lost_captions,
)
from avio_cli.encode.command import plan_encode
from avio_cli.encode.copies.edit_list import refuse_shown_frames
from avio_cli.encode.damage import source_damage
from avio_cli.encode.ending import lost_ending
from avio_cli.encode.expected import source_timeline, window_of
from avio_cli.encode.hdr import warn_of_lost_hdr_metadata
from avio_cli.encode.job import LOG, EncodeJob, EncodeResult
from avio_cli.encode.limits import check_options_used
from avio_cli.encode.live.output import late_video
from avio_cli.encode.prepare import (
    accelerated,
    opened_output,
    prepared,
    range_subtitles,
    with_video_lead,
)
from avio_cli.errors import (
    FFmpegError,
    InputError,
    OutputError,
    UsageError,
)
from avio_cli.ffmpeg.damage import check_damage
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.progress import MuxerStats, ProgressStep
from avio_cli.ffmpeg.time_order import describe_moved
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.compared import compare_result, may_go_back
from avio_cli.mux.cut_subtitles import CutSubtitles
from avio_cli.mux.expected_result import SourceTimes, timed_streams
from avio_cli.mux.run import MuxLog, run_with_progress
from avio_cli.mux.sidecars import extract_cover_art
from avio_cli.mux.verify import (
    bytes_written,
    compare_header,
    packets_written,
    total_seconds,
    verify_file,
)
from avio_cli.output.target import OutputTarget
from avio_cli.progress import Progress

ProgressCallback = Callable[[Progress], None]


def encode(job: EncodeJob, on_progress: ProgressCallback | None = None) -> EncodeResult:
    """Encode a source, or copy its streams, as a job says.

    Raises:
        AvioError: it fails; no output file is left.
    """
    job = with_video_lead(prepared(job))
    with opened_output(job) as output:
        faster = accelerated(job, can_restart=output.can_restart)
        result = _run_with_fallback(job, faster, output, on_progress)
        return replace(result, size=output.size() or result.size)


def _run_with_fallback(
    job: EncodeJob,
    faster: EncodeJob,
    output: OutputTarget,
    on_progress: ProgressCallback | None,
) -> EncodeResult:
    """Use hardware; where it fails and may be replaced, start again in software."""
    if faster == job or job.hwaccel != "auto" or not output.can_restart:
        return _run(faster, output, on_progress)
    try:
        return _run(faster, output, on_progress)
    except (OutputError, InputError, UsageError) as error:
        LOG.warning("hardware failed, starting again in software: %s", error.message)
        return _run(job, output, on_progress)


def _run(
    job: EncodeJob, output: OutputTarget, on_progress: ProgressCallback | None
) -> EncodeResult:
    source = job.source
    texts = range_subtitles(job.settings, source, output)
    plan, timeline = _plan(job, output, texts)
    for warning in plan.warnings:
        LOG.warning("%s", warning)
    extract_cover_art(job.source, plan.covers)
    log = MuxLog(DamageWatch.of(source.url, source.address))
    step = _run_command(job, plan, output, log, on_progress)
    check_options_used(job.settings, log.ignored)
    written = packets_written(log.stats, plan)
    frames = _frames_decoded(job, log.stats)
    if log.asked.is_set() and not any(written):
        raise ended_early(job, output)
    check_written(job, plan, written, frames)
    if not log.asked.is_set():
        warn_of_end(job, step.seconds)
    if job.settings.streams.remux:
        frames = written[0] if plan.video_outputs and written else 0
    try:
        tracks = _read_back(job, plan, output, log.stats)
    except OutputError as error:
        _excuse(error, job, source_damage(job, plan, log, frames, (), timeline))
        tracks = ()
    refuse_shown_frames(job, tracks)
    if job.source.is_live and (late := late_video(plan.streams, tracks)):
        LOG.warning("%s: %s", job.name, late)
    if lost := lost_ending(job.settings, job.source.info, tracks):
        LOG.warning("%s", lost)
    damage = source_damage(job, plan, log, frames, tracks, timeline)
    check_damage(damage, allowed=job.allow_damaged or _goes_on(job, log))
    if tracks and not damage:
        _compare(job, plan, output, _times(job, log, timeline), tracks)
    check_orientation(job, output)
    warn_of_lost_hdr_metadata(job, output)
    warn_of_lost_captions(job, plan, output)
    output.commit()
    # What ffmpeg reports lacks the duration of the last frame.
    seconds = float(total_seconds(tracks)) or step.seconds
    if on_progress is not None:
        on_progress(Progress(step.frames, seconds, seconds, step.size))
    return EncodeResult(step.frames, seconds, step.size, damage)


def _plan(
    job: EncodeJob, output: OutputTarget, texts: CutSubtitles
) -> tuple[EncodePlan, Timeline | None]:
    """Plan the command; its source is listed to see whether its times go back."""
    url, info = job.source.url, job.source.info
    plan = plan_encode(job.settings, output, url, info, subtitles=texts)
    timeline = source_timeline(job.source, timed_streams(plan), job.settings)
    if may_go_back(plan, timeline):
        settings = replace(job.settings, moves_frames=True)
        plan = plan_encode(settings, output, url, info, subtitles=texts)
    return plan, timeline and timeline.with_lines(texts.lines.values())


def _excuse(error: OutputError, job: EncodeJob, damage: str) -> None:
    """Blame the source for a result that cannot be verified, where it is damaged.

    Raises:
        OutputError: it is not.
        DamagedInputError: it is, and that is not allowed.
    """
    if not damage:
        raise error
    if not job.allow_damaged:
        check_damage(damage, allowed=False)
    LOG.warning("%s", error.message)


def _read_back(
    job: EncodeJob, plan: EncodePlan, output: OutputTarget, stats: MuxerStats
) -> tuple[StreamTimeline, ...]:
    """Read the result back, where that is possible."""
    if (finished := output.readback_path) is None:
        return ()
    ffmpeg, how = job.source.ffmpeg, job.settings.verify
    sizes, written = bytes_written(stats, plan), packets_written(stats, plan)
    if job.settings.container.regroups_samples:
        return verify_file(ffmpeg, finished, sizes, how, by_size=True)
    return verify_file(ffmpeg, finished, written, how, sizes=sizes)


def _compare(
    job: EncodeJob,
    plan: EncodePlan,
    output: OutputTarget,
    times: SourceTimes,
    tracks: Sequence[StreamTimeline],
) -> None:
    """Compare a result with what it must hold."""
    finished, source, container = (
        output.readback_path,
        job.source,
        job.settings.container,
    )
    if finished is None:
        return
    encoding = "omit --copy" if job.settings.streams.remux else ""
    compare_result(source, finished, plan, container, times, tracks, encoding=encoding)
    compare_header(source.ffmpeg, finished, plan)


def _times(job: EncodeJob, log: MuxLog, timeline: Timeline | None) -> SourceTimes:
    return SourceTimes(
        timeline=timeline,
        window=window_of(job.settings, job.source),
        decoded=_of_source(log.stats.decoded),
        read=_of_source(log.stats.read),
        moved=log.moved.count > 0,
        ending=job.settings.ending,
    )


def _of_source(counts: Mapping[tuple[int, int], int]) -> dict[int, int]:
    """Those of the first input, by stream: further inputs hold subtitles."""
    return {stream: count for (number, stream), count in counts.items() if not number}


def _run_command(
    job: EncodeJob,
    plan: EncodePlan,
    output: OutputTarget,
    log: MuxLog,
    on_progress: ProgressCallback | None,
) -> ProgressStep:
    total = None if job.duration is None else float(job.duration)

    def report(step: ProgressStep) -> None:
        check_options_used(job.settings, log.ignored)  # early: encoding takes long
        if on_progress is not None:
            on_progress(Progress(step.frames, step.seconds, total, step.size))

    try:
        return run_with_progress(
            job.source.ffmpeg,
            plan.command,
            log,
            report,
            stdin=decoder_input(job.source, log.damage.feed),
            endless=job.source.is_live,
        )
    except FFmpegError as error:
        if log.asked.is_set() and not any(packets_written(log.stats, plan)):
            raise ended_early(job, output) from error
        raise OutputError(
            f"cannot make {job.name} from {job.source.name}: {error.message}",
            hint=error.hint,
        ) from error
    finally:
        if log.moved.count:
            LOG.warning("%s", describe_moved(log.moved.count))


def _goes_on(job: EncodeJob, log: MuxLog) -> bool:
    """Whether the source has no end: what it lacks is said, and is no failure.

    The body of a response has one where the server had named its length.
    """
    if not job.source.is_live:
        return False
    is_file = is_one_body(job.source) and log.damage.is_short
    return log.asked.is_set() or not is_file


def _frames_decoded(job: EncodeJob, stats: MuxerStats) -> int:
    videos = job.source.info.videos
    return stats.decoded.get((0, videos[0].index), 0) if videos else 0
