"""What is decided and checked before a transcode begins."""

import logging
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.acceleration import Request
from avio_cli.demux.keyframes import keyframe_before
from avio_cli.encode.acceleration import accelerate
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import DamagedInputError, UsageError
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.hdr_metadata import PQ, read_light
from avio_cli.ffmpeg.url import Address
from avio_cli.jobs.transcode.job import TranscodeJob
from avio_cli.media.containers import container_of
from avio_cli.media.info import MediaInfo
from avio_cli.output.target import Place


def _from_keyframe(job: TranscodeJob) -> TranscodeJob:
    settings = begin_at_keyframe(job.ffmpeg, job.address, job.info, job.settings)
    return replace(job, settings=settings)


def _with_light(job: TranscodeJob) -> TranscodeJob:
    """The same job, told what an HDR10 source says of its light."""
    videos, settings = job.info.videos, job.settings
    encodes = settings.streams.video and not settings.streams.remux
    if not (encodes and videos and videos[0].color.transfer == PQ):
        return job
    light = read_light(job.ffmpeg, job.address)
    return replace(job, settings=replace(settings, light=light))


def _check_light(job: TranscodeJob, target: Place) -> None:
    """Say so where a result has lost what its source told of its light."""
    if job.settings.light is None or target.readable is None:
        return
    address = Address("file", target.url, target.shown)
    if read_light(job.ffmpeg, address) is None:
        LOG.warning(
            "mastering display and light level (HDR10) are lost: "
            "this ffmpeg's encoder does not write them"
        )


def accelerated(job: TranscodeJob) -> TranscodeJob:
    """The same job on the devices that work.

    Raises:
        AvioError: what was asked for by name does not work.
    """
    request = Request(
        wanted=job.hwaccel,
        address=job.address,
        info=job.info,
        # A run with callbacks cannot begin anew: its encoder must not fail.
        encodes=not job.callbacks or job.hwaccel != "auto",
    )
    settings = accelerate(Capabilities(job.ffmpeg), request, job.settings)
    return replace(job, settings=settings)


def _check_film(job: TranscodeJob) -> None:
    if job.callbacks and job.settings.preset.video is None:
        raise UsageError(
            f"{job.settings.preset.name} holds no picture: a callback has nothing to do"
        )


def _warn_of_suffix(job: TranscodeJob) -> None:
    """Say so where a name promises another container than the preset makes."""
    if isinstance(job.output, Address):
        return
    container = job.settings.container
    promised = container_of(job.output.suffix)
    if promised and promised.title != container.title and job.output.suffix:
        LOG.warning("%s will hold %s, as the preset says", job.name, container.title)


def _complete(job: TranscodeJob, damage: str) -> str:
    """Fail on damage unless it is allowed; returns it to be told."""
    if damage and not job.allow_damaged:
        raise DamagedInputError(
            damage, hint="--allow-damaged keeps what can be decoded"
        )
    if damage:
        LOG.warning("%s", damage)
    return damage


LOG = logging.getLogger("avio.copy")
_NOTICED = Fraction(1, 20)
"""Seconds by which a copy may begin earlier without a word."""


def begin_at_keyframe(
    ffmpeg: FFmpeg, address: Address, info: MediaInfo, settings: EncodeSettings
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
    known = settings.lead or not settings.start or not info.videos
    if not copies or known or not address.can_reopen:
        return settings
    origin = info.start or Fraction(0)
    wanted = origin + settings.start
    found = keyframe_before(ffmpeg, address, info.videos[0].index, wanted)
    if found is None:
        return settings
    begin = max(found.shown - origin, Fraction(0))
    if settings.start - begin > _NOTICED:
        early = float(settings.start - begin)
        LOG.warning("the copy begins %.3f s early, at a keyframe", early)
    return replace(settings, start=begin, lead=found.shown - found.decoded)
