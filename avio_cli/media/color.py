"""The matrix and range that a video's YUV is converted with: one rule for all."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from avio_cli.media.info import Color
from avio_cli.media.pixel_names import is_rgb

MATRICES: Mapping[str, str] = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "bt601",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}
"""ffprobe's name of a matrix to the scale filter's."""

LUMA_WEIGHTS: Mapping[str, tuple[float, float]] = {
    "bt709": (0.2126, 0.0722),
    "bt601": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "fcc": (0.30, 0.11),
    "smpte240m": (0.212, 0.087),
    "bt2020": (0.2627, 0.0593),
}
"""Share of red and of blue in luma, by the scale filter's name of the matrix."""

HDR_TRANSFERS = ("smpte2084", "arib-std-b67")
"""ffmpeg's names of PQ and HLG."""
TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,"
    "zscale=t=bt709,format=gbrp16le,zscale=m=bt709:r=tv,format=yuv444p"
)
"""From HDR to SDR; graphics white (203 cd/m²) stays white.

RGB of 16 bits in between clips what is outside of BT.709: in one step to YUV, zscale
of ffmpeg 5.1 makes saturated colours black, that of 9.0 does not."""

_NO_CHROMA = ("gray", "mono", "ya")
"""Prefixes of ffmpeg's pixel formats that need no matrix: grey and monochrome."""
_GREY = re.compile(r"gray(?P<bits>\d*)(?:le|be)?")


class Video(Protocol):
    """What determines the colours of a video: a stream, or what an encoder gets."""

    @property
    def width(self) -> int:
        """Pixels in a decoded row, with rotation applied."""

    @property
    def height(self) -> int:
        """Decoded rows, with rotation applied."""

    @property
    def pixel_format(self) -> str:
        """ffmpeg's name."""

    @property
    def color(self) -> Color:
        """The tags."""


def matrix_of(color: Color, width: int, height: int) -> str:
    """Name the matrix of a video by its tag; by its size where it has none.

    Large videos count as BT.709 (HD television), small ones as BT.601, as in mpv.
    The size is that after rotation: an output has no rotation tag, and must count as
    the same.

    Args:
        color: the tags.
        width: pixels in a row, with rotation applied.
        height: rows, with rotation applied.

    Returns:
        The scale filter's name: a value of `MATRICES`.
    """
    large = width >= 1280 or height > 576
    return MATRICES.get(color.matrix) or ("bt709" if large else "bt601")


def yuv_matrix(video: Video) -> str:
    """The matrix of a video; see `matrix_of`."""
    return matrix_of(video.color, video.width, video.height)


def is_full_range(video: Video) -> bool:
    """Whether the video is YUV or grey that uses all levels from 0 to 255.

    The tag decides, in every layout (nv12, uyvy422 …); RGB has no such choice.
    """
    name = video.pixel_format
    return name.startswith("yuvj") or (not is_rgb(name) and video.color.range == "pc")


def assumed_color(video: Video) -> Color:
    """The colour tags of a video's YUV frames, missing ones filled in.

    RGB video becomes limited range.
    """
    matrix = "bt709" if yuv_matrix(video) == "bt709" else "smpte170m"
    range_ = "tv" if is_rgb(video.pixel_format) else video.color.range or "tv"
    return replace(
        video.color,
        matrix=video.color.matrix if video.color.matrix in MATRICES else matrix,
        range="pc" if is_full_range(video) else range_,
    )


def tag_filter(video: Video) -> str:
    """The filters for frames whose matrix or range ffmpeg would assume differently.

    It assumes BT.601 for all that is untagged (5.1 and 9.0), and see
    `limited_grey_filter`. Needed before frames become RGB; empty where ffmpeg's own
    assumption is right.
    """
    name = video.pixel_format
    if is_rgb(name) or name.startswith(_NO_CHROMA) or video.color.matrix:
        return limited_grey_filter(video)
    return "setparams=colorspace=bt709" if yuv_matrix(video) == "bt709" else ""


def is_grey(pixel_format: str) -> bool:
    """Whether a pixel format, by ffmpeg's name, is grey in integers."""
    return bool(_GREY.fullmatch(pixel_format))


def limited_grey_filter(video: Video) -> str:
    """The filters that make YUV of grey in limited range, with the same levels.

    ffmpeg takes all grey for full range where it converts it, whatever its tag says:
    9.0 always, 5.1 that of 8 bits to RGB. Empty for other videos.
    """
    grey = _GREY.fullmatch(video.pixel_format)
    if grey is None or video.color.range != "tv":
        return ""
    bits = f"{grey['bits']}le" if grey["bits"] else ""
    same_levels = "scale=in_range=pc:out_range=pc"
    return f"{same_levels},format=yuv420p{bits},setparams=range=tv"


def from_rgb_filter(video: Video) -> str:
    """The filter that converts RGB frames to YUV with the matrix that they count as.

    Empty for other frames, and where ffmpeg chooses the same.
    """
    matrix = yuv_matrix(video)
    if not is_rgb(video.pixel_format) or matrix in ("bt601", "smpte170m"):
        return ""
    return f"scale=out_color_matrix={matrix}:out_range=tv"


def back_to_yuv_filter(video: Video) -> str:
    """The filter that gives frames the matrix and range of a video of YUV again.

    For what a user's filters made of it, which may be RGB. Empty for other videos.
    """
    if is_rgb(video.pixel_format) or video.pixel_format.startswith(_NO_CHROMA):
        return ""
    levels = "pc" if is_full_range(video) else "tv"
    exact = "flags=bicubic+accurate_rnd+full_chroma_int"
    return f"scale=out_color_matrix={yuv_matrix(video)}:out_range={levels}:{exact}"


def is_hdr(color: Color) -> bool:
    """Whether these are the tags of PQ or HLG."""
    return color.transfer in HDR_TRANSFERS


def tag_hdr(color: Color, *, full_range: bool) -> str:
    """The filter that tags frames before `TONE_MAP`, which needs every tag."""
    return (
        f"setparams=range={'pc' if full_range else 'tv'}"
        f":color_primaries={color.primaries or 'bt2020'}"
        f":color_trc={color.transfer}:colorspace={color.matrix or 'bt2020nc'}"
    )
