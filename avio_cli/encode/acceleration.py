"""Choose the device that decodes and encodes: by trials, before the run starts."""

from dataclasses import replace

from avio_cli.decode.acceleration import (
    LOG,
    AccelerationRequest,
    _decoder,
    check_choice,
)
from avio_cli.encode.pixel_format import is_high_bit_depth
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video import output_size
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
"""Lowest quality on the scales of software encoders, where it is not 63."""


def accelerate(
    capabilities: Capabilities, request: AccelerationRequest, settings: EncodeSettings
) -> EncodeSettings:
    """Select the hardware decoder and encoder that work.

    Where none works and ``auto`` was requested, the settings are returned unchanged.

    Raises:
        AvioError: a device requested by name does not work; the message says why.
    """
    check_choice(request.wanted)
    _check_own_encoder(capabilities, settings)
    if request.wanted == "none" or settings.streams.remux or not settings.streams.video:
        return settings
    if settings.preset.video is None or not request.source.info.videos:
        return settings
    decoder = _decoder(capabilities, request)
    faster = replace(settings, decoder=decoder)
    if request.encodes and not settings.video.encoder:
        video = request.source.info.videos[0]
        faster = _with_encoder(capabilities, request, faster, video)
    if faster == settings:
        LOG.warning("no device could be used: everything runs in software")
    return faster


def _check_own_encoder(capabilities: Capabilities, settings: EncodeSettings) -> None:
    encoder = settings.video.encoder
    if family_of(encoder) is None or settings.streams.remux:
        return
    if not (trial := capabilities.encoder(encoder)):
        raise AvioError(
            f"{encoder} does not work here: {trial.reason}",
            hint="omit --video-codec, or name a software encoder",
        )


def _with_encoder(
    capabilities: Capabilities,
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
            trial = _can_encode(capabilities, variant, settings, video)
            if trial:
                return _with_variant(settings, preset, variant)
        _report_unsupported(family, trial, request, known=variant is not None)
    return settings


def _families(wanted: str, decoder: str) -> tuple[str, ...]:
    """List the encoder families in the order in which to try them."""
    if wanted != "auto":
        return (ACCELERATORS[wanted].family,)
    here = [row.family for row in accelerators_here()]
    same = [ACCELERATORS[decoder].family] if decoder else []
    return tuple(dict.fromkeys(same + here))


def _can_encode(
    capabilities: Capabilities,
    variant: HardwareVariant,
    settings: EncodeSettings,
    video: VideoStream,
) -> Support:
    preset, params = settings.preset.video, VideoParams.of_stream(video)
    deep = preset is not None and is_high_bit_depth(params, preset)
    size = output_size(params, settings.video)
    return capabilities.encoder(variant.encoder, deep=deep, size=size)


def _report_unsupported(
    family: str, trial: Support, request: AccelerationRequest, *, known: bool
) -> None:
    """Log an encoder that is not used; fail if it was requested by name."""
    if request.wanted == "auto":
        LOG.info("%s does not encode: %s", family, trial.reason)
    elif known:
        raise AvioError(
            f"{request.wanted} cannot encode: {trial.reason}",
            hint="--video-codec libx264 encodes in software what it decodes; "
            "--hwaccel auto uses what works",
        )
    else:
        LOG.warning("the video is encoded in software: %s", trial.reason)


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
