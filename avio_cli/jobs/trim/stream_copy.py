"""A stretch that is copied: from the keyframe before its start, to the packet."""

import logging
from collections.abc import Callable, Iterator
from fractions import Fraction

from avio_cli.demux.cut_points import (
    CutRange,
    decode_time,
    end_of,
    packets_around,
    packets_to_keep,
    presentation_time,
    select_packets,
)
from avio_cli.demux.packet_list import list_copied_packets
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import DamagedInputError, InputError, OutputError
from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.damage import describe_damage
from avio_cli.ffmpeg.progress import ProgressStep
from avio_cli.ffmpeg.seeking import EXACT_SEEK_DEMUXERS, SEEK_MARGIN
from avio_cli.jobs.trim.job import TrimJob, TrimResult, require_video
from avio_cli.media.containers import file_container
from avio_cli.media.info import MediaInfo, Stream, SubtitleStream
from avio_cli.mux.remux import RemuxPlan, RemuxResult, remux
from avio_cli.mux.sidecars import shift_chapters
from avio_cli.mux.streams import StreamPlan, StreamSelection, plan_streams
from avio_cli.mux.subtitles import read_cues, shift_cues, write_cues
from avio_cli.output.file import FileOutput, open_file_output
from avio_cli.progress import Progress

LOG = logging.getLogger("avio.cutting")

ProgressCallback = Callable[[Progress], None]

_TEXTS = 2000
"""First number of the sidecar files that hold subtitles."""
_LOOK_BACK = Fraction(1, 100)
"""Seconds before the stretch to which even exact demuxers are sent: times that are
written with six digits must not fall behind a keyframe."""
_LATER = Fraction(5)
"""Seconds after the stretch at which reading stops: streams lie apart in a file."""


def copy_range(job: TrimJob, on_progress: ProgressCallback | None) -> TrimResult:
    """Copy all streams, from the keyframe at or before the start.

    Raises:
        AvioError: it cannot be made; nothing is then left of it.
    """
    plan = plan_copy(job)
    cut = _keyframe_cut(job) if job.video else _audio_only_cut(job)
    with open_file_output(job.output, job.address, force=job.force) as target:
        assembly = range_remux_plan(job, plan, cut, target)
        made = remux(
            job.ffmpeg,
            assembly,
            target,
            on_step=_listener(job, cut, on_progress),
            verify=job.verify,
        )
        _check(job, made, cut)
        damage = _damage(job, made, cut)
        size = target.temporary.stat().st_size
        target.commit()
    return trim_result(job, cut, copied=cut.packets, size=size, damage=damage)


def plan_copy(job: TrimJob) -> StreamPlan:
    """Which streams are copied; what is left out is told."""
    plan = plan_streams(
        job.info,
        file_container(job.preset.container),
        StreamSelection(remux=True, lenient=True),
    )
    for note in plan.dropped:
        LOG.warning("%s", note)
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
    """Tell where a cut lies after the source's start."""
    origin = job.info.start or Fraction(0)
    return TrimResult(
        # Containers round their own start: a film may seem to begin before it.
        start=max(cut.start - origin, Fraction(0)),
        end=None if cut.end is None else cut.end - origin,
        copied=copied,
        encoded=encoded,
        size=size,
        damage=damage,
    )


def range_remux_plan(
    job: TrimJob,
    plan: StreamPlan,
    cut: CutRange,
    target: FileOutput,
    piped: Stream | None = None,
) -> RemuxPlan:
    """What copies a stretch of all streams, and no packet more.

    A stream that is `piped` comes from us instead, as NUT.

    Which packets ffmpeg itself copies between ``-ss`` and ``-t`` depends on decoding
    times and on where its seek has landed: so they are listed, and dropped by number.
    """
    copied = [
        carried.stream
        for carried in plan.mapped
        if carried.action == "copy" and carried.stream not in job.info.covers
    ]
    kept = [piped, *job.info.attachments]
    copied = [stream for stream in copied if stream not in kept]
    seeking = tuple(_seeking(job.info, cut))
    packets = list_copied_packets(job.ffmpeg, job.address, copied, seeking)
    chosen = select_packets(packets, job.info, copied, cut)
    texts = _converted_subtitles(job, plan, cut, target)
    first = 1 if piped is None else 2
    maps = {index: f"{first + i}:0" for i, index in enumerate(texts)}
    if piped is not None:
        maps[piped.index] = "0:0"
    return RemuxPlan(
        container=file_container(job.preset.container),
        address=job.address,
        info=job.info,
        plan=plan,
        seeking=seeking,
        filters={index: selection.filter for index, selection in chosen.items()},
        piped=piped is not None,
        maps=maps,
        extras=tuple(texts.values()),
        chapters=tuple(
            shift_chapters(job.info.chapters, cut.start, cut.end, Fraction(0))
        ),
        offset=cut.start,
    )


