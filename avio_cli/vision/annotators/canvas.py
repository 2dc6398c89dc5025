"""Drawing into the planes of a frame in place, in any pixel format."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.frame import PIXEL_FORMATS, Frame, Samples
from avio_cli.optional import load_opencv
from avio_cli.vision.annotators.palette import Bgr, PlaneValues
from avio_cli.vision.annotators.polylines import Polygon

OPAQUE = 128
"""Coverage of a mask where the colour is opaque; 0 leaves the frame as it is.

Seven bits, so that ``(value - sample) * coverage`` fits in 16 bits for 8-bit samples:
half the memory traffic, and exact at both ends.
"""

_PATCH = 128
"""Pixels: size of the squares in which polygons on 10 bits are blended."""

Mask = NDArray[np.uint8]
Tile = tuple[Samples, ...]
"""A small image in the format of the canvas, one array a plane."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The planes of one frame, to be drawn on.

    Coordinates are pixels of the full frame, clipped to it. Positions are even
    (`even`), so that no chroma sample is only half covered; where the frame's size is
    odd, its last column and row simply end earlier.
    """

    planes: tuple[Samples, ...]
    divisors: tuple[tuple[int, int], ...]
    """Horizontal and vertical subsampling of each plane."""
    width: int
    height: int

    @classmethod
    def of(cls, frame: Frame) -> "Canvas":
        """Make a canvas of a frame; drawing changes the frame."""
        chroma = PIXEL_FORMATS[frame.pixel_format].chroma
        divisors = ((1, 1), chroma, chroma)[: len(frame.planes)]
        return cls(frame.planes, divisors, frame.width, frame.height)

    def fill(
        self, left: int, top: int, right: int, bottom: int, color: PlaneValues
    ) -> None:
        """Fill a rectangle; right and bottom are exclusive."""
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, self.width), min(bottom, self.height)
        if right <= left or bottom <= top:
            return
        for plane, (across, down), value in zip(
            self.planes, self.divisors, color, strict=True
        ):
            rows = slice(top // down, -(-bottom // down))
            plane[rows, left // across : -(-right // across)] = value

    def paste(self, left: int, top: int, tile: Tile) -> None:
        """Copy a tile whose corner is inside; what sticks out is cut off."""
        for plane, (across, down), part in zip(
            self.planes, self.divisors, tile, strict=True
        ):
            region = plane[top // down :, left // across :]
            region = region[: part.shape[0], : part.shape[1]]
            region[...] = part[: region.shape[0], : region.shape[1]]

    def blend(self, left: int, top: int, mask: Mask, color: PlaneValues) -> None:
        """Blend a colour into the frame through a mask of even size, 0 to `OPAQUE`.

        The corner is inside the frame; what sticks out right and below is cut.
        """
        for plane, divisors, value in zip(
            self.planes, self.divisors, color, strict=True
        ):
            across, down = divisors
            part = reduce(mask, divisors)
            region = plane[top // down :, left // across :]
            region = region[: part.shape[0], : part.shape[1]]
            _mix(region, part[: region.shape[0], : region.shape[1]], value)

    def polygon(self, corners: Polygon, color: PlaneValues) -> None:
        """Fill a polygon, anti-aliased; it may be outside."""
        if self.planes[0].dtype != np.uint8:
            self._blend_polygon(corners, color)
            return
        halvings = np.subtract(self.divisors[-1], 1)
        small = corners >> halvings
        for number, (plane, value) in enumerate(zip(self.planes, color, strict=True)):
            _fill_polygon(plane, small if number else corners, value)

    def _blend_polygon(self, corners: Polygon, color: PlaneValues) -> None:
        """Fill on 10 bits: OpenCV (5.0) anti-aliases samples of 8 bits only.

        The mask is made in patches, so that a thin diagonal costs what it covers.
        """
        low = np.maximum(corners.min(axis=0) // 16 - 2, 0) // 2 * 2
        high = np.minimum(corners.max(axis=0) // 16 + 4, (self.width, self.height))
        for top in range(low[1], high[1], _PATCH):
            for left in range(low[0], high[0], _PATCH):
                size = np.minimum(high - (left, top) + 1, _PATCH) // 2 * 2
                mask = np.zeros(size[::-1], np.uint8)
                corner = np.array([16 * left, 16 * top], np.int32)
                _fill_polygon(mask, corners - corner, OPAQUE)
                if mask.any():
                    self.blend(left, top, mask, color)

    def tile(
        self, coverage: Mask, background: PlaneValues, foreground: PlaneValues
    ) -> Tile:
        """Make a tile from a coverage mask and two colours.

        Args:
            coverage: uint8 (h, w), both even.
            background: the colour where coverage is 0.
            foreground: the colour where it is 255.
        """
        parts: list[Samples] = []
        share = np.arange(256) / 255
        for plane, divisors, back, front in zip(
            self.planes, self.divisors, background, foreground, strict=True
        ):
            steps = share if plane.ndim == 2 else share[:, None]
            values = np.rint(np.multiply(back, 1 - steps) + np.multiply(front, steps))
            parts.append(values.astype(plane.dtype)[reduce(coverage, divisors)])
        return tuple(parts)


def even(value: float) -> int:
    """Round to the nearest even number."""
    return 2 * round(value / 2)


def _fill_polygon(plane: Samples, corners: Polygon, color: int | Bgr) -> None:
    cv2 = load_opencv()
    cv2.fillPoly(plane, [corners], color, cv2.LINE_AA, 4)


def reduce(mask: Mask, divisors: tuple[int, int]) -> Mask:
    """Average a mask of even size down to the grid of a subsampled plane."""
    if divisors == (1, 1):
        return mask
    cv2 = load_opencv()
    across, down = divisors
    size = (mask.shape[1] // across, mask.shape[0] // down)
    reduced: Mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    return reduced


def _mix(region: Samples, mask: Mask, value: int | Bgr) -> None:
    wide = np.int16 if region.dtype == np.uint8 else np.int32
    cover = mask.astype(wide)
    change = np.subtract(value, region, dtype=wide)
    change *= cover if region.ndim == 2 else cover[..., None]
    change >>= 7
    np.add(region, change, out=region, casting="unsafe")
