"""Which device decodes and encodes a run: decided by trials, before work begins."""

from dataclasses import replace

from avio_cli.decode.acceleration import (
    LOG,
    AccelerationRequest,
    _decoder,
    check_choice,
)
from avio_cli.encode.pixel_format import is_high_bit_depth
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video import target_size
from avio_cli.encode.video_params import VideoParams
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.hardware.accelerators import (
    ACCELERATORS,
    accelerators_here,
    family_of,
)
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.hardware.results_cache import Support
from avio_cli.media.info import VideoStream
from avio_cli.presets import HardwareVariant, VideoPreset

_WORST = {"libx264": 51, "libx265": 51}
"""Ends of software encoders' scales of quality, where they are not 63."""


def accelerate(
    able: Capabilities, request: AccelerationRequest, settings: EncodeSettings
) -> EncodeSettings:
    """Put the decoder and encoder that work into the settings.

    Where nothing works and ``auto`` was asked for, they come back as they were.

    Raises:
        AvioError: what was asked for by name does not work; the message says why.
    """
    check_choice(request.wanted)
    _check_own_encoder(able, settings)
    if request.wanted == "none" or settings.streams.remux or not settings.streams.video:
        return settings
    if settings.preset.video is None or not request.info.videos:
        return settings
    decoder = _decoder(able, request)
    faster = replace(settings, decoder=decoder)
    if request.encodes and not settings.video.encoder:
        faster = _with_encoder(able, request, faster, request.info.videos[0])
    if faster == settings:
        LOG.warning("no device could be used: everything runs in software")
    return faster


def _check_own_encoder(able: Capabilities, settings: EncodeSettings) -> None:
    encoder = settings.video.encoder
    if family_of(encoder) is None or settings.streams.remux:
        return
    if not (trial := able.encoder(encoder)):
        raise AvioError(
            f"{encoder} does not work here: {trial.reason}",
            hint="leave out --video-codec, or name an encoder that runs in software",
        )


def _with_encoder(
    able: Capabilities,
    request: AccelerationRequest,
    settings: EncodeSettings,
    video: VideoStream,
) -> EncodeSettings:
    preset = settings.preset.video
    if preset is None:
        return settings
    for family in _families(request.wanted, settings.decoder):
        variant = preset.hardware.get(family)
        if variant is None:
            trial = Support(False, f"{settings.preset.name} has no variant for it")
        else:
            trial = _can_encode(able, variant, settings, video)
            if trial:
                return _with_variant(settings, preset, variant)
        _report_unsupported(family, trial, request, known=variant is not None)
    return settings


def _families(wanted: str, decoder: str) -> tuple[str, ...]:
    """Families of encoders in the order in which to try them."""
    if wanted != "auto":
        return (ACCELERATORS[wanted].family,)
    here = [row.family for row in accelerators_here()]
    same = [ACCELERATORS[decoder].family] if decoder else []
    return tuple(dict.fromkeys(same + here))


def _can_encode(
    able: Capabilities,
    variant: HardwareVariant,
    settings: EncodeSettings,
    video: VideoStream,
) -> Support:
    preset, picture = settings.preset.video, VideoParams.of_stream(video)
    deep = preset is not None and is_high_bit_depth(picture, preset)
    size = target_size(picture, settings.video)
    return able.encoder(variant.encoder, deep=deep, size=size)


def _report_unsupported(
    family: str, trial: Support, request: AccelerationRequest, *, known: bool
) -> None:
    """Tell of an encoder that is not used; fail where it was asked for by name."""
    if request.wanted == "auto":
        LOG.info("%s does not encode: %s", family, trial.reason)
    elif known:
        raise AvioError(
            f"{request.wanted} cannot encode: {trial.reason}",
            hint="--video-codec libx264 encodes in software what it decodes; "
            "--hwaccel auto uses what works",
        )
    else:
        LOG.warning("the picture is encoded in software: %s", trial.reason)


def _with_variant(
    settings: EncodeSettings, preset: VideoPreset, variant: HardwareVariant
) -> EncodeSettings:
    chosen, family = settings.video, family_of(variant.encoder)
    quality = variant.quality
    if family and chosen.quality is not None and quality is not None:
        anchors = (preset.quality or 0, quality)
        worst = _WORST.get(preset.encoder, 63)
        quality = family.quality(variant.encoder, chosen.quality, anchors, worst)
    video = replace(
        preset, encoder=variant.encoder, quality=quality, options=variant.options
    )
    return replace(
        settings,
        preset=replace(settings.preset, video=video),
        video=replace(chosen, quality=None),
    )
