"""HDR on a screen that has none: PQ and HLG mapped to BT.709 by ffmpeg."""

import os
from dataclasses import replace
from fractions import Fraction

from avio_cli.ffmpeg.locate import FFmpeg, has_filter
from avio_cli.media.color import is_full_range, is_hdr, tag_hdr
from avio_cli.media.info import Color, VideoStream

_MAPPED = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    # By RGB of 16 bits: see `avio_cli.media.color.TONE_MAP`.
    "zscale=t=bt709,format=gbrp16le,zscale=m=bt709:r=tv"
)
_PIXELS_OF_A_CORE = 1920 * 1080 * 24
"""Pixels a second that one core maps: 40 ms for 1920x1080 (5.1; 9.0: 35)."""
_USUAL_RATE = Fraction(30)


def tone_map_filter(video: VideoStream, *, keeps_size: bool) -> str:
    """The filters for an HDR video; empty for others.

    Args:
        video: what is decoded.
        keeps_size: whether frames must keep their size; else they are made as small
            as two of three cores can map in time.
    """
    if not is_hdr(video.color):
        return ""
    width, height = (video.width, video.height) if keeps_size else mapped_size(video)
    scale = f"scale={width}:{height}:flags=bilinear"
    unscaled = (width, height) == (video.width, video.height)
    chain = ("" if unscaled else scale, *_mapping(video, width, height))
    return ",".join(filter(None, chain))


def small_tone_map(video: VideoStream, scale: str, size: tuple[int, int]) -> str:
    """The filters for small images of an HDR video, which are scaled first.

    Args:
        video: what is decoded.
        scale: the filter that scales.
        size: to this width and height.
    """
    return ",".join(filter(None, (scale, *_mapping(video, *size))))


def _mapping(video: VideoStream, width: int, height: int) -> tuple[str, ...]:
    # zscale refuses odd sizes where chroma is subsampled.
    whole = "format=yuv444p10le" if width % 2 or height % 2 else ""
    tag = tag_hdr(video.color, full_range=is_full_range(video))
    return whole, tag, _MAPPED


def can_tone_map(ffmpeg: FFmpeg) -> bool:
    """Whether a binary has the filters."""
    return has_filter(ffmpeg, "zscale") and has_filter(ffmpeg, "tonemap")


def mapped_size(video: VideoStream) -> tuple[int, int]:
    """Width and height in which frames are mapped: even, and never enlarged."""
    cores = Fraction(2, 3) * (os.cpu_count() or 1)
    budget = float(cores * _PIXELS_OF_A_CORE / (video.average_rate or _USUAL_RATE))
    ratio = min(1.0, (budget / (video.width * video.height)) ** 0.5)
    if ratio == 1:
        return video.width, video.height
    return 2 * round(video.width * ratio / 2), 2 * round(video.height * ratio / 2)


def as_mapped(video: VideoStream) -> VideoStream:
    """The stream with the colours that its frames have after the filters."""
    color = Color(range="tv", matrix="bt709", primaries="bt709", transfer="bt709")
    return replace(video, color=color, pixel_format="yuv420p", hdr=())
