"""Copy a time range: from the keyframe before its start, packet by packet."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.demux.cut_points import (
    CutRange,
    decode_time,
    end_of,
    packets_around,
    packets_to_keep,
    presentation_time,
)
from avio_cli.demux.hidden import refuse_hidden_frames
from avio_cli.demux.packet_list import Packet
from avio_cli.encode.copies.missing_pts import with_pts
from avio_cli.encode.ending import special_ending
from avio_cli.encode.timing import copied_timing
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import DamagedInputError, InputError, OutputError
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.progress import ProgressStep
from avio_cli.jobs.trim.audio import COPIES, check_audio
from avio_cli.jobs.trim.damage import copy_damage, range_damage, refuse_hole
from avio_cli.jobs.trim.job import TrimJob, TrimResult, require_video
from avio_cli.jobs.trim.range_plan import compare_copy, plan_range
from avio_cli.media.containers import file_container
from avio_cli.media.info import VideoStream
from avio_cli.mux.remux import RemuxResult, remux
from avio_cli.mux.streams import StreamPlan, plan_streams
from avio_cli.output.file import open_file_output
from avio_cli.output.special import refuse_unstreamable
from avio_cli.progress import Progress

LOG = logging.getLogger("avio.trim")

ProgressCallback = Callable[[Progress], None]


def copy_range(job: TrimJob, on_progress: ProgressCallback | None) -> TrimResult:
    """Copy all streams, from the keyframe at or before the start.

    Raises:
        AvioError: it cannot be made; no output file is left.
    """
    plan = plan_copy(job)
    container = file_container(job.preset.container)
    source = with_pts(job.source, job.video, container, "--exact encodes it")
    job = replace(job, source=source)
    cut = _keyframe_cut(job) if job.video else _audio_only_cut(job)
    check_audio(job, plan, cut)
    refuse_unstreamable(job.output, container)
    with open_file_output(job.output, job.source.url, force=job.force) as output:
        copied = plan_range(job, plan, cut, output)
        listener = _listener(job, cut, on_progress)
        try:
            made = remux(copied.plan, output, on_step=listener, verify=job.verify)
        except OutputError:
            refuse_hole(job, cut)
            raise
        _check(job, made, cut)
        damage = copy_damage(job, made, cut)
        if not damage:
            compare_copy(job, copied, made, output)
        size = output.temporary.stat().st_size
        output.commit()
    return trim_result(
        job, cut, copied=cut.packets - cut.hidden, size=size, damage=damage
    )


def plan_copy(job: TrimJob) -> StreamPlan:
    """Plan which streams are copied; warns of those that are dropped."""
    container = file_container(job.preset.container)
    plan = plan_streams(job.source.info, container, COPIES)
    copied = [mapped.stream for mapped in plan.mapped]
    for warning in (*plan.dropped, *copied_timing(container, copied)):
        LOG.warning("%s", warning)
    return plan


def trim_result(
    job: TrimJob,
    cut: CutRange,
    *,
    copied: int,
    size: int,
    encoded: int = 0,
    damage: str = "",
) -> TrimResult:
    """Convert a cut to seconds after the source's start."""
    origin = job.source.origin
    return TrimResult(
        # Containers round their own start: a video may seem to start before it.
        start=max(cut.start - origin, Fraction(0)),
        end=None if cut.end is None else cut.end - origin,
        copied=copied,
        encoded=encoded,
        size=size,
        damage=damage,
    )


def _keyframe_cut(job: TrimJob) -> CutRange:
    """Move the ends to where the video can be cut without encoding."""
    video, bounds = require_video(job), job.bounds
    window = packets_around(job.source, video, bounds)
    taken = window[: packets_to_keep(window, bounds)]
    if not any(map(bounds.holds, taken)):
        last = end_of(window, nominal_rate(video), video.time_base)
        if lacking := range_damage(job, DamageWatch(), last, len(window)):
            raise DamagedInputError(lacking)
        raise InputError(f"no frame of {job.source.name} is in the given time range")
    first = presentation_time(window[0])
    taken = tuple(p for p in taken if presentation_time(p) >= first)
    _refuse_hidden(job, taken)
    shown = [presentation_time(p) for p in taken if not p.discard]
    start, lead = min(shown) * video.time_base, (min(shown) - first) * video.time_base
    last = decode_time(taken[-1]) * video.time_base
    video_end = end_of(taken, nominal_rate(video), video.time_base)
    if job.end is None:
        # Frames that an edit list hides may follow.
        last_one = last if any(p.discard for p in window) else None
        end = None
    else:
        last_one = last
        end = range_end(job, video, max(map(presentation_time, taken)), video_end)
    return CutRange(
        start=start,
        end=end,
        packets=len(taken),
        last=last_one,
        hidden=len(taken) - len(shown),
        reaches_end=not any(map(bounds.is_past, window)),
        video_end=video_end,
        lead=lead,
    )


def _refuse_hidden(job: TrimJob, taken: Sequence[Packet]) -> None:
    refuse_hidden_frames(
        taken,
        file_container(job.preset.container),
        job.source.name,
        "--exact encodes the video",
    )


def range_end(job: TrimJob, video: VideoStream, last: int, end: Fraction) -> Fraction:
    """When the last frame of a range ends, which the range may end earlier.

    Args:
        job: the range.
        video: its video.
        last: when the last frame is shown, in ticks.
        end: what its packet declares, in seconds.
    """
    ending = special_ending(job.source, video, job.end)
    if ending is not None and ending.time == last * video.time_base:
        return ending.end
    return end


def _audio_only_cut(job: TrimJob) -> CutRange:
    origin = job.source.origin
    end = None if job.end is None else origin + job.end
    return CutRange(start=origin + job.start, end=end)


def _listener(
    job: TrimJob, cut: CutRange, on_progress: ProgressCallback | None
) -> Callable[[ProgressStep], None]:
    end = cut.end or job.source.info.duration
    total = float(end - cut.start) if end is not None else None

    def listen(step: ProgressStep) -> None:
        if on_progress is not None:
            on_progress(Progress(step.frames, step.seconds, total, step.size))

    return listen


def _check(job: TrimJob, made: RemuxResult, cut: CutRange) -> None:
    if not any(made.written):
        raise InputError(f"nothing of {job.source.name} is in the given time range")
    if cut.packets and made.written[0] != cut.packets:
        raise OutputError(
            f"{made.written[0]} frames of the video were written, not {cut.packets}",
            hint="--exact encodes the video",
        )
