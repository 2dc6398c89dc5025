"""Where a copy that leaves out the beginning of a film can begin."""

import logging
from dataclasses import replace
from fractions import Fraction

from avio_cli.ffmpeg.address import Address
from avio_cli.ffmpeg.keyframes import keyframe_before
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media import MediaInfo
from avio_cli.sinks.encoding import EncodeSettings

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
