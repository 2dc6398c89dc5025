"""How a frame is placed in another size: a detector's, or that of the first."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from avio_cli.media.info import VideoStream


@dataclass(frozen=True, slots=True)
class Resize:
    """One way to make a frame as large as a model's input."""

    keeps_ratio: bool
    """Whether the frame keeps its aspect ratio; else it fills the input."""
    before: Fraction
    """Share of the padding that is left of and above the frame."""
    rounding: Fraction
    """Added to a scaled side before its decimals are dropped."""


RESIZES: Mapping[str, Resize] = MappingProxyType(
    {
        "letterbox": Resize(True, Fraction(0), Fraction(0)),
        # Ultralytics rounds a side, and halves what is left.
        "letterbox-center": Resize(True, Fraction(1, 2), Fraction(1, 2)),
        "stretch": Resize(False, Fraction(0), Fraction(0)),
    }
)
"""Every way by the name that descriptions of models have for it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A frame inside of a model's input, in whole pixels."""

    width: int
    height: int
    left: int = 0
    """Pixels of padding left of it."""
    top: int = 0
    """Rows of padding above it."""


@lru_cache(maxsize=32)  # asked for each frame
def place(frame: tuple[int, int], view: tuple[int, int], resize: str) -> Placement:
    """Place a frame.

    Args:
        frame: width and height of the frame.
        view: width and height of the model's input.
        resize: a key of `RESIZES`.
    """
    rule = RESIZES[resize]
    if not rule.keeps_ratio:
        return Placement(*view)
    ratio = min(Fraction(view[0], frame[0]), Fraction(view[1], frame[1]))
    width, height = (max(1, int(side * ratio + rule.rounding)) for side in frame)
    left, top = (
        int((view[0] - width) * rule.before),
        int((view[1] - height) * rule.before),
    )
    return Placement(width, height, left, top)


_CHANGING = frozenset(
    {"mpegts", "mpeg", "hls", "h264", "hevc", "mpegvideo", "m4v", "rtsp", "sdp", "rtp"}
)
"""Demuxers of formats that state a video's size within it, again and again."""


def steady_shape(container: str, video: VideoStream) -> str:
    """Filters that change nothing as long as frames are as the stream declares them.

    Television switches between sizes midway. ffmpeg scales what follows to the first
    size, and so distorts it: here it keeps its aspect ratio, between bars.

    Args:
        container: ffmpeg's names of the demuxer.
        video: one of its streams, decoded in software.

    Returns:
        Empty where its shape cannot change, or is not known.
    """
    changes = not _CHANGING.isdisjoint(container.split(","))
    known = video.width and video.height and video.pixel_format
    if not (changes and known and video.is_upright):
        return ""
    width, height = video.width, video.height
    ratio = video.sample_aspect_ratio or Fraction(1)
    pixel = f"{float(ratio):.6f}"
    same = f"eq(iw,{width})*eq(ih,{height})*lt(abs(sar-{pixel}),0.001)"
    across = f"2*round(min({width},{height}*iw*sar/ih/{pixel})/2)"
    down = f"2*round(min({height},{width}*ih*{pixel}/sar/iw)/2)"
    return (
        f"scale=w='if({same},{width},{across})':h='if({same},{height},{down})'"
        # Else this scaling would make what follows wants, and not as that says.
        f":flags=bicubic,format={video.pixel_format},"
        f"pad={width}:{height}:2*trunc((ow-iw)/4):2*trunc((oh-ih)/4),"
        f"setsar={ratio.numerator}/{ratio.denominator}"
    )
