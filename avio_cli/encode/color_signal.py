"""The output's colour tags, and the conversion to them.

What an output cannot signal is converted to what players assume.
"""

from collections.abc import Iterator
from dataclasses import replace

from avio_cli.encode.video_params import VideoParams
from avio_cli.ffmpeg.probe.filtered import Filtered
from avio_cli.media.color import (
    MATRICES,
    back_to_yuv_filter,
    is_grey,
    matrix_of,
    tag_filter,
)
from avio_cli.media.frame import Frame
from avio_cli.media.info import Color, VideoStream
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


def filtered_params(params: VideoParams, after: Filtered | None) -> VideoParams:
    """The same input with the tags that a user's filters gave it.

    Args:
        params: the encoder's input.
        after: what leaves the filters; None: nothing is known of it.
    """
    if after is None or params.is_rgb:
        return params
    color = filtered_color(params.color, after, rgb=is_rgb(after.pixel_format))
    name = params.pixel_format
    if color.range == "tv":
        name = name.replace("yuvj", "yuv")
    return replace(params, color=color, pixel_format=name)


def filtered_color(color: Color, after: Filtered, *, rgb: bool) -> Color:
    """The tags of a video after a user's filters; what they leave unknown stays.

    Args:
        color: the tags before.
        after: what leaves the filters.
        rgb: whether it is or becomes RGB, from which YUV of the first kind is made.
    """
    new = after.color
    changed = replace(
        color,
        primaries=new.primaries or color.primaries,
        transfer=new.transfer or color.transfer,
    )
    if rgb:
        return changed
    matrix, range_ = new.matrix or color.matrix, new.range or color.range
    return replace(changed, matrix=matrix, range=range_)


def as_filtered(
    video: VideoStream | None, after: Filtered | None, frame: Frame
) -> VideoStream | None:
    """The stream that a frame was decoded from, with the tags it has after filters.

    Frames in Python have the matrix and range of the source in YUV, and none as RGB.

    Args:
        video: the stream; None: none is known.
        after: what leaves the user's filters, which came before Python; None: none.
        frame: one of those that are sent.
    """
    if video is None or after is None or is_rgb(video.pixel_format):
        return video
    known = after.color.matrix in MATRICES and not is_rgb(after.pixel_format)
    follows = known and is_rgb(frame.pixel_format)
    color = filtered_color(video.color, after, rgb=not follows)
    return replace(video, color=replace(color, range=video.color.range))


def from_filters(
    params: VideoParams, after: Filtered | None, wanted: str
) -> Iterator[str]:
    """Filters that make YUV of the RGB that leaves a user's filters.

    ffmpeg 5.1 converts by BT.601 there, whatever the tags are.

    Args:
        params: the encoder's input, before the filters.
        after: what leaves the filters; None: nothing is known of it.
        wanted: the pixel format of the output.
    """
    rgb = after is not None and is_rgb(after.pixel_format)
    if not rgb or is_rgb(wanted) or is_grey(wanted):
        return
    if back := back_to_yuv_filter(params):
        yield back
        yield f"format={wanted}"
        if not params.color.matrix:
            yield "setparams=colorspace=unknown"


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
