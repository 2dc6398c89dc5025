"""What is decided and checked before a transcode begins."""

import logging
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.acceleration import AccelerationRequest
from avio_cli.demux.keyframes import keyframe_before
from avio_cli.encode.acceleration import accelerate
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import DamagedInputError, UsageError
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.hdr_metadata import PQ, read_hdr_metadata
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.jobs.transcode.job import TranscodeJob
from avio_cli.media.containers import container_of
from avio_cli.media.info import MediaInfo
from avio_cli.output.target import OutputTarget


def _from_keyframe(job: TranscodeJob) -> TranscodeJob:
    settings = snap_start_to_keyframe(job.ffmpeg, job.address, job.info, job.settings)
    return replace(job, settings=settings)


def _with_hdr_metadata(job: TranscodeJob) -> TranscodeJob:
    """The same job, told what an HDR10 source says of its light."""
    videos, settings = job.info.videos, job.settings
    encodes = settings.streams.video and not settings.streams.remux
    if not (encodes and videos and videos[0].color.transfer == PQ):
        return job
    light = read_hdr_metadata(job.ffmpeg, job.address)
    return replace(job, settings=replace(settings, hdr_metadata=light))


def _check_hdr_metadata(job: TranscodeJob, target: OutputTarget) -> None:
    """Say so where a result has lost what its source told of its light."""
    if job.settings.hdr_metadata is None or target.readback_path is None:
        return
    address = MediaUrl("file", target.url, target.display_name)
    if read_hdr_metadata(job.ffmpeg, address) is None:
        LOG.warning(
            "mastering display and light level (HDR10) are lost: "
            "this ffmpeg's encoder does not write them"
        )


def accelerated(job: TranscodeJob) -> TranscodeJob:
    """The same job on the devices that work.

    Raises:
        AvioError: what was asked for by name does not work.
    """
    request = AccelerationRequest(
        wanted=job.hwaccel,
        address=job.address,
        info=job.info,
        # A run with callbacks cannot begin anew: its encoder must not fail.
        encodes=not job.callbacks or job.hwaccel != "auto",
    )
    settings = accelerate(Capabilities(job.ffmpeg), request, job.settings)
    return replace(job, settings=settings)


def _require_video(job: TranscodeJob) -> None:
    if job.callbacks and job.settings.preset.video is None:
        raise UsageError(
            f"{job.settings.preset.name} holds no picture: a callback has nothing to do"
        )


def _warn_of_extension(job: TranscodeJob) -> None:
    """Say so where a name promises another container than the preset makes."""
    if isinstance(job.output, MediaUrl):
        return
    container = job.settings.container
    promised = container_of(job.output.suffix)
    if promised and promised.title != container.title and job.output.suffix:
        LOG.warning("%s will hold %s, as the preset says", job.name, container.title)


def _check_damage(job: TranscodeJob, damage: str) -> str:
    """Fail on damage unless it is allowed; returns it to be told."""
    if damage and not job.allow_damaged:
        raise DamagedInputError(
            damage, hint="--allow-damaged keeps what can be decoded"
        )
    if damage:
        LOG.warning("%s", damage)
    return damage


LOG = logging.getLogger("avio.copy")
_NOTICEABLE = Fraction(1, 20)
"""Seconds by which a copy may begin earlier without a word."""


def snap_start_to_keyframe(
    ffmpeg: FFmpeg, address: MediaUrl, info: MediaInfo, settings: EncodeSettings
) -> EncodeSettings:
    """Let a copy begin with the last keyframe at or before its start.

    ffmpeg itself drops a keyframe that is decoded before the start, and begins one
    group of pictures late where frames are stored out of order (5.1 and 9.0).

    Args:
        ffmpeg: the binary to run.
        address: the source.
        info: what it holds.
        settings: of any result; those of an encoded one are left as they are.
    """
    copies = settings.streams.remux and settings.streams.video
    known = settings.keyframe_preroll or not settings.start or not info.videos
    if not copies or known or not address.can_reopen:
        return settings
    origin = info.start or Fraction(0)
    wanted = origin + settings.start
    found = keyframe_before(ffmpeg, address, info.videos[0].index, wanted)
    if found is None:
        return settings
    begin = max(found.pts_seconds - origin, Fraction(0))
    if settings.start - begin > _NOTICEABLE:
        early = float(settings.start - begin)
        LOG.warning("the copy begins %.3f s early, at a keyframe", early)
    return replace(
        settings, start=begin, keyframe_preroll=found.pts_seconds - found.dts_seconds
    )
