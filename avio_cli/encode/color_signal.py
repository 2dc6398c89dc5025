"""The output's colour tags, and the conversion to them.

What an output cannot signal is converted to what players assume.
"""

from dataclasses import replace

from avio_cli.encode.video_params import VideoParams
from avio_cli.media.color import MATRICES, is_grey, matrix_of, tag_filter
from avio_cli.media.info import Color
from avio_cli.media.pixel_names import is_rgb

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


def input_levels(params: VideoParams, wanted: str) -> list[str]:
    """Filters that have ffmpeg take the input for what it is.

    Args:
        params: the encoder's input.
        wanted: the pixel format of the output.
    """
    grey = is_grey(params.pixel_format)
    if params.sent and grey:  # of full range in every pipe, which says nothing of it
        return ["setparams=range=pc"]
    differs = is_rgb(wanted) or (grey and not is_grey(wanted))
    return [tag] if differs and (tag := tag_filter(params)) else []


def output_color(
    params: VideoParams, full_range: bool, matrix: bool, wanted: str = ""
) -> Color:
    """The output's tags.

    Args:
        params: the encoder's input.
        full_range: whether the output can be tagged as full range.
        matrix: whether it can be tagged with a matrix.
        wanted: the pixel format of the output.
    """
    if params.is_rgb and is_rgb(wanted):
        return params.color
    if params.sent and is_grey(params.pixel_format) and is_grey(wanted):
        return replace(params.color, range="pc")
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
    grey = params.sent and is_grey(params.pixel_format) and not is_grey(wanted)
    if (grey or params.is_full_range) and not wanted.startswith("yuvj"):
        levels = f"scale=in_range=pc:out_range={color.range or 'tv'}"
        return [levels, f"format={wanted}"]
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
