"""Draws subtitles into the planes of a frame, for screenshots and recordings."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.color import LUMA_WEIGHTS, is_full_range, yuv_matrix
from avio_cli.media.frame import PIXEL_FORMATS, Frame, Samples
from avio_cli.media.info import VideoStream
from avio_cli.optional import load_opencv
from avio_cli.player.subtitles.image import SubtitleImage

_Patch = NDArray[np.float32]


def square_size(frame: Frame, video: VideoStream | None) -> tuple[int, int]:
    """Width and height of a frame in square pixels."""
    ratio = (video.display_sample_aspect_ratio if video else Fraction(1)) or 1
    return max(round(frame.width * ratio), 1), frame.height


def burn(
    frame: Frame, image: SubtitleImage, offset: float, video: VideoStream | None
) -> Frame:
    """Draw an image over a copy of a frame.

    Args:
        frame: stays as it is.
        image: its canvas covers the frame.
        offset: how far it is moved down, as a share of the height.
        video: the stream that the frame is of; None for cover art.

    Returns:
        The copy; the frame itself where nothing is drawn.
    """
    if image.is_empty:
        return frame
    layer = _layer(frame, image, offset)
    rows, columns = _even_box(layer)
    if rows.stop <= rows.start:
        return frame
    patch = layer[rows, columns].astype(np.float32)
    planes = []
    layout = PIXEL_FORMATS[frame.pixel_format]
    values = _values(patch[..., :3], frame, video)
    for number, plane in enumerate(frame.planes):
        across, down = layout.chroma if number else (1, 1)
        copy = plane.copy()
        area = copy[
            rows.start // down : -(-rows.stop // down),
            columns.start // across : -(-columns.stop // across),
        ]
        share = patch[..., 3:] / np.float32(255)
        _blend(area, values[number], share, (across, down))
        planes.append(copy)
    return replace(frame, planes=tuple(planes))


def _layer(frame: Frame, image: SubtitleImage, offset: float) -> NDArray[np.uint8]:
    """The image as BGRA on a layer of the frame's size, rounded up to even."""
    height, width = frame.height + frame.height % 2, frame.width + frame.width % 2
    layer = np.zeros((height, width, 4), np.uint8)
    across = frame.width / image.canvas[0]
    down = frame.height / image.canvas[1]
    pixels = image.pixels
    size = (
        max(round(pixels.shape[1] * across), 1),
        max(round(pixels.shape[0] * down), 1),
    )
    if size != (pixels.shape[1], pixels.shape[0]):
        cv2 = load_opencv()
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    left = round(image.x * across)
    top = round((image.y + offset * image.canvas[1]) * down)
    rows = slice(max(top, 0), max(top + size[1], 0))
    over = layer[rows, max(left, 0) : max(left + size[0], 0)]
    visible = pixels[max(-top, 0) :, max(-left, 0) :]
    over[...] = visible[: over.shape[0], : over.shape[1]]
    return layer


def _even_box(layer: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns of what is drawn, at even positions; empty for nothing."""
    drawn = layer[..., 3]
    rows = np.flatnonzero(drawn.any(axis=1))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    columns = np.flatnonzero(drawn.any(axis=0))
    return (
        slice(int(rows[0]) // 2 * 2, (int(rows[-1]) // 2 + 1) * 2),
        slice(int(columns[0]) // 2 * 2, (int(columns[-1]) // 2 + 1) * 2),
    )


def _values(bgr: _Patch, frame: Frame, video: VideoStream | None) -> list[_Patch]:
    """The colours of a patch as samples of each plane."""
    layout = PIXEL_FORMATS[frame.pixel_format]
    if layout.channels == 3:
        return [bgr[..., ::-1] if layout.red_first else bgr]
    red_share, blue_share = LUMA_WEIGHTS[yuv_matrix(video) if video else "smpte170m"]
    blue, green, red = (bgr[..., channel] / 255 for channel in range(3))
    luma = red_share * red + blue_share * blue + (1 - red_share - blue_share) * green
    chroma = (
        (blue - luma) / (2 - 2 * blue_share),
        (red - luma) / (2 - 2 * red_share),
    )
    full = video is not None and is_full_range(video)
    scale = float(1 << (layout.bits - 8))
    low, high, wide = (0, 255, 255) if full else (16, 219, 224)
    planes = [(low + high * luma) * scale]
    planes += [(128 + wide * part) * scale for part in chroma]
    return [plane[..., None].astype(np.float32) for plane in planes]


def _blend(
    area: Samples, value: _Patch, share: _Patch, divisors: tuple[int, int]
) -> None:
    """Blend into a plane in place; chroma takes the mean of what it stands for."""
    alpha = _mean(share, divisors)
    color = _mean(value * share, divisors) / np.maximum(alpha, 1e-6)
    wanted = color if area.ndim == 3 else color[..., 0]
    weight = alpha if area.ndim == 3 else alpha[..., 0]
    rows, columns = area.shape[:2]
    wanted, weight = wanted[:rows, :columns], weight[:rows, :columns]
    area[...] = np.rint(area + (wanted - area) * weight).astype(area.dtype)


def _mean(patch: _Patch, divisors: tuple[int, int]) -> _Patch:
    across, down = divisors
    if across == down == 1:
        return patch
    height, width, depth = patch.shape
    blocks = patch.reshape(height // down, down, width // across, across, depth)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)
