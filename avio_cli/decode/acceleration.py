"""Choose the device that decodes, by trial runs before decoding starts."""

import logging
from dataclasses import dataclass

from avio_cli.errors import AvioError, UsageError, did_you_mean
from avio_cli.ffmpeg.hardware.accelerators import (
    ACCELERATORS,
    Accelerator,
    accelerators_here,
)
from avio_cli.ffmpeg.hardware.capabilities import Capabilities
from avio_cli.ffmpeg.hardware.results_cache import Support
from avio_cli.ffmpeg.media_source import MediaSource

LOG = logging.getLogger("avio.hardware")

CHOICES = ("auto", "none", *ACCELERATORS)
_HINT = "--hwaccel auto uses what works, --hwaccel none needs no device"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccelerationRequest:
    """What to accelerate, and how much of it."""

    wanted: str
    """One of `CHOICES`."""
    source: MediaSource
    encodes: bool = True
    """Whether the encoder may be another than the preset's."""


def check_choice(wanted: str) -> None:
    """Fail early on an unknown name.

    Raises:
        UsageError: it is not one of `CHOICES`; the hint names the nearest.
    """
    if wanted not in CHOICES:
        hint = did_you_mean(wanted, CHOICES, count=1)
        raise UsageError(f"unknown hardware {wanted!r} for --hwaccel", hint=hint)


def choose_decoder(able: Capabilities, request: AccelerationRequest) -> str:
    """Choose the decoder of a run that encodes nothing; see `accelerate` for others.

    Returns:
        A key of `ACCELERATORS`; empty for software, with a warning where ``auto``
        was asked for.

    Raises:
        AvioError: the one that was asked for does not work; the message says why.
        UsageError: there is none of that name.
    """
    chosen = _decoder(able, request)
    if request.wanted == "auto" and not chosen:
        LOG.warning("no device decodes %s: decoding in software", request.source.name)
    return chosen


def _decoder(able: Capabilities, request: AccelerationRequest) -> str:
    """The accelerator that decodes the first video; empty: software."""
    check_choice(request.wanted)
    if request.wanted == "none" or not request.source.info.videos:
        return ""
    if request.wanted != "auto":
        trial = _can_decode(able, ACCELERATORS[request.wanted], request)
        if not trial:
            raise AvioError(
                f"{request.wanted} cannot decode {request.source.name}: {trial.reason}",
                hint=_HINT,
            )
        return request.wanted
    for row in accelerators_here():
        # What works at all is known from earlier runs: the file is tried only there.
        trial = able.decoder(row.name) and _can_decode(able, row, request)
        if trial:
            return row.name
        LOG.info("%s does not decode: %s", row.name, trial.reason)
    return ""


def _can_decode(
    able: Capabilities, row: Accelerator, request: AccelerationRequest
) -> Support:
    if not request.source.can_reopen:
        return able.decoder(row.name)
    info = request.source.info
    url, deep = request.source.url, info.videos[0].bit_depth > 8
    return able.decodes(row.name, url, track=info.video_number(0), deep=deep)
