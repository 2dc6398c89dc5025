"""Merge files: scan, copy and verify; encode where copying fails."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.damage import check_damage, describe_doubt
from avio_cli.jobs.merge.audio import output_tracks
from avio_cli.jobs.merge.build import Listener, MergeBuilder
from avio_cli.jobs.merge.inputs import (
    MergeInput,
    assign_offsets,
    output_texts,
    part_damage,
    scan_input,
)
from avio_cli.jobs.merge.job import MergeJob, MergeResult, NotCopiedError
from avio_cli.media.containers import file_container
from avio_cli.media.info import Stream
from avio_cli.output.file import open_file_output
from avio_cli.output.special import refuse_unstreamable

LOG = logging.getLogger("avio.merge")
_UNPLAYED = Fraction(1, 10)
"""Seconds of audio next to the video that nobody misses: a few packets."""


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
        known = "only one file" if job.sources else "no file"
        raise UsageError(f"there is {known}", hint="name two or more to join")
    parts = [scan_input(source) for source in job.sources]
    for part in parts:
        if (part.video is None) != (parts[0].video is None):
            bare = part if part.video is None else parts[0]
            raise InputError(f"{bare.source.name} has no video, others have one")
        damage = part_damage(part)
        check_damage(damage, allowed=job.allow_damaged, kept="joined")
        doubt = describe_doubt(part.source.info, part.gap, part.watch)
        if doubt and not damage:
            LOG.warning("%s", doubt)
    for warning in dict.fromkeys(_losses(parts)):
        LOG.warning("%s", warning)
    return assign_offsets(parts)


def _losses(parts: Sequence[MergeInput]) -> Iterator[str]:
    tracks, texts = output_tracks(parts), output_texts(parts)
    for number, part in enumerate(parts):
        info = part.source.info
        if len(info.videos) > 1:
            yield f"{info.source}: only the first video stream is joined"
        if len(info.subtitles) > len(part.texts):
            yield f"{info.source}: bitmap subtitles are dropped"
        if any(text.codec in ("ass", "ssa") for text in part.texts):
            yield f"{info.source}: subtitles lose their styles"
        yield from _other_languages(part, "audio", part.audios, tracks)
        yield from _other_languages(part, "subtitle", part.texts, texts)
        yield from _unplayed(part, is_last=number == len(parts) - 1)


def _other_languages(
    part: MergeInput, kind: str, own: Sequence[Stream], joined: Sequence[Stream]
) -> Iterator[str]:
    """Tracks that get the language of another file."""
    for number, (here, there) in enumerate(zip(own, joined, strict=False), 1):
        if here.language and there.language and here.language != there.language:
            yield (
                f"{part.source.name}: {kind} track {number} is {here.language}, and "
                f"is joined to one that is {there.language}"
            )


def _unplayed(part: MergeInput, *, is_last: bool) -> Iterator[str]:
    """Audio that is before or after the video of its part."""
    if part.video is None:
        return
    end = part.start + part.length
    early = [part.start - span.start for span in part.spans if span is not None]
    late = [span.end - end for span in part.spans if span is not None and not is_last]
    for seconds, where in ((early, "before"), (late, "after")):
        if seconds and max(seconds) > _UNPLAYED:
            yield (
                f"{part.source.name}: {float(max(seconds)):.3f} s of audio {where} "
                "its video are left out"
            )
