"""Which filters of a user leave frames and samples when they are, and which do not."""

import re
from fractions import Fraction

from avio_cli.errors import UsageError

_QUOTED = re.compile(r"'[^']*'|\\.", re.DOTALL)
"""What a chain of filters holds between quotes, or after a backslash."""
_LABEL = re.compile(r"\[[^\]]*\]")
_SHAPE = (
    "crop deshake fillborders hflip lenscorrection null pad perspective rotate scale "
    "setdar setsar shear transpose v360 vflip zscale"
)
_COLOR = (
    "chromahold chromakey chromashift colorbalance colorchannelmixer colorcorrect "
    "colorkey colorlevels colormatrix colorspace colortemperature curves deflicker eq "
    "exposure fade format gblur grayworld histeq hue huesaturation lut lut1d lut3d "
    "lutrgb lutyuv monochrome negate normalize setparams setrange tonemap vibrance "
    "vignette"
)
_SHARPNESS = (
    "atadenoise avgblur bilateral boxblur cas deband deblock dilation edgedetect "
    "erosion gradfun hqdn3d median nlmeans noise owdenoise pixelize removegrain "
    "smartblur sobel unsharp vaguedenoiser"
)
_DRAWN_OR_MEASURED = (
    "ass bbox blackdetect cropdetect delogo drawbox drawgrid drawtext freezedetect "
    "scdet showinfo signalstats subtitles"
)
_AUDIO = (
    "acompressor aformat afade agate alimiter anull bandpass bass channelmap compand "
    "deesser dynaudnorm equalizer highpass loudnorm lowpass pan silencedetect "
    "speechnorm treble volume volumedetect"
)
_KEEP_TIMES = frozenset(
    " ".join((_SHAPE, _COLOR, _SHARPNESS, _DRAWN_OR_MEASURED, _AUDIO)).split()
)
"""Filters that give one frame for each, at its time. All others may speed up, cut,
repeat, drop or add: ffmpeg's own list does not say which do."""

_SPEED = "setpts asetpts atempo rubberband asetrate zoompan"
_ORDER = "reverse areverse loop aloop concat"
_START = "trim atrim tpad adelay silenceremove"
_RETIMING = frozenset(" ".join((_SPEED, _ORDER, _START)).split())
"""They move frames and samples, or count from the first one that they get: that is
another one where reading starts later."""


def filter_names(filters: str) -> list[str]:
    """The names of filters, in their order.

    Args:
        filters: as after ``-vf`` or ``-af``; empty: none.
    """
    chain = _LABEL.sub("", _QUOTED.sub("", filters))
    names = (re.split("[=@]", step)[0].strip() for step in re.split("[,;]", chain))
    return [name for name in names if name]


def keeps_times(filters: str) -> bool:
    """Whether filters surely give every frame, or all samples, at its time.

    Args:
        filters: as for `filter_names`.
    """
    return all(name in _KEEP_TIMES for name in filter_names(filters))


def retiming_filter(filters: str) -> str:
    """The first filter that may give frames or samples other times; empty: none.

    Args:
        filters: as after ``-vf`` or ``-af``.
    """
    names = filter_names(filters)
    return next((name for name in names if name in _RETIMING), "")


def check_filtered_range(start: Fraction, end: Fraction | None, *filters: str) -> None:
    """Refuse a range of the source beside filters that change times.

    What they give would be cut by their times, which name other parts of the source.

    Args:
        start: seconds after the source's start.
        end: the same; None for its end.
        filters: chains of the user.

    Raises:
        UsageError: one of them changes times.
    """
    given = {"--start": bool(start), "--end": end is not None}
    options = " and ".join(name for name, is_given in given.items() if is_given)
    if options and (name := next(filter(None, map(retiming_filter, filters)), "")):
        raise UsageError(
            f"{options} would not name that part of the source: the filter {name} "
            "changes times",
            hint="cut first, by `avio trim --exact`, and filter the part",
        )
