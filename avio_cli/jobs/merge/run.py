"""Merge files: scan, copy and verify; encode where copying fails."""

import logging
from dataclasses import replace

from avio_cli.errors import InputError, UsageError
from avio_cli.jobs.merge.build import Listener, MergeBuilder
from avio_cli.jobs.merge.inputs import (
    MergeInput,
    assign_offsets,
    check_damage,
    missing_duration,
    scan_input,
)
from avio_cli.jobs.merge.job import MergeJob, MergeResult, NotCopiedError
from avio_cli.media.containers import file_container
from avio_cli.output.file import open_file_output
from avio_cli.output.special import refuse_unstreamable

LOG = logging.getLogger("avio.merge")


def merge(job: MergeJob, on_progress: Listener | None = None) -> MergeResult:
    """Concatenate several files into one.

    Raises:
        AvioError: it cannot be made; no output file is left.
    """
    parts = _scan_inputs(job)
    try:
        return _merge(job, parts, on_progress)
    except NotCopiedError as error:
        # Encoding always works; the summary has the reason.
        LOG.debug("not copying the video: %s", error.message)
        again = replace(job, encode=True, reason=error.message)
        return _merge(again, parts, on_progress)


def _merge(
    job: MergeJob, parts: tuple[MergeInput, ...], on_progress: Listener | None
) -> MergeResult:
    urls = [part.source.url for part in parts]
    refuse_unstreamable(job.output, file_container(job.preset.container))
    with open_file_output(job.output, *urls, force=job.force) as output:
        run = MergeBuilder(job, parts, output, on_progress)
        run.make()
        size = output.temporary.stat().st_size
        output.commit()
    last = parts[-1]
    return MergeResult(
        frames=sum(len(part.times) for part in parts),
        seconds=float(last.offset + last.length),
        size=size,
        video_reencode_reason=run.compatibility.video_mismatch
        if parts[0].video
        else "",
        audio_reencode_reason=run.compatibility.audio_mismatch if run.tracks else "",
        starts=tuple(part.offset for part in parts),
    )


def _scan_inputs(job: MergeJob) -> tuple[MergeInput, ...]:
    if len(job.sources) < 2:
        raise UsageError("there is only one file", hint="name two or more to join")
    parts = [scan_input(source) for source in job.sources]
    for part in parts:
        if (part.video is None) != (parts[0].video is None):
            bare = part if part.video is None else parts[0]
            raise InputError(f"{bare.source.name} has no video, others have one")
        damage = missing_duration(part)
        check_damage(damage, allowed=job.allow_damaged)
        if damage:
            LOG.warning("%s", damage)
        _warn_of_losses(part)
    return assign_offsets(parts)


def _warn_of_losses(part: MergeInput) -> None:
    info = part.source.info
    if len(info.videos) > 1:
        LOG.warning("%s: only the first video stream is joined", info.source)
    if len(info.subtitles) > len(part.texts):
        LOG.warning("%s: bitmap subtitles are dropped", info.source)
