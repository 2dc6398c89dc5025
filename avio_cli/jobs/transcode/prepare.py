"""What is decided and checked before a transcode starts."""

import logging
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.acceleration import AccelerationRequest
from avio_cli.demux.keyframes import keyframe_before
from avio_cli.encode.acceleration import accelerate
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import DamagedInputError, UsageError
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.hdr_metadata import PQ, read_hdr_metadata
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.jobs.transcode.job import TranscodeJob
from avio_cli.media.containers import container_of
from avio_cli.output.target import OutputTarget


def _from_keyframe(job: TranscodeJob) -> TranscodeJob:
    settings = snap_start_to_keyframe(job.source, job.settings)
    return replace(job, settings=settings)


def _with_hdr_metadata(job: TranscodeJob) -> TranscodeJob:
    """The same job with the HDR10 metadata of its source."""
    videos, settings = job.source.info.videos, job.settings
    encodes = settings.streams.video and not settings.streams.remux
    if not (encodes and videos and videos[0].color.transfer == PQ):
        return job
    metadata = read_hdr_metadata(job.source.ffmpeg, job.source.url)
    return replace(job, settings=replace(settings, hdr_metadata=metadata))


def _check_hdr_metadata(job: TranscodeJob, output: OutputTarget) -> None:
    """Warn where the output has lost the HDR10 metadata of the source."""
    if job.settings.hdr_metadata is None or output.readback_path is None:
        return
    written = MediaUrl("file", output.url, output.display_name)
    if read_hdr_metadata(job.source.ffmpeg, written) is None:
        LOG.warning(
            "mastering display and light level (HDR10) are lost: "
            "this ffmpeg's encoder does not write them"
        )


def accelerated(job: TranscodeJob) -> TranscodeJob:
    """The same job on the hardware that works.

    Raises:
        AvioError: the hardware that was asked for by name does not work.
    """
    request = AccelerationRequest(
        wanted=job.hwaccel,
        source=job.source,
        # A run with callbacks cannot start again: its encoder must not fail.
        encodes=not job.callbacks or job.hwaccel != "auto",
    )
    settings = accelerate(Capabilities(job.source.ffmpeg), request, job.settings)
    return replace(job, settings=settings)


def _require_video(job: TranscodeJob) -> None:
    if job.callbacks and job.settings.preset.video is None:
        raise UsageError(
            f"{job.settings.preset.name} has no video: a callback has nothing to do"
        )


def _warn_of_extension(job: TranscodeJob) -> None:
    """Warn where the file extension is not that of the preset's container."""
    if isinstance(job.output, MediaUrl):
        return
    container = job.settings.container
    expected = container_of(job.output.suffix)
    if expected and expected.title != container.title and job.output.suffix:
        LOG.warning("%s will hold %s, as the preset says", job.name, container.title)


def _check_damage(job: TranscodeJob, damage: str) -> str:
    """Fail on damage unless it is allowed; returns it for the summary."""
    if damage and not job.allow_damaged:
        raise DamagedInputError(
            damage, hint="--allow-damaged keeps what can be decoded"
        )
    if damage:
        LOG.warning("%s", damage)
    return damage


LOG = logging.getLogger("avio.copy")
_NOTICEABLE = Fraction(1, 20)
"""Seconds by which a copy may start earlier without a warning."""


def snap_start_to_keyframe(
    source: MediaSource, settings: EncodeSettings
) -> EncodeSettings:
    """Move the start of a copy to the last keyframe at or before it.

    ffmpeg itself drops a keyframe that is decoded before the start, and starts one
    GOP late where frames are stored out of order (5.1 and 9.0).

    Args:
        source: what is copied.
        settings: of any output; those of an encoded one are returned unchanged.
    """
    copies = settings.streams.remux and settings.streams.video
    known = settings.keyframe_preroll or not settings.start or not source.info.videos
    if not copies or known or not source.url.can_reopen:
        return settings
    origin = source.origin
    wanted = origin + settings.start
    keyframe = keyframe_before(source, source.info.videos[0].index, wanted)
    if keyframe is None:
        return settings
    start = max(keyframe.pts_seconds - origin, Fraction(0))
    if settings.start - start > _NOTICEABLE:
        early = float(settings.start - start)
        LOG.warning("the copy begins %.3f s early, at a keyframe", early)
    return replace(
        settings,
        start=start,
        keyframe_preroll=keyframe.pts_seconds - keyframe.dts_seconds,
    )
