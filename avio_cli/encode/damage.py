"""What of a source could not be read by the ffmpeg that encoded or copied it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial

from avio_cli.decode.reader import MediaReader
from avio_cli.demux.packet_list import furthest_end
from avio_cli.demux.packet_times import moved, shown_between
from avio_cli.demux.structure.holes import range_hole
from avio_cli.demux.structure.packets import gap_between, zeroed_packets
from avio_cli.demux.timeline import StreamTimeline, Timeline
from avio_cli.encode.expected import readable_timeline, window_of
from avio_cli.encode.job import LOG, EncodeJob
from avio_cli.ffmpeg.damage import describe_damage, describe_doubt
from avio_cli.ffmpeg.gaps import Gap, longest
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.filters import keeps_times
from avio_cli.media.info import AudioStream
from avio_cli.mux.command import EncodePlan, PlannedStream
from avio_cli.mux.run import MuxLog

_EARLY = Fraction(1, 2)
"""Seconds: where a range ends so much before what was asked for, the source ended."""


def source_damage(
    job: EncodeJob,
    plan: EncodePlan,
    log: MuxLog,
    frames: int,
    tracks: Sequence[StreamTimeline],
    timeline: Timeline | None,
) -> str:
    """Describe what of the source is missing; one clause, or empty.

    Args:
        job: what was run.
        plan: its command and streams.
        log: what ffmpeg said.
        frames: how many were decoded or copied.
        tracks: what the result holds, video first; empty: not known.
        timeline: what the source holds; None: not known.
    """
    zero = _zero(job, tracks)
    given, tracks = tracks, _tracks_as_read(job, plan, tracks, timeline, zero)
    ends = [track.end() or Fraction(0) for track in tracks]
    last = _last(job, zero, ends)
    furthest = zero + max(ends, default=Fraction(0))
    info, url = job.source.info, job.source.url
    gap = _longest_gap(job, zero, tracks, timeline)
    start, end = job.settings.start, job.settings.end
    if end is not None and ends and zero + ends[0] < job.source.origin + end - _EARLY:
        end = None  # the source has ended
    log.damage.hole |= job.lost is not None
    log.damage.found(range_hole(job.source, start, end, gap))
    copied = (
        (p.stream, t) for p, t in zip(plan.streams, tracks, strict=False) if p.copied
    )
    zeroed = zeroed_packets(copied)
    known = (log.damage, info, last, frames)
    describe = partial(describe_damage, *known, gap=gap, zeroed=zeroed)
    damage = describe(furthest)
    omitted = len(tracks) < len(info.videos) + len(info.audios)
    if damage and last is not None and omitted and url.can_reopen:
        # What is longest may not be in the result.
        damage = describe(max(furthest, furthest_end(job.source) or furthest))
    if not damage and (doubt := describe_doubt(info, gap, log.damage)):
        LOG.warning("%s", doubt)
    if not damage and given and not tracks:
        last = _last(job, zero, [track.end() or Fraction(0) for track in given])
        _warn_of_short(describe_damage(log.damage, info, last, frames))
    return damage


def read_damage(reader: MediaReader, source: MediaSource, *, warns: bool = True) -> str:
    """What a source failed to give to a reader of its video; empty if nothing.

    What may be damage, or not, is warned of, unless another reading will say it.

    Where filters may have changed times, the packets of the video are listed. Where the
    video ends before the container's duration, and that may be the audio's, those of
    all streams are.
    """
    settings, times = reader.settings, reader.times
    if times.is_filtered and (listed := readable_timeline(source, [reader.video])):
        start, end = source.origin + settings.start, settings.end
        last = None if end is None else source.origin + end
        for line in listed.streams:
            line = shown_between(line, start, last)
            times.take_packets(line.ticks(), line.time_base, line.end())
    end = settings.end if reader.is_past_end else None
    hole = range_hole(source, settings.start, end, times.gap)
    unknown = reader.may_lack_the_end() and source.can_reopen
    damage = reader.damage(furthest_end(source) if unknown else None, hole=hole)
    if not damage and warns and (doubt := reader.doubt()):
        LOG.warning("%s", doubt)
    if not damage and warns and times.is_filtered:
        _warn_of_short(reader.damage_if_kept())
    return damage


def _warn_of_short(damage: str) -> None:
    """Warn where what filters gave is shorter than a source that is read once."""
    if damage:
        LOG.warning("the filters shorten the video, or %s", damage)


def _tracks_as_read(
    job: EncodeJob,
    plan: EncodePlan,
    tracks: Sequence[StreamTimeline],
    timeline: Timeline | None,
    zero: Fraction,
) -> Sequence[StreamTimeline]:
    """The tracks of a result, as long as what was read for them.

    Filters may change times and lengths: the packets of the source say what was read,
    where they are listed. Where they are not, and one may be changed, none is known.
    """
    window, read = window_of(job.settings, job.source), []
    for planned, track in zip(plan.streams, tracks, strict=False):
        if not planned.filtered or keeps_times(_filters(job, planned)):
            read.append(track)
        elif timeline and (line := timeline.of(planned.stream)) is not None:
            part = shown_between(line, window.start, window.end)
            read.append(moved(part, -zero, part.time_base))
        else:
            return ()
    return read


def _filters(job: EncodeJob, planned: PlannedStream) -> str:
    is_audio = isinstance(planned.stream, AudioStream)
    return job.settings.audio.filters if is_audio else job.settings.video.filters


def _zero(job: EncodeJob, tracks: Sequence[StreamTimeline]) -> Fraction:
    """The source's clock at time 0 of the result."""
    zero = job.source.origin + job.settings.start
    if job.settings.container.delayed:  # MPEG-TS starts at 1.4 s
        starts = [track.first() or Fraction(0) for track in tracks if len(track)]
        zero -= max(min(starts, default=Fraction(0)), Fraction(0))
    return zero


def _last(job: EncodeJob, zero: Fraction, ends: Sequence[Fraction]) -> Fraction | None:
    """When the last frame, or without video the last sample, ends; None: not wanted."""
    settings, info = job.settings, job.source.info
    if not ends or settings.end is not None or not settings.streams.video:
        return None
    if not info.videos:
        return zero + max(ends)
    last = zero + ends[0]
    if (ending := settings.ending) is not None and last >= ending.time:
        last = max(last, ending.end)  # not every container stores durations
    return last


def _longest_gap(
    job: EncodeJob,
    zero: Fraction,
    tracks: Sequence[StreamTimeline],
    timeline: Timeline | None,
) -> Gap | None:
    """The longest one in the range: between frames as stored, or as they arrived."""
    videos = job.source.info.videos
    if not videos:
        return None
    begin = job.source.first_wanted(videos[0], job.settings.start)
    after = None if begin is None else begin - zero
    gaps = [gap.moved(zero) for gap in _gaps(tracks[:1], after)]
    if timeline is not None and (line := timeline.of(videos[0])) is not None:
        window = window_of(job.settings, job.source)
        gaps += _gaps([shown_between(line, window.start, window.end)], begin)
    return longest([*gaps, *([job.lost] if job.lost else [])])


def _gaps(lines: Sequence[StreamTimeline], start: Fraction | None) -> Iterator[Gap]:
    return (gap for line in lines if (gap := gap_between(line, start)) is not None)
