"""Screenshots: single frames as PNG, in the colours in which the video is shown."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import OutputError
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import Color, VideoStream
from avio_cli.optional import load_opencv
from avio_cli.output.file import FileOutput

Levels = NDArray[np.float32]

HIGH_DEFINITION = 720
"""Rows from which unspecified colours are BT.709, as on the player's screen."""

_WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "bt2020nc": (0.2627, 0.0593),
    "bt2020c": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
    "fcc": (0.30, 0.11),
}
"""Share of red and blue in luma."""
_BT601 = (0.299, 0.114)
_NAME_CHARACTERS = re.compile(r"[^\w. ()+-]+")


def save_screenshot(
    frame: Frame,
    folder: Path,
    *,
    source: str = "",
    video: VideoStream | None = None,
    origin: Fraction = Fraction(0),
) -> Path:
    """Write a frame as PNG under an unused file name.

    Frames with non-square pixels are scaled to square ones, as players show them; all
    other pixels are kept one by one. Video of more than 8 bits becomes 16-bit PNG.

    Args:
        frame: what to write.
        folder: where.
        source: name of the source, for the file name.
        video: the stream it is from: its colours and sample aspect ratio.
        origin: the source's timestamp at its start, in seconds.

    Returns:
        Where it is: ``video-0-01-07.480.png``.

    Raises:
        OutputError: it cannot be written.
    """
    cv2 = load_opencv()
    image = _square(cv2, rgb_of(frame, video), video)
    done, data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise OutputError(f"cannot make a PNG of {frame.width}x{frame.height} pixels")
    output = FileOutput(_free_path(folder, source, frame.time - origin))
    try:
        output.temporary.write_bytes(data.tobytes())
        output.commit()
    except OSError as error:
        raise OutputError(
            f"cannot write {output.display_name}: {error.strerror}"
        ) from error
    finally:
        output.discard()
    return output.path


def rgb_of(frame: Frame, video: VideoStream | None = None) -> NDArray[Any]:
    """Convert a frame to BGR.

    Args:
        frame: in any pixel format.
        video: the stream it is from. Where its matrix is unspecified, high definition
            is taken for BT.709 and the rest for BT.601, as players do.

    Returns:
        (H, W, 3) in the order blue, green, red: uint8, or uint16 from 10 bits.
    """
    layout = PIXEL_FORMATS[frame.pixel_format]
    if frame.pixel_format == "bgr24":
        return frame.planes[0]
    color = video.color if video else Color()
    full = color.range == "pc" or bool(video and video.pixel_format.startswith("yuvj"))
    depth = 8 if layout.bits == 8 else 16
    # ffmpeg makes grey frames full range, whatever the video has.
    full = full or not layout.is_planar
    luma = _scaled(frame.planes[0], layout.bits, full, luma=True)
    if not layout.is_planar:
        return _stored(np.repeat(luma[..., None], 3, axis=2), depth)
    size = (frame.width, frame.height)
    blue, red = (
        _upsampled(_scaled(plane, layout.bits, full, luma=False), size, layout.chroma)
        for plane in frame.planes[1:]
    )
    weights = _WEIGHTS.get(color.matrix, _BT601)
    if not color.matrix and min(frame.width, frame.height) >= HIGH_DEFINITION:
        weights = _WEIGHTS["bt709"]
    return _stored(_mixed(luma, blue, red, weights), depth)


def _scaled(plane: NDArray[Any], bits: int, full: bool, *, luma: bool) -> Levels:
    """Luma from 0 to 1, or chroma from -0.5 to 0.5."""
    unit = 1 << (bits - 8)
    if full:
        least, span = (0, 256 * unit - 1) if luma else (128 * unit, 256 * unit - 1)
    else:
        least, span = (16 * unit, 219 * unit) if luma else (128 * unit, 224 * unit)
    levels: Levels = (plane.astype(np.float32) - np.float32(least)) / np.float32(span)
    return levels


def _upsampled(plane: Levels, size: tuple[int, int], chroma: tuple[int, int]) -> Levels:
    """A chroma plane in full size; its samples are left, and between two rows."""
    across, down = chroma
    if (across, down) == (1, 1):
        return plane
    cv2 = load_opencv()
    shift = (down - 1) / (2 * down)
    matrix = np.array([[1 / across, 0, 0], [0, 1 / down, -shift]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    full: Levels = cv2.warpAffine(
        plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return full


def _mixed(
    luma: Levels, blue: Levels, red: Levels, weights: tuple[float, float]
) -> Levels:
    """BGR, (H, W, 3), of luma and two colour differences."""
    of_red, of_blue = weights
    of_green = 1 - of_red - of_blue
    mixed = np.empty((*luma.shape, 3), np.float32)
    mixed[..., 0] = luma + blue * np.float32(2 * (1 - of_blue))
    mixed[..., 2] = luma + red * np.float32(2 * (1 - of_red))
    part_blue, part_red = (
        2 * share * (1 - share) / of_green for share in (of_blue, of_red)
    )
    mixed[..., 1] = luma - blue * np.float32(part_blue) - red * np.float32(part_red)
    return mixed


def _stored(levels: Levels, depth: int) -> NDArray[Any]:
    largest = (1 << depth) - 1
    numbers = np.clip(levels, 0, 1) * np.float32(largest) + np.float32(0.5)
    stored: NDArray[Any] = numbers.astype(np.uint8 if depth == 8 else np.uint16)
    return stored


def _square(cv2: Any, image: NDArray[Any], video: VideoStream | None) -> NDArray[Any]:
    """The image with square pixels: it grows in one direction, and loses nothing."""
    ratio = video.display_sample_aspect_ratio if video else Fraction(1)
    if ratio in (0, 1):
        return image
    height, width = image.shape[:2]
    wider = ratio > 1
    size = (round(width * ratio), height) if wider else (width, round(height / ratio))
    scaled: NDArray[Any] = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    return scaled


def _free_path(folder: Path, source: str, time: Fraction) -> Path:
    name = _NAME_CHARACTERS.sub("_", Path(source).stem)[:100] or "avio"
    milliseconds = round(abs(time) * 1000)
    seconds, rest = divmod(milliseconds, 1000)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    stem, number = f"{name}-{hours}-{minutes:02}-{seconds % 60:02}.{rest:03}", 1
    path = folder / f"{stem}.png"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.png"
    return path
