"""Which device decodes and encodes a run: decided by trials, before work begins."""

import difflib
import logging
from dataclasses import dataclass, replace

from avio_cli.errors import AvioError, UsageError
from avio_cli.ffmpeg.address import Address
from avio_cli.ffmpeg.capabilities import Capabilities
from avio_cli.ffmpeg.hardware import (
    ACCELERATORS,
    Accelerator,
    accelerators_here,
    family_of,
)
from avio_cli.ffmpeg.trials import Trial
from avio_cli.media import MediaInfo, VideoStream
from avio_cli.presets import HardwareVariant, VideoPreset
from avio_cli.sinks.encoding import EncodeSettings
from avio_cli.sinks.picture import Picture
from avio_cli.sinks.picture_coding import is_deep, target_size

LOG = logging.getLogger("avio.hardware")

CHOICES = ("auto", "none", *ACCELERATORS)
_WORST = {"libx264": 51, "libx265": 51}
"""Ends of software encoders' scales of quality, where they are not 63."""
_ANYWAY = "--hwaccel auto uses what works, --hwaccel none needs no device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What shall be accelerated, and how much of it."""

    wanted: str
    """One of `CHOICES`."""
    address: Address
    info: MediaInfo
    encodes: bool = True
    """Whether the encoder may be another than the preset's."""


def check_choice(wanted: str) -> None:
    """Fail early on a name that is none.

    Raises:
        UsageError: it is not one of `CHOICES`; the hint names the nearest.
    """
    if wanted not in CHOICES:
        near = difflib.get_close_matches(wanted, CHOICES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(CHOICES)}"
        raise UsageError(f"unknown hardware {wanted!r} for --hwaccel", hint=hint)


def choose_decoder(able: Capabilities, request: Request) -> str:
    """What decodes, for a run that encodes nothing; see `accelerate` for others.

    Returns:
        A key of `ACCELERATORS`; empty for software, which is said where ``auto`` was
        asked for.

    Raises:
        AvioError: the one that was asked for does not work; the message says why.
        UsageError: there is none of that name.
    """
    chosen = _decoder(able, request)
    if request.wanted == "auto" and not chosen:
        LOG.warning("no device decodes %s: software does", request.info.source)
    return chosen


def _decoder(able: Capabilities, request: Request) -> str:
    """The accelerator that decodes the first film; empty: software."""
    check_choice(request.wanted)
    if request.wanted == "none" or not request.info.videos:
        return ""
    if request.wanted != "auto":
        trial = _decodes(able, ACCELERATORS[request.wanted], request)
        if not trial:
            raise AvioError(
                f"{request.wanted} cannot decode {request.info.source}: {trial.reason}",
                hint=_ANYWAY,
            )
        return request.wanted
    for row in accelerators_here():
        # What works at all is known from earlier runs: the file is tried only there.
        trial = able.decoder(row.name) and _decodes(able, row, request)
        if trial:
            return row.name
        LOG.info("%s does not decode: %s", row.name, trial.reason)
    return ""


def accelerate(
    able: Capabilities, request: Request, settings: EncodeSettings
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
    if request.encodes and not settings.picture.encoder:
        faster = _with_encoder(able, request, faster, request.info.videos[0])
    if faster == settings:
        LOG.warning("no device could be used: everything runs in software")
    return faster


def _check_own_encoder(able: Capabilities, settings: EncodeSettings) -> None:
    encoder = settings.picture.encoder
    if family_of(encoder) is None or settings.streams.remux:
        return
    if not (trial := able.encoder(encoder)):
        raise AvioError(
            f"{encoder} does not work here: {trial.reason}",
            hint="leave out --video-codec, or name an encoder that runs in software",
        )


def _decodes(able: Capabilities, row: Accelerator, request: Request) -> Trial:
    if not request.address.can_reopen:
        return able.decoder(row.name)
    deep = request.info.videos[0].bit_depth > 8
    return able.decodes(row.name, request.address, deep=deep)


def _with_encoder(
    able: Capabilities, request: Request, settings: EncodeSettings, video: VideoStream
) -> EncodeSettings:
    preset = settings.preset.video
    if preset is None:
        return settings
    for family in _families(request.wanted, settings.decoder):
        variant = preset.hardware.get(family)
        if variant is None:
            trial = Trial(False, f"{settings.preset.name} has no variant for it")
        else:
            trial = _encodes(able, variant, settings, video)
            if trial:
                return _with_variant(settings, preset, variant)
        _refused(family, trial, request, known=variant is not None)
    return settings


def _families(wanted: str, decoder: str) -> tuple[str, ...]:
    """Families of encoders in the order in which to try them."""
    if wanted != "auto":
        return (ACCELERATORS[wanted].family,)
    here = [row.family for row in accelerators_here()]
    same = [ACCELERATORS[decoder].family] if decoder else []
    return tuple(dict.fromkeys(same + here))


def _encodes(
    able: Capabilities,
    variant: HardwareVariant,
    settings: EncodeSettings,
    video: VideoStream,
) -> Trial:
    preset, picture = settings.preset.video, Picture.of_stream(video)
    deep = preset is not None and is_deep(picture, preset)
    size = target_size(picture, settings.picture)
    return able.encoder(variant.encoder, deep=deep, size=size)


def _refused(family: str, trial: Trial, request: Request, *, known: bool) -> None:
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
    chosen, family = settings.picture, family_of(variant.encoder)
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
        picture=replace(chosen, quality=None),
    )
