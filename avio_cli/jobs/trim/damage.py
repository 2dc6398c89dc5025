"""What a source lacks at the end of a range; what follows the range does not matter."""

import logging
from fractions import Fraction

from avio_cli.demux.cut_points import CutRange
from avio_cli.demux.ending import find_ending
from avio_cli.demux.packet_list import furthest_end
from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.damage import DamageWatch, describe_damage
from avio_cli.jobs.trim.job import TrimJob

LOG = logging.getLogger("avio.trim")


def copy_damage(job: TrimJob, watch: DamageWatch, cut: CutRange) -> str:
    """What of a copied range could not be read; what follows it does not matter.

    Raises:
        DamagedInputError: there is damage, and it is not allowed.
    """
    frames = cut.packets - cut.hidden
    if job.video and not cut.reaches_end:
        # Whether a hole is in the range or soon after it, the log does not show.
        found = describe_damage(watch, job.source.info, None, frames)
        return checked_damage(job, found if watch.hole else "")
    damage = range_damage(job, watch, cut.video_end, frames)
    return checked_damage(job, damage)


def range_damage(
    job: TrimJob, watch: DamageWatch, last: Fraction | None, frames: int
) -> str:
    """Describe what a source lacks at its end; empty where nothing is missing.

    Args:
        job: whose range reaches the end of the video.
        watch: has read the log.
        last: when the last frame ends, on the source's clock; None without video.
        frames: how many could be read.
    """
    info = job.source.info
    unknown = last is not None and not any(s.duration is not None for s in info.streams)
    furthest = furthest_end(job.source) if unknown else None
    damage = describe_damage(watch, info, last, frames, furthest)
    if damage and last is not None and info.videos:
        # The last frame may be shown for longer than its rate says.
        ending = find_ending(job.source, info.videos[0])
        if ending is not None and last >= ending.time:
            last = max(last, ending.end)
            damage = describe_damage(watch, info, last, frames, furthest)
    return damage


def checked_damage(job: TrimJob, damage: str) -> str:
    """Fail on damage unless it is allowed; then warn of it.

    Raises:
        DamagedInputError: it is not.
    """
    if damage and not job.allow_damaged:
        hint = "--allow-damaged keeps what can be copied"
        raise DamagedInputError(damage, hint=hint)
    if damage:
        LOG.warning("%s", damage)
    return damage
