"""The output's colour tags, and the conversion to them.

What an output cannot signal is converted to what players assume.
"""

from dataclasses import replace

from avio_cli.encode.video_params import VideoParams
from avio_cli.media.color import MATRICES, is_rgb, matrix_of
from avio_cli.media.info import Color

_IN_STREAM = ("libx264", "libx265", "libsvtav1", "libaom", "librav1e", "libvpx-vp9")
_CODECS = ("h264_", "hevc_", "av1_", "vp9_", "mjpeg", "dnxhd", "libopenh264")
"""Hardware encoders by the codec that their names start with, and others."""
_SIGNAL_RANGE = (*_IN_STREAM, *_CODECS)
_ALWAYS_LIMITED = ("prores", "mpeg1video", "mpeg2video")
"""Decoders report limited range whatever the container says."""
_WITH_RANGE = ("matroska", "webm")
"""MP4 and MOV name a range only with a matrix, and FFV1's in no way."""


def signals_range(encoder: str, muxer: str) -> bool:
    """Whether the output can say that it is full range."""
    if encoder.startswith(_ALWAYS_LIMITED):
        return False
    return encoder.startswith(_SIGNAL_RANGE) or muxer in _WITH_RANGE


def signals_matrix(encoder: str, muxer: str) -> bool:
    """Whether the matrix can be named in the output; AVI has no place for it."""
    named = encoder.startswith((*_SIGNAL_RANGE, "mpeg2video", "prores"))
    return named or muxer != "avi"


def output_color(
    params: VideoParams, full_range: bool, matrix: bool, *, to_rgb: bool = False
) -> Color:
    """The output's tags.

    Args:
        params: the encoder's input.
        full_range: whether the output can be tagged as full range.
        matrix: whether it can be tagged with a matrix.
        to_rgb: whether the output is RGB.
    """
    if params.is_rgb and to_rgb:
        return params.color
    if not params.is_rgb:
        full = "pc" if full_range else "tv"
        range_ = full if params.is_full_range else params.color.range
        return replace(params.color, range=range_)
    if params.color.range == "pc" and not full_range:
        params = replace(params, color=replace(params.color, range="tv"))
    if not matrix:
        return replace(params.color, matrix="", range=params.color.range or "tv")
    if params.color.matrix in MATRICES:
        return replace(params.color, range=params.color.range or "tv")
    if params.color.matrix or not (params.sent or params.pixel_format == "bgr24"):
        # RGB sources: declare what they are converted to.
        return Color(range="tv", matrix="bt709", primaries="bt709", transfer="bt709")
    # An untagged video passed through RGB: the tags stay absent.
    return Color(range=params.color.range)


def conversion(
    params: VideoParams, wanted: str, color: Color, width: int, height: int
) -> list[str]:
    """Filters from one pixel format to another, for a result of the given size."""
    if is_rgb(wanted):
        return []  # a palette is made of all colours, not of pal8's
    if params.is_rgb:
        # Untagged: the matrix that players assume for this size.
        matrix = matrix_of(color, width, height)
        # scale tags its output; for an untagged video that was only assumed.
        untagged = [] if color.matrix else ["setparams=colorspace=unknown"]
        return [
            f"scale=out_color_matrix={matrix}:out_range={color.range or 'tv'}"
            ":flags=bicubic+accurate_rnd+full_chroma_int",
            f"format={wanted}",
            *untagged,
        ]
    if params.is_full_range and not wanted.startswith("yuvj"):
        return [f"scale=in_range=pc:out_range={color.range}", f"format={wanted}"]
    return []


def matrix_change(
    params: VideoParams, size: tuple[int, int], *, signalled: bool
) -> str:
    """Options of a scale filter for YUV whose size or format makes players err.

    Args:
        params: the encoder's input.
        size: of the output.
        signalled: whether the output can name its matrix.

    Returns:
        Empty where the matrix stays what players take it for.
    """
    if params.is_rgb or params.pixel_format.startswith(("gray", "mono", "ya")):
        return ""
    color = params.color
    if color.matrix and (signalled or color.matrix not in MATRICES):
        return ""
    here = matrix_of(color, params.width, params.height)
    there = matrix_of(Color(), *size)
    return "" if here == there else f"in_color_matrix={here}:out_color_matrix={there}"