def _converted_subtitles(
    job: TrimJob, plan: StreamPlan, cut: CutRange, target: FileOutput
) -> dict[int, Input]:
    """Subtitles that are converted, as files of their own."""
    found = {}
    for carried in plan.mapped:
        stream = carried.stream
        if carried.action == "convert" and isinstance(stream, SubtitleStream):
            cues = read_cues(job.ffmpeg, job.address, stream)
            # All times are shifted back by the start when they are written.
            kept = shift_cues(cues, cut.start, cut.end, cut.start)
            number = _TEXTS + stream.index
            found[stream.index] = write_cues(target.sidecar(number), kept)
    return found


def _seeking(info: MediaInfo, cut: CutRange) -> Iterator[str]:
    exact = info.container.startswith(EXACT_SEEK_DEMUXERS)
    seek = cut.start - (info.start or 0) - (_LOOK_BACK if exact else SEEK_MARGIN)
    if seek > 0:
        yield from ("-ss", f"{float(seek):.6f}")
    if cut.end is not None:
        yield from ("-t", f"{float(cut.end - max(seek, Fraction(0)) + _LATER):.6f}")


def _keyframe_cut(job: TrimJob) -> CutRange:
    """Move the ends to where the film can be cut as it is."""
    film, bounds = require_video(job), job.bounds
    window = packets_around(job.ffmpeg, job.address, job.info, film, bounds)
    taken = window[: packets_to_keep(window, bounds)]
    if not any(map(bounds.holds, taken)):
        raise InputError(f"no frame of {job.info.source} lies in the given time")
    start = presentation_time(window[0]) * film.time_base
    taken = tuple(
        p for p in taken if presentation_time(p) >= presentation_time(window[0])
    )
    if job.end is None:
        return CutRange(start=start, end=None, packets=len(taken))
    end = end_of(taken, nominal_rate(film), film.time_base)
    last = decode_time(taken[-1]) * film.time_base
    return CutRange(start=start, end=end, packets=len(taken), last=last)


def _audio_only_cut(job: TrimJob) -> CutRange:
    origin = job.info.start or Fraction(0)
    end = None if job.end is None else origin + job.end
    return CutRange(start=origin + job.start, end=end)


def _listener(
    job: TrimJob, cut: CutRange, on_progress: ProgressCallback | None
) -> Callable[[ProgressStep], None]:
    end = cut.end or job.info.duration
    total = float(end - cut.start) if end is not None else None

    def listen(step: ProgressStep) -> None:
        if on_progress is not None:
            on_progress(Progress(step.frames, step.seconds, total, step.size))

    return listen


def _check(job: TrimJob, made: RemuxResult, cut: CutRange) -> None:
    if not any(made.written):
        raise InputError(f"nothing of {job.info.source} lies in the given time")
    if cut.packets and made.written[0] != cut.packets:
        raise OutputError(
            f"{made.written[0]} frames of the film were written, not {cut.packets}",
            hint="--exact encodes the film",
        )


def _damage(job: TrimJob, made: RemuxResult, cut: CutRange) -> str:
    damage = describe_damage(made.watch, job.info, None, cut.packets)
    if damage and not job.allow_damaged:
        hint = "--allow-damaged keeps what can be copied"
        raise DamagedInputError(damage, hint=hint)
    if damage:
        LOG.warning("%s", damage)
    return damage
