"""What is checked of a result that one ffmpeg made."""

from collections.abc import Sequence

from avio_cli.decode.live.kinds import is_one_body
from avio_cli.encode.job import LOG, EncodeJob
from avio_cli.errors import InputError, InterruptionError, OutputError
from avio_cli.ffmpeg.probe.captions import has_closed_captions
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.verify import lost_orientation
from avio_cli.output.growing import GrowingFile
from avio_cli.output.target import OutputTarget

_NEAR = 1
"""Seconds: packets end where they do."""


def check_written(
    job: EncodeJob,
    plan: EncodePlan,
    written: Sequence[int],
    frames: int,
) -> None:
    """Fail where nothing was decoded or written.

    Args:
        job: what was made.
        plan: of its command.
        written: packets of each stream.
        frames: that were decoded.

    Raises:
        AvioError: nothing was.
    """
    settings = job.settings
    decodes = plan.video_outputs and not settings.streams.remux
    if decodes and frames == 0 and not settings.start:
        raise InputError(f"{job.source.name}: no frame could be decoded")
    if not any(written):
        raise OutputError(f"nothing of {job.source.name} is in the given time range")
    if decodes and not any(written[: len(plan.video_outputs)]):
        raise InputError(f"no frame of {job.source.name} is in the given time range")


def ended_early(job: EncodeJob, output: OutputTarget) -> InterruptionError:
    """The error of a run that its user ended before there was anything to keep."""
    if isinstance(output, GrowingFile):
        output.remove()
    return InterruptionError(f"ended before {job.source.name} gave anything to keep")


def warn_of_lost_captions(
    job: EncodeJob, plan: EncodePlan, output: OutputTarget
) -> None:
    """Warn where the output lacks the closed captions of the source."""
    videos, ffmpeg = job.source.info.videos, job.source.ffmpeg
    if output.readback_path is None or not videos or not plan.video_outputs:
        return
    if has_closed_captions(ffmpeg, job.source.url, videos[0]):
        written = MediaUrl("file", output.url, output.display_name)
        found = probe(ffmpeg, written).videos
        if found and not has_closed_captions(ffmpeg, written, found[0]):
            LOG.warning("closed captions are lost")


def warn_of_end(job: EncodeJob, seconds: float) -> None:
    """Warn where a live source ended by itself: here it is not opened again.

    The body of a response has an end.
    """
    wanted = job.settings.end
    reached = wanted is not None and seconds > wanted - _NEAR
    if job.source.is_live and not (reached or is_one_body(job.source)):
        LOG.warning(
            "%s: ended after %.1f s, and is not opened again: a copy goes on in parts "
            "(--segment), a video that is encoded (without --copy) in one file, too",
            *(job.source.name, seconds),
        )


def check_orientation(job: EncodeJob, output: OutputTarget) -> None:
    """Fail where a copy would be shown differently, or warn where loss is allowed."""
    finished, streams = output.readback_path, job.settings.streams
    if finished is None or not (streams.remux and streams.video):
        return
    if lost := lost_orientation(job.source.ffmpeg, finished, job.source.info.videos):
        message = f"the copy would be shown differently: {lost}"
        if not job.allow_damaged:
            hint = "omit --copy to encode it upright, or choose another extension"
            raise OutputError(message, hint=hint)
        LOG.warning("%s", message)
