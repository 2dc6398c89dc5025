"""Filters that make a still image of a frame: square pixels, right colours, SDR.

A video has tags for aspect ratio and colours. Images have none, or viewers ignore
them: so everything is applied to the pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import UsageError
from avio_cli.ffmpeg.output_place import is_null_device, refuse_no_name
from avio_cli.ffmpeg.url import printable
from avio_cli.media.color import TONE_MAP, is_full_range, is_hdr, tag_hdr, yuv_matrix
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import VideoStream
from avio_cli.media.pixel_names import has_alpha

IMAGES: Mapping[str, tuple[str, ...]] = {
    ".png": ("-c:v", "png", "-pix_fmt", "rgb24"),
    ".jpg": ("-c:v", "mjpeg", "-pix_fmt", "yuvj444p", "-q:v", "2"),
    ".jpeg": ("-c:v", "mjpeg", "-pix_fmt", "yuvj444p", "-q:v", "2"),
    ".webp": ("-c:v", "libwebp", "-pix_fmt", "bgra", "-quality", "90"),
}
"""File extensions, and the ffmpeg options to encode for them."""
_DEFAULT = ".png"
"""For the null device, whose name has no extension."""


@dataclass(frozen=True, slots=True)
class ImageConversion:
    """Filters for a frame, and what comes of them."""

    filters: str
    width: int
    height: int
    warnings: tuple[str, ...]


def image_coding(path: Path) -> tuple[str, ...]:
    """The ffmpeg options that encode the image of a path.

    Raises:
        UsageError: its extension is of no image.
    """
    extension = path.suffix.lower()
    if not extension and is_null_device(path):
        extension = _DEFAULT
    if extension not in IMAGES:
        refuse_no_name(path)
        name = printable(str(path))
        raise UsageError(
            f"no image format for the extension {extension} of {name}"
            if extension
            else f"{name} has no extension, which would choose the format",
            hint=f"known: {', '.join(IMAGES)}",
        )
    return IMAGES[extension]


def image_filters(
    frame: Frame, video: VideoStream, *, deep: bool = False
) -> ImageConversion:
    """Build the filters that convert a frame to RGB with square pixels.

    Args:
        frame: as it was decoded.
        video: the stream that it belongs to.
        deep: whether an SDR frame of more than 8 bits becomes RGB of 16.
    """
    layout, full_range = PIXEL_FORMATS[frame.pixel_format], is_full_range(video)
    width, height = square_pixel_size(frame, video.display_sample_aspect_ratio)
    scale = f"scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int"
    chain, warnings = [], []
    if video.alpha_apart or has_alpha(video.pixel_format):
        warnings.append("the alpha channel is lost")
    rgb = "rgb48be" if deep and layout.bits > 8 else "rgb24"
    if not layout.is_planar:
        chain.append(scale)
    elif is_hdr(video.color):
        chain += [tag_hdr(video.color, full_range=full_range), TONE_MAP]
        chain.append(f"{scale}:in_color_matrix=bt709:in_range=tv")
        rgb = "rgb24"
        warnings.append("HDR is tone-mapped to SDR")
    else:
        levels = "pc" if full_range else "tv"
        chain.append(f"{scale}:in_color_matrix={yuv_matrix(video)}:in_range={levels}")
    return ImageConversion(
        ",".join([*chain, f"format={rgb}"]), width, height, tuple(warnings)
    )


def square_pixel_size(frame: Frame, ratio: Fraction) -> tuple[int, int]:
    """Size with square pixels that drops no pixel: one side grows."""
    if ratio <= 0:
        return frame.width, frame.height
    if ratio >= 1:
        return round(frame.width * ratio), frame.height
    return frame.width, round(frame.height / ratio)
