"""What a source lacks at the end of a range; what follows the range does not matter."""

import logging
from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from avio_cli.demux.cut_points import CutRange
from avio_cli.demux.ending import find_ending
from avio_cli.demux.packet_list import furthest_end
from avio_cli.demux.structure.holes import find_hole, range_hole
from avio_cli.encode.video_params import nominal_rate
from avio_cli.ffmpeg.damage import check_damage, describe_damage, describe_doubt
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.gaps import Gap, longest_gap
from avio_cli.jobs.trim.job import TrimJob, require_video
from avio_cli.jobs.trim.segments import SmartCutPlan
from avio_cli.mux.remux import RemuxResult

LOG = logging.getLogger("avio.trim")


def copy_damage(job: TrimJob, made: RemuxResult, cut: CutRange) -> str:
    """What of a copied range could not be read; what follows it does not matter.

    Whether a hole is in the range or within seconds after it, the log does not show.

    Args:
        job: what is copied.
        made: the copy.
        cut: the range.

    Raises:
        DamagedInputError: there is damage, and it is not allowed.
    """
    frames = cut.packets - cut.hidden
    watch = made.watch
    if job.video and not cut.reaches_end:
        # What is lost of a packet after the range is none of its concern.
        watch = DamageWatch(hole=watch.hole, corrupt_packets=watch.corrupt_packets)
    gap = made.gap.moved(cut.start) if made.gap and job.video else None
    end = None if cut.reaches_end or not job.video else job.end
    watch.found(range_hole(job.source, job.start, end, gap))
    if job.video and not cut.reaches_end:
        info, zeroed = job.source.info, made.zeroed
        damage = describe_damage(watch, info, None, frames, gap=gap, zeroed=zeroed)
    else:
        last = _end(job, made, cut)
        damage = range_damage(job, watch, last, frames, gap=gap, zeroed=made.zeroed)
    if not damage and (doubt := describe_doubt(job.source.info, gap, watch)):
        LOG.warning("%s", doubt)
    return check_damage(damage, allowed=job.allow_damaged, kept="copied")


def refuse_hole(job: TrimJob, cut: CutRange) -> None:
    """Blame the source for a copy that cannot be verified, where it has a hole.

    Raises:
        DamagedInputError: it has one.
    """
    watch, frames = DamageWatch(), cut.packets - cut.hidden
    watch.found(range_hole(job.source, job.start, job.end, None))
    damage = describe_damage(watch, job.source.info, None, frames)
    check_damage(damage, allowed=False, kept="copied")


def _end(job: TrimJob, made: RemuxResult, cut: CutRange) -> Fraction | None:
    """When the last frame ends; without video, the last sample; None: not wanted."""
    if job.video or job.end is not None or not made.tracks:
        return cut.video_end
    return cut.start + max(track.end() or Fraction(0) for track in made.tracks)


def pieces_damage(job: TrimJob, pieces: SmartCutPlan, watch: DamageWatch) -> str:
    """What of a range could not be read that was cut exactly, in pieces.

    Args:
        job: what is cut.
        pieces: of the range.
        watch: has read the log of who read the copied streams.

    Raises:
        DamagedInputError: there is damage, and it is not allowed.
    """
    video, times = require_video(job), pieces.times
    base, begin = video.time_base, job.source.first_wanted(video, job.start)
    gap = longest_gap(times, base, begin)
    end = None if pieces.reaches_end else job.end
    watch.found(range_hole(job.source, job.start, end, gap))
    if not pieces.reaches_end:
        found = describe_damage(watch, job.source.info, None, len(times), gap=gap)
        damage = found if watch.hole else ""
    else:
        rate = nominal_rate(video)
        last = times[-1] * base + (1 / rate if rate else 0)
        damage = range_damage(job, watch, last, len(times), gap=gap)
    return check_damage(damage, allowed=job.allow_damaged, kept="copied")


def range_damage(
    job: TrimJob,
    watch: DamageWatch,
    last: Fraction | None,
    frames: int,
    *,
    gap: Gap | None = None,
    zeroed: int = 0,
) -> str:
    """Describe what a source lacks at its end; empty where nothing is missing.

    Args:
        job: whose range reaches the end of the video.
        watch: has read the log.
        last: when the last frame ends, on the source's clock; None without video.
        frames: how many could be read.
        gap: the longest one between them.
        zeroed: packets that hold nothing but zeros.
    """
    info = job.source.info
    unknown = last is not None and not any(s.duration is not None for s in info.streams)
    furthest = furthest_end(job.source) if unknown else None
    describe = partial(describe_damage, watch, info, gap=gap, zeroed=zeroed)
    damage = describe(last, frames, furthest)
    if damage and last is not None and info.videos:
        # The last frame may be shown for longer than its rate says.
        ending = find_ending(job.source, info.videos[0])
        if ending is not None and last >= ending.time:
            last = max(last, ending.end)
            damage = describe(last, frames, furthest)
    return damage


def lost_before(
    job: TrimJob, times: Sequence[int], first: Fraction, watch: DamageWatch
) -> Gap | None:
    """What a hole took away between the start of a range and its first frame.

    Whoever reads from that frame on does not see it. What may be a hole is warned of.

    Args:
        job: whose range it is.
        times: of the frames around its start, in ticks.
        first: when its first frame is shown, in seconds after the source's start.
        watch: has read the log of who looked for it.

    Returns:
        None where nothing is missing, or no hole is known.
    """
    video, origin = require_video(job), job.source.origin
    base, begin = video.time_base, job.source.first_wanted(video, job.start)
    after = (time for time in sorted(times) if time * base >= origin + first)
    gap = longest_gap(after, base, begin)
    if gap is None or not gap.missing or gap.start >= origin + first:
        return None
    watch.found(find_hole(job.source))
    if watch.hole or watch.corrupt_packets:
        return gap
    if doubt := describe_doubt(job.source.info, gap):
        LOG.warning("%s", doubt)
    return None
