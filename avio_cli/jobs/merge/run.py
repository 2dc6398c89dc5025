"""The run: measure, put together, verify; encode where a copy does not come out."""

import logging
from dataclasses import replace

from avio_cli.errors import InputError, UsageError
from avio_cli.jobs.merge.build import Build, Listener
from avio_cli.jobs.merge.inputs import Part, check_whole, measure, placed, refuse_damage
from avio_cli.jobs.merge.job import Merged, MergeJob, NotCopiedError
from avio_cli.output.file import reserved

LOG = logging.getLogger("avio.joining")


def merge(job: MergeJob, on_progress: Listener | None = None) -> Merged:
    """Make one file of several.

    Raises:
        AvioError: it cannot be made; nothing is then left of it.
    """
    parts = _measured(job)
    try:
        return _merge(job, parts, on_progress)
    except NotCopiedError as error:
        # Encoding is always right; the reason is told.
        LOG.debug("not by copying the film: %s", error.message)
        again = replace(job, encode=True, reason=error.message)
        return _merge(again, parts, on_progress)


def _merge(
    job: MergeJob, parts: tuple[Part, ...], on_progress: Listener | None
) -> Merged:
    addresses = [part.address for part in parts]
    with reserved(job.output, *addresses, force=job.force) as target:
        run = Build(job, parts, target, on_progress)
        run.make()
        size = target.temporary.stat().st_size
        target.commit()
    last = parts[-1]
    return Merged(
        frames=sum(len(part.times) for part in parts),
        seconds=float(last.offset + last.length),
        size=size,
        film=run.agreement.film if parts[0].film else "",
        sound=run.agreement.sound if run.tracks else "",
        starts=tuple(part.offset for part in parts),
    )


def _measured(job: MergeJob) -> tuple[Part, ...]:
    if len(job.sources) < 2:
        raise UsageError("there is only one file", hint="name two or more to join")
    parts = [measure(job.ffmpeg, address, info) for address, info in job.sources]
    for part in parts:
        if (part.film is None) != (parts[0].film is None):
            bare = part if part.film is None else parts[0]
            raise InputError(f"{bare.info.source} has no film, others have one")
        damage = check_whole(part)
        refuse_damage(damage, allowed=job.allow_damaged)
        if damage:
            LOG.warning("%s", damage)
        if len(part.info.videos) > 1:
            LOG.warning("%s: only the first film is joined", part.info.source)
    return placed(parts)
