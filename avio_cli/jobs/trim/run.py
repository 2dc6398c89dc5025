"""Trim a file: copy the packets of a time range, or cut it exactly."""

import logging
from dataclasses import replace
from fractions import Fraction

from avio_cli.demux.cut_points import TickRange, packets_around, presentation_time
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.encode.job import EncodeJob
from avio_cli.encode.run import encode
from avio_cli.encode.settings import EncodeSettings, check_range
from avio_cli.errors import AvioError, DamagedInputError, InputError, UsageError
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.gaps import Gap
from avio_cli.jobs.trim.damage import lost_before
from avio_cli.jobs.trim.job import TrimJob, TrimResult, require_video
from avio_cli.jobs.trim.smart_cut import plan, smart_cut
from avio_cli.jobs.trim.stream_copy import ProgressCallback, copy_range
from avio_cli.mux.streams import StreamSelection

LOG = logging.getLogger("avio.trim")


def trim(job: TrimJob, on_progress: ProgressCallback | None = None) -> TrimResult:
    """Write a time range of a file to another file.

    Raises:
        AvioError: it cannot be made; no output file is left.
    """
    if not job.start and job.end is None:
        raise UsageError("nothing to cut off", hint="give --start, --end or both")
    if job.source.is_live:
        raise UsageError(
            f"{job.source.name} is live: nothing can be cut out of it",
            hint="record it first: avio transcode --copy",
        )
    job = replace(job, source=with_known_jumps(job.source))
    check_range(job.start, job.end, job.source.info)
    if not job.exact:
        return copy_range(job, on_progress)
    if job.video is None:
        return _encode_all(job, "there is no video", on_progress)
    pieces = plan(job)
    if not pieces.reason:
        try:
            return smart_cut(job, pieces, on_progress)
        except DamagedInputError:
            raise
        except AvioError as error:
            if job.output.exists() and not job.force:
                raise
            # Whatever is unusual about the video: encoding all of it always works.
            LOG.debug("not copying the middle: %s", error.message)
            return _encode_all(job, error.message, on_progress)
    return _encode_all(job, pieces.reason, on_progress)


def _encode_all(
    job: TrimJob, reason: str, on_progress: ProgressCallback | None
) -> TrimResult:
    choice = StreamSelection(audio_copy=job.preset.audio_copy)
    start, lost = _first_frame(job) if job.video else (job.start, None)
    settings = replace(_settings(job, choice), start=start)
    encoding = replace(_encode_job(job, settings), lost=lost)
    summary = encode(encoding, on_progress)
    return TrimResult(
        start=start,
        end=job.end,
        encoded=summary.frames,
        reason=reason,
        size=summary.size,
        damage=summary.damage,
    )


def _first_frame(job: TrimJob) -> tuple[Fraction, Gap | None]:
    """When the first frame from the start on is shown: the result's 0.

    Returns:
        Seconds after the source's start, and what a hole took away before it.

    Raises:
        InputError: it is not before the end.
    """
    video, first = require_video(job), job.bounds.first
    watch = DamageWatch.of(job.source.url)
    # Only packets around the start need to be listed.
    window = packets_around(job.source, video, TickRange(first, first), watch)
    times = [presentation_time(packet) for packet in window if not packet.discard]
    after = [time for time in times if time >= first]
    if not after:
        return job.start, None
    start = min(after) * video.time_base - job.source.origin
    if job.end is not None and start >= job.end:
        raise InputError(
            f"no frame of {job.source.name} is in the given time range",
            hint=f"the next one is shown at {float(start):.3f} s",
        )
    return start, lost_before(job, times, start, watch)


def _settings(job: TrimJob, choice: StreamSelection) -> EncodeSettings:
    return EncodeSettings(
        preset=job.preset,
        streams=choice,
        start=job.start,
        end=job.end,
        verify=job.verify,
    )


def _encode_job(job: TrimJob, settings: EncodeSettings) -> EncodeJob:
    return EncodeJob(
        source=job.source,
        output=job.output,
        settings=settings,
        force=job.force,
        allow_damaged=job.allow_damaged,
    )
