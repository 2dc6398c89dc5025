"""Make the videos of all parts alike: filters to one size, aspect ratio and colour."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.errors import InputError
from avio_cli.jobs.merge.gamut import gamut_filters
from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.media.color import (
    TONE_MAP,
    is_full_range,
    is_grey,
    is_hdr,
    tag_hdr,
    yuv_matrix,
)
from avio_cli.media.info import Color, VideoStream
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.media.pixel_names import is_rgb

_TONE_MAPPED = Color(range="tv", matrix="bt709", primaries="bt709", transfer="bt709")


def result_video(parts: Sequence[MergeInput]) -> VideoStream:
    """What the encoded video is like: the first one, but SDR where any part is.

    Raises:
        InputError: a part has no video, or the parts are HDR of different kinds.
    """
    videos = [part.video for part in parts if part.video is not None]
    first = videos[0]
    sdr = next((video for video in videos if not is_hdr(video.color)), None)
    if sdr is not None:
        changed = replace(first, color=sdr.color, pixel_format=sdr.pixel_format, hdr=())
        return changed if is_hdr(first.color) else first
    for part, video in zip(parts, videos, strict=True):
        if video.color.transfer != first.color.transfer:
            raise InputError(
                f"{parts[0].source.name} and {part.source.name} are HDR of different "
                f"kinds: {first.color.transfer} and {video.color.transfer}",
                hint="convert one of them first: avio transcode --vf with ffmpeg's "
                "zscale and tonemap",
            )
    return first


def pipe_format(parts: Sequence[MergeInput], result: VideoStream) -> str:
    """The pixel format of all frames on their way to the encoder."""
    plain = result.pixel_format.replace("yuvj", "yuv")
    names = [part.video.pixel_format for part in parts if part.video is not None]
    if plain.startswith("gray") and not all(n.startswith("gray") for n in names):
        plain = plain.replace("gray", "yuv420p")
    return plain if plain in PIXEL_FORMATS else "yuv420p"


def conform_filters(video: VideoStream, result: VideoStream) -> str:
    """Filters that convert a video to size, aspect ratio and colours of the result.

    Its aspect ratio is kept by black bars. Empty where nothing has to change.
    """
    chain, video = _dynamic_range(video, result)
    if not chain:
        chain, video = gamut_filters(video, result)
    return ",".join([*chain, *_scaling(video, result)])


def _dynamic_range(
    video: VideoStream, result: VideoStream
) -> tuple[list[str], VideoStream]:
    """Tone map HDR where the result is SDR; and what the video is like then."""
    if not is_hdr(video.color) or is_hdr(result.color):
        return [], video
    tag = tag_hdr(video.color, full_range=is_full_range(video))
    mapped = replace(video, color=_TONE_MAPPED, pixel_format="yuv444p")
    further, mapped = gamut_filters(mapped, result)
    return [tag, TONE_MAP, *further], mapped


def _scaling(video: VideoStream, result: VideoStream) -> Iterator[str]:
    alike = (video.width, video.height) == (result.width, result.height)
    ratio = result.display_sample_aspect_ratio
    alike = alike and video.display_sample_aspect_ratio == ratio
    colors = _colors(video, result)
    if alike and not colors:
        return
    width, height = inner_size(video, result)
    yield f"scale={width}:{height}:flags=bicubic{colors}"
    converted = is_rgb(video.pixel_format) or (colors and is_grey(video.pixel_format))
    if converted or result.width % 2 or result.height % 2:
        # They are converted here, to the colours of the result; 4:4:4 loses none.
        # Where chroma has half the size, ``pad`` refuses or blackens an odd column.
        yield f"format=yuv444p{'10le' if video.bit_depth > 8 else ''}"
    ratio = ratio or Fraction(1)
    across, down = (result.width - width) // 4 * 2, (result.height - height) // 4 * 2
    yield f"pad={result.width}:{result.height}:{across}:{down}:color=black"
    yield f"setsar={ratio.numerator}/{ratio.denominator}"


def inner_size(video: VideoStream, result: VideoStream) -> tuple[int, int]:
    """Width and height, in pixels of the result, of another video inside of it."""
    ratio = _display_aspect_ratio(video) / (result.display_sample_aspect_ratio or 1)
    if ratio >= Fraction(result.width, result.height):
        return result.width, min(result.height, _even(result.width / ratio))
    return min(result.width, _even(result.height * ratio)), result.height


def _display_aspect_ratio(video: VideoStream) -> Fraction:
    pixel_ratio = video.display_sample_aspect_ratio or 1
    return Fraction(video.width, video.height) * pixel_ratio


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))


def _colors(video: VideoStream, result: VideoStream) -> str:
    """Options of the scale filter where the matrix or range of two videos differ."""
    here, there = _color_space(video), _color_space(result)
    if is_rgb(video.pixel_format):
        return f":out_color_matrix={there[0]}:out_range={there[1]}"
    if is_grey(video.pixel_format):
        here = there[0], here[1]  # grey has no matrix
    if here == there:
        return ""
    return (
        f":in_color_matrix={here[0]}:in_range={here[1]}"
        f":out_color_matrix={there[0]}:out_range={there[1]}"
    )


def _color_space(video: VideoStream) -> tuple[str, str]:
    return yuv_matrix(video), levels(video)


def levels(video: VideoStream) -> str:
    """The range of a video's YUV: ``pc`` or ``tv``."""
    return "pc" if is_full_range(video) else "tv"
