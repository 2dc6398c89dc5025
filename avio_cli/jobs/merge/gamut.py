"""Convert between primaries and transfer functions, where two videos differ in them."""

from collections.abc import Iterable
from dataclasses import replace

from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg, has_filter
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.info import Color, VideoStream
from avio_cli.media.pixel_names import is_rgb

_TELEVISION = frozenset({"bt709", "smpte170m", "smpte240m", "bt470bg"})
"""Primaries that untagged video may well have: it counts as what it is joined to."""
_CURVES = {
    **dict.fromkeys(("bt709", "smpte170m", "bt2020-10", "bt2020-12"), "bt709"),
    **{name: name for name in ("linear", "iec61966-2-1", "smpte2084")},
    **{name: name for name in ("arib-std-b67", "bt470m", "bt470bg")},
}
"""Transfer functions that zscale (5.1 and 9.0) converts; several are one curve."""
_PRIMARIES = frozenset(
    "bt709 bt470m bt470bg smpte170m smpte240m bt2020 smpte428 smpte431 smpte432".split()
)
_ZSCALE_MATRICES = {"bt601": "smpte170m", "bt2020": "bt2020nc"}
"""Where zscale's name is another one than the scale filter's."""


def gamut_filters(
    video: VideoStream, result: VideoStream
) -> tuple[list[str], VideoStream]:
    """Filters from the primaries and transfer of a video to those of the result.

    Returns:
        The filters, none where nothing differs, and what the video is like then.

    Raises:
        InputError: ffmpeg cannot convert between them.
    """
    here, there = _known(video.color, result.color), _known(result.color, video.color)
    alike = _curve(here) == _curve(there) and here.primaries == there.primaries
    if alike or video.pixel_format.startswith("gray"):
        return [], video
    for color in (here, there):
        if color.transfer not in _CURVES or color.primaries not in _PRIMARIES:
            raise InputError(
                f"the colours of the videos cannot be converted: {_names(here)} "
                f"into {_names(there)}",
                hint="transcode one of them first, with other colour tags",
            )
    matrix, full = yuv_matrix(result), is_full_range(result)
    deep = "10le" if result.bit_depth > 8 else ""
    chain = [
        *_tags(video, here),
        f"zscale=t={there.transfer}:p={there.primaries}"
        f":m={_ZSCALE_MATRICES.get(matrix, matrix)}:r={'pc' if full else 'tv'}",
        f"format=yuv444p{deep}",
    ]
    pixels = f"yuv444p{deep}"
    converted = replace(
        result.color,
        range="pc" if full else "tv",
        matrix=_tag_of(matrix),
    )
    return chain, replace(video, color=converted, pixel_format=pixels)


def _tags(video: VideoStream, color: Color) -> list[str]:
    words = f"color_primaries={color.primaries}:color_trc={color.transfer}"
    if is_rgb(video.pixel_format):
        return [f"setparams={words}"]
    matrix = _tag_of(yuv_matrix(video))
    range_ = "pc" if is_full_range(video) else "tv"
    odd = ["format=yuv444p10le"] if video.width % 2 or video.height % 2 else []
    # zscale refuses odd sizes where chroma is subsampled.
    return [f"setparams={words}:colorspace={matrix}:range={range_}", *odd]


def _tag_of(matrix: str) -> str:
    """The tag of a matrix, by the scale filter's name."""
    return _ZSCALE_MATRICES.get(matrix, matrix)


def _known(color: Color, other: Color) -> Color:
    """The tags, with missing ones as they are in the other video, or as in HD."""
    primaries = other.primaries if other.primaries in _TELEVISION else "bt709"
    same = _CURVES.get(other.transfer) == "bt709"
    transfer = other.transfer if same else "bt709"
    return replace(
        color,
        primaries=color.primaries or primaries,
        transfer=color.transfer or transfer,
    )


def _curve(color: Color) -> str:
    return _CURVES.get(color.transfer, color.transfer)


def _names(color: Color) -> str:
    return f"{color.primaries}/{color.transfer}"


def require_filters(ffmpeg: FFmpeg, names: Iterable[str], purpose: str) -> None:
    """Make sure that a binary has some filters.

    Args:
        ffmpeg: the binary.
        names: ffmpeg's names of the filters.
        purpose: what they are needed for, as the beginning of a sentence.

    Raises:
        InputError: it lacks one of them.
    """
    for name in names:
        if not has_filter(ffmpeg, name):
            raise InputError(
                f"{purpose} needs ffmpeg's filter {name}, which {ffmpeg.path} lacks",
                hint="the ffmpeg of the package imageio-ffmpeg has it",
            )
