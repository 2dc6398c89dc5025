"""How a frame becomes a still image: square pixels, right colours, an ordinary screen.

A picture of a film says by tags what its numbers mean. Images have no such tags, or
viewers that pass over them: so everything is worked into the pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.media.color import yuv_matrix
from avio_cli.media.frame import Frame
from avio_cli.media.info import Color, VideoStream

IMAGES: Mapping[str, tuple[str, ...]] = {
    ".png": ("-c:v", "png", "-pix_fmt", "rgb24"),
    ".jpg": ("-c:v", "mjpeg", "-pix_fmt", "yuvj444p", "-q:v", "2"),
    ".jpeg": ("-c:v", "mjpeg", "-pix_fmt", "yuvj444p", "-q:v", "2"),
    ".webp": ("-c:v", "libwebp", "-pix_fmt", "bgra", "-quality", "90"),
}
"""Suffixes, and how ffmpeg encodes for them."""

_HDR = ("smpte2084", "arib-std-b67")
_TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv444p"
)
"""From HDR to an ordinary screen; white of graphics (203 cd/m²) stays white."""


@dataclass(frozen=True, slots=True)
class ImageConversion:
    """What is to be done to a frame."""

    filters: str
    width: int
    height: int
    warnings: tuple[str, ...]


def image_filters(
    frame: Frame, video: VideoStream, full_range: bool
) -> ImageConversion:
    """Decide how a frame is turned into RGB with square pixels.

    Args:
        frame: as it was decoded.
        video: the film that it is of.
        full_range: whether its YUV levels go from 0 to 255.
    """
    width, height = square_pixel_size(frame, video.display_sample_aspect_ratio)
    scale = f"scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int"
    chain, notes = [], []
    if frame.pixel_format in ("bgr24", "gray"):
        chain.append(scale)
    elif video.color.transfer in _HDR:
        chain += [_tagged(video.color, full_range), _TONE_MAP]
        chain.append(f"{scale}:in_color_matrix=bt709:in_range=tv")
        notes.append("the HDR picture is mapped to an ordinary screen")
    else:
        levels = "pc" if full_range else "tv"
        chain.append(f"{scale}:in_color_matrix={yuv_matrix(video)}:in_range={levels}")
    return ImageConversion(
        ",".join([*chain, "format=rgb24"]), width, height, tuple(notes)
    )


def square_pixel_size(frame: Frame, ratio: Fraction) -> tuple[int, int]:
    """The size with square pixels that loses none: one side grows."""
    if ratio <= 0:
        return frame.width, frame.height
    if ratio >= 1:
        return round(frame.width * ratio), frame.height
    return frame.width, round(frame.height / ratio)


def _tagged(color: Color, full_range: bool) -> str:
    return (
        f"setparams=range={'pc' if full_range else 'tv'}"
        f":color_primaries={color.primaries or 'bt2020'}"
        f":color_trc={color.transfer}:colorspace={color.matrix or 'bt2020nc'}"
    )
