"""Copy a time range: from the keyframe before its start, packet by packet."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from avio_cli.demux.packet_list import Packet, list_copied_packets
from avio_cli.demux.packet_selection import PacketSelection, select_packets
from avio_cli.encode.ending import last_duration_filter, packet_bases, special_ending
from avio_cli.encode.missing_pts import last_pts_filter, with_pts
from avio_cli.encode.timing import copied_timing
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import DamagedInputError, InputError, OutputError
from avio_cli.ffmpeg.damage import DamageWatch
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.progress import ProgressStep
from avio_cli.jobs.trim.audio import COPIES, audio_of, check_audio
from avio_cli.jobs.trim.damage import copy_damage, range_damage
from avio_cli.jobs.trim.job import TrimJob, TrimResult, require_video
from avio_cli.media.containers import file_container
from avio_cli.media.info import Stream, VideoStream
from avio_cli.mux.codec_delay import codec_delays
from avio_cli.mux.cut_subtitles import SubtitleRange, cut_subtitles
from avio_cli.mux.remux import RemuxPlan, RemuxResult, remux
from avio_cli.mux.sidecars import lost_chapters, shift_chapters
from avio_cli.mux.streams import StreamPlan, plan_streams
from avio_cli.mux.timecode import plan_timecode
from avio_cli.output.file import FileOutput, open_file_output
from avio_cli.output.special import refuse_unstreamable
from avio_cli.progress import Progress

LOG = logging.getLogger("avio.trim")

ProgressCallback = Callable[[Progress], None]

_LOOK_BACK = Fraction(1, 100)
"""Seconds before the range to which even exact demuxers seek: times that are written
with six digits must not fall after a keyframe."""
_LATER = Fraction(5)
"""Seconds after the range at which reading stops: streams are interleaved loosely."""


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
        assembly = range_remux_plan(job, plan, cut, output)
        made = remux(
            assembly,
            output,
            on_step=_listener(job, cut, on_progress),
            verify=job.verify,
        )
        _check(job, made, cut)
        damage = copy_damage(job, made.watch, cut)
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


def range_remux_plan(
    job: TrimJob,
    plan: StreamPlan,
    cut: CutRange,
    output: FileOutput,
    piped: Stream | None = None,
) -> RemuxPlan:
    """Plan to copy a time range of all streams, and no packet more.

    A `piped` stream comes from avio instead, as NUT.

    Which packets ffmpeg itself copies between ``-ss`` and ``-t`` depends on decoding
    times and on where its seek ends: so they are listed, and dropped by number.
    """
    part = SubtitleRange(job.source, cut.start, cut.end)
    subtitles = cut_subtitles(part, plan.mapped, output, by_seeking=False)
    info = job.source.info
    kept = [piped, *info.covers, *info.attachments]
    copied = [
        entry.stream
        for entry in plan.mapped
        if entry.action == "copy"
        and entry.stream not in kept
        and entry.stream.index not in subtitles.inputs
    ]
    container = file_container(job.preset.container)
    delays = codec_delays(job.source, container, audio_of(copied))
    seeking = tuple(_seeking(job.source, cut, max(delays.values(), default=cut.lead)))
    packets = list_copied_packets(job.source, copied, seeking)
    chosen = select_packets(
        packets, info, copied, cut, edit_lists=container.edit_lists, delays=delays
    )
    first = 1 if piped is None else 2
    maps = {index: f"{first + i}:0" for i, index in enumerate(subtitles.inputs)}
    if piped is not None:
        maps[piped.index] = "0:0"
    late = max(cut.start - job.source.origin, Fraction(0))
    mapped = [entry.stream for entry in plan.mapped]
    timecode = plan_timecode(info, mapped, container, late)
    for warning in (*timecode.warnings, *lost_chapters(info, container)):
        LOG.warning("%s", warning)
    return RemuxPlan(
        container=container,
        source=job.source,
        plan=plan,
        seeking=seeking,
        filters=_filters(job, chosen),
        piped=piped is not None,
        maps=maps,
        extras=tuple(subtitles.timed(job.source.clock(seeking))),
        options=subtitles.options,
        metadata=timecode.options,
        chapters=tuple(shift_chapters(info.chapters, cut.start, cut.end, Fraction(0))),
        offset=cut.start,
    )


def _filters(job: TrimJob, chosen: Mapping[int, PacketSelection]) -> dict[int, str]:
    """Bitstream filters: which packets are kept, and how long the last frame lasts."""
    filters = {index: selection.filter for index, selection in chosen.items()}
    if job.video is None:
        return filters
    index, steps = job.video.index, []
    if job.source.generates_pts:
        whole = replace(job.source, generates_pts=False)
        steps.append(last_pts_filter(whole, job.video))
    steps.append(filters.get(index, ""))
    if ending := special_ending(job.source, job.video, job.end):
        bases = packet_bases(file_container(job.preset.container), job.video.time_base)
        steps.append(last_duration_filter(ending, bases))
    if any(steps):
        filters[index] = ",".join(filter(None, steps))
    return filters


def _seeking(source: MediaSource, cut: CutRange, delay: Fraction) -> Iterator[str]:
    margin = max(_LOOK_BACK, source.seek_margin)
    seek = cut.start - max(cut.lead, delay) - source.origin - margin
    seeking = source.seek(seek)
    yield from seeking
    # Where the start is unknown (one image, one frame in NUT), ffmpeg adds the mark
    # for that to the end, and drops every packet (5.1 and 9.0).
    if cut.end is not None and source.info.start is not None:
        skipped = seek if seeking else Fraction(0)
        length = cut.end - source.origin - skipped + _LATER
        yield from ("-t", f"{float(length):.6f}")


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
