"""Plan how a time range is copied, and what its result must hold."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.demux.cut_points import CutRange
from avio_cli.demux.packet_list import list_copied_packets
from avio_cli.demux.packet_selection import PacketSelection, select_packets
from avio_cli.demux.packet_times import PacketTimes, shown_between
from avio_cli.demux.timeline import StreamTimeline, Timeline
from avio_cli.encode.copies.missing_pts import last_pts_filter
from avio_cli.encode.ending import last_duration_filter, packet_bases, special_ending
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.trim.audio import audio_of
from avio_cli.jobs.trim.job import TrimJob
from avio_cli.media.containers import file_container
from avio_cli.media.info import Stream
from avio_cli.mux.codec_delay import codec_delays
from avio_cli.mux.compared import compare_result
from avio_cli.mux.cut_subtitles import CutSubtitles, SubtitleRange, cut_subtitles
from avio_cli.mux.expected import Window
from avio_cli.mux.expected_result import SourceTimes
from avio_cli.mux.remux import RemuxPlan, RemuxResult
from avio_cli.mux.sidecars import lost_chapters, shift_chapters
from avio_cli.mux.streams import StreamPlan
from avio_cli.mux.timecode import plan_timecode
from avio_cli.output.file import FileOutput

LOG = logging.getLogger("avio.trim")

_LOOK_BACK = Fraction(1, 100)
"""Seconds before the range to which even exact demuxers seek: times that are written
with six digits must not fall after a keyframe."""
_LATER = Fraction(5)
"""Seconds after the range at which reading stops: streams are interleaved loosely."""


@dataclass(frozen=True, slots=True)
class CopiedRange:
    """How a range is copied, and what of the source is in it."""

    plan: RemuxPlan
    times: SourceTimes


def compare_copy(
    job: TrimJob, copied: CopiedRange, made: RemuxResult, output: FileOutput
) -> None:
    """Compare all streams of a copied range with the packets of the source.

    Raises:
        OutputError: they differ.
    """
    compare_result(
        job.source,
        output.temporary,
        made.plan,
        copied.plan.container,
        copied.times,
        made.tracks,
        encoding="--exact encodes it",
    )


def plan_range(
    job: TrimJob,
    plan: StreamPlan,
    cut: CutRange,
    output: FileOutput,
    piped: Stream | None = None,
) -> CopiedRange:
    """Plan to copy a time range of all streams, and no packet more.

    A `piped` stream comes from avio instead, as NUT.

    Which packets ffmpeg itself copies between ``-ss`` and ``-t`` depends on decoding
    times and on where its seek ends: so they are listed, and dropped by number.
    """
    part = SubtitleRange(job.source, cut.start, cut.end)
    subtitles = cut_subtitles(part, plan.mapped, output, by_seeking=False)
    copied = list(_copied(job, plan, piped, subtitles))
    container = file_container(job.preset.container)
    delays = codec_delays(job.source, container, audio_of(copied))
    seeking = tuple(_seeking(job.source, cut, max(delays.values(), default=cut.lead)))
    listed = PacketTimes(copied)
    packets = listed.note(list_copied_packets(job.source, copied, seeking))
    chosen = select_packets(
        packets,
        job.source.info,
        copied,
        cut,
        edit_lists=container.edit_lists,
        delays=delays,
    )
    first = 1 if piped is None else 2
    maps = {index: f"{first + i}:0" for i, index in enumerate(subtitles.inputs)}
    if piped is not None:
        maps[piped.index] = "0:0"
    chapters = job.source.info.chapters
    remuxed = RemuxPlan(
        container=container,
        source=job.source,
        plan=plan,
        seeking=seeking,
        filters=_filters(job, chosen),
        piped=piped is not None,
        maps=maps,
        extras=tuple(subtitles.timed(job.source.clock(seeking))),
        options=subtitles.options,
        metadata=_timecode(job, plan, cut),
        chapters=tuple(shift_chapters(chapters, cut.start, cut.end, Fraction(0))),
        offset=cut.start,
    )
    shown = [_shown(job, line, cut) for line in listed.lines]
    times = SourceTimes(
        timeline=Timeline((*shown, *subtitles.lines.values())),
        window=Window(cut.start, preroll=max(delays.values(), default=cut.lead)),
        moved=job.source.generates_pts,
    )
    return CopiedRange(remuxed, times)


def _copied(
    job: TrimJob, plan: StreamPlan, piped: Stream | None, subtitles: CutSubtitles
) -> Iterator[Stream]:
    """The streams whose packets are copied from the source itself."""
    info = job.source.info
    others = [piped, *info.covers, *info.attachments]
    for entry in plan.mapped:
        own = entry.stream.index not in subtitles.inputs
        if own and entry.action == "copy" and entry.stream not in others:
            yield entry.stream


def _shown(job: TrimJob, line: StreamTimeline, cut: CutRange) -> StreamTimeline:
    """What is shown of a stream in the range: of the video, as many as were found.

    In ffmpeg 5.1 the last frame may seem to last longer than until the next one.
    """
    if job.video is None or line.index != job.video.index:
        return shown_between(line, cut.start, cut.end)
    times = [time for time in line.shown() if time >= cut.start]
    following = times[cut.packets - cut.hidden :]
    return shown_between(line, cut.start, following[0] if following else None)


def _timecode(job: TrimJob, plan: StreamPlan, cut: CutRange) -> tuple[str, ...]:
    """Options for the start timecode; warns of what is lost."""
    info, container = job.source.info, file_container(job.preset.container)
    late = max(cut.start - job.source.origin, Fraction(0))
    mapped = [entry.stream for entry in plan.mapped]
    timecode = plan_timecode(info, mapped, container, late)
    for warning in (*timecode.warnings, *lost_chapters(info, container)):
        LOG.warning("%s", warning)
    return timecode.options


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
