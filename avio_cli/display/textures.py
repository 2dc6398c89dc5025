"""Textures in the renderer's memory: the video frame, and the overlay over it."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from avio_cli.media.pixel_formats import PIXEL_FORMATS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from avio_cli.media.frame import Frame, Samples

    Planes = tuple[NDArray[np.uint8], ...]

_JPEG, _BT601, _BT709 = range(3)
"""SDL_YUV_CONVERSION_MODE; PySDL2 has no names for them."""

_Rectangle = tuple[int, int, int, int]
"""Left, top, width, height."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an image, and where in the window it is drawn."""

    source: _Rectangle
    target: _Rectangle


class VideoTexture:
    """The video frame; created again when its size or format changes.

    YUV goes to the renderer unchanged: the colours are converted there.

    Args:
        sdl: the library.
        renderer: an SDL renderer.
    """

    def __init__(self, sdl: ModuleType, renderer: Any) -> None:
        self._sdl, self._renderer = sdl, renderer
        self._texture: Any = None
        self._key: tuple[bool, int, int, int] | None = None
        self._mode = 0

    def set_colors(self, *, full_range: bool, matrix: str) -> None:
        """Set range and matrix of YUV.

        Args:
            full_range: whether levels are 0 to 255.
            matrix: the scale filter's name; one that SDL does not know is treated
                as bt709.
        """
        old = matrix in ("bt601", "smpte170m", "fcc")
        self._mode = _JPEG if full_range else _BT601 if old else _BT709

    def update(self, frame: "Frame") -> None:
        """Upload a frame."""
        sdl = self._sdl
        planes = displayable(frame)
        texture = self._texture_for(len(planes) == 3, frame.width, frame.height)
        if len(planes) == 1:
            sdl.SDL_UpdateTexture(texture, None, *_pointer(planes[0], ctypes.c_void_p))
            return
        kind = ctypes.POINTER(ctypes.c_ubyte)
        arguments = [part for plane in planes for part in _pointer(plane, kind)]
        sdl.SDL_UpdateYUVTexture(texture, None, *arguments)

    def upload(self, samples: bytearray, size: tuple[int, int]) -> None:
        """Upload a frame that is no array: yuv420p, tightly packed."""
        start, arguments = 0, []
        for height, width in PIXEL_FORMATS["yuv420p"].shapes(*size):
            plane = (ctypes.c_ubyte * (width * height)).from_buffer(samples, start)
            arguments += [plane, width]
            start += width * height
        texture = self._texture_for(True, *size)
        self._sdl.SDL_UpdateYUVTexture(texture, None, *arguments)

    def draw(self, rectangle: Any) -> None:
        """Copy it to the window, if there is one."""
        if self._texture:
            self._sdl.SDL_RenderCopy(self._renderer, self._texture, None, rectangle)

    def _texture_for(self, planar: bool, width: int, height: int) -> Any:
        key = (planar, width, height, self._mode)
        if key != self._key:
            self.close()
            sdl = self._sdl
            kind = sdl.SDL_PIXELFORMAT_IYUV if planar else sdl.SDL_PIXELFORMAT_BGR24
            sdl.SDL_SetYUVConversionMode(self._mode)
            access = sdl.SDL_TEXTUREACCESS_STREAMING
            self._texture = sdl.SDL_CreateTexture(
                self._renderer, kind, access, width, height
            )
            self._key = key
        return self._texture

    def close(self) -> None:
        """Free the memory; safe to call twice."""
        if self._texture:
            self._sdl.SDL_DestroyTexture(self._texture)
        self._texture, self._key = None, None


class OverlayTexture:
    """What is drawn over the video: BGRA with straight alpha.

    Args:
        sdl: the library.
        renderer: an SDL renderer.
    """

    def __init__(self, sdl: ModuleType, renderer: Any) -> None:
        self._sdl, self._renderer = sdl, renderer
        self._texture: Any = None
        self._shape: tuple[int, ...] = ()
        self._shown: NDArray[np.uint8] | None = None
        self._parts: tuple[Part, ...] = ()

    def update(self, pixels: "NDArray[np.uint8]", parts: Sequence[Part] = ()) -> bool:
        """Upload an image; returns whether it differs from the last one.

        Args:
            pixels: what is drawn.
            parts: which of it where; none: all, in the window's upper left corner.
        """
        moved, self._parts = tuple(parts) != self._parts, tuple(parts)
        if pixels is self._shown:
            return moved
        was_empty = self._shown is None or not self._shown.size
        self._shown = pixels
        if not pixels.size:
            return not was_empty
        if pixels.shape != self._shape:
            self._renew(pixels.shape)
        self._sdl.SDL_UpdateTexture(
            self._texture, None, *_pointer(pixels, ctypes.c_void_p)
        )
        return True

    def draw(self) -> None:
        """Copy it to the window, if there is one."""
        if not self._texture or self._shown is None or not self._shown.size:
            return
        height, width = self._shape[:2]
        whole = (0, 0, width, height)
        for part in self._parts or (Part(whole, whole),):
            source = self._sdl.SDL_Rect(*part.source)
            target = self._sdl.SDL_Rect(*part.target)
            self._sdl.SDL_RenderCopy(self._renderer, self._texture, source, target)

    def _renew(self, shape: tuple[int, ...]) -> None:
        sdl = self._sdl
        self.close()
        height, width = shape[:2]
        kind, access = sdl.SDL_PIXELFORMAT_ARGB8888, sdl.SDL_TEXTUREACCESS_STREAMING
        self._texture = sdl.SDL_CreateTexture(
            self._renderer, kind, access, width, height
        )
        sdl.SDL_SetTextureBlendMode(self._texture, sdl.SDL_BLENDMODE_BLEND)
        self._shape = shape

    def close(self) -> None:
        """Free the memory; safe to call twice."""
        if self._texture:
            self._sdl.SDL_DestroyTexture(self._texture)
        self._texture, self._shape = None, ()


def displayable(frame: "Frame") -> "Planes":
    """Convert any frame to planes that SDL takes: one of bgr24, or three of yuv420p.

    What the player decodes is one of these already; a callback may return others.
    """
    import numpy as np  # at the top, it would delay the first frame

    layout = PIXEL_FORMATS[frame.pixel_format]
    planes = [_eight_bits(plane, layout.bits) for plane in frame.planes]
    if layout.channels == 3:
        return (planes[0][..., ::-1],) if layout.red_first else tuple(planes)
    if not layout.is_planar:
        shape = (-(-frame.height // 2), -(-frame.width // 2))
        grey = np.full(shape, 128, np.uint8)
        return planes[0], grey, grey
    horizontal, vertical = layout.chroma
    return planes[0], *(
        plane[:: 2 // vertical, :: 2 // horizontal] for plane in planes[1:]
    )


def _eight_bits(plane: "Samples", bits: int) -> "NDArray[np.uint8]":
    return (plane >> (bits - 8)).astype("u1") if bits > 8 else plane.view("u1")


def _pointer(plane: "NDArray[np.uint8]", kind: Any) -> tuple[Any, int]:
    """Address and bytes per row; valid only during the call it is an argument of."""
    row = plane.shape[1] * (plane.shape[2] if plane.ndim == 3 else 1)
    packed = plane if plane.strides[0] >= row and _rows_packed(plane) else plane.copy()
    return packed.ctypes.data_as(kind), packed.strides[0]


def _rows_packed(plane: "NDArray[np.uint8]") -> bool:
    return plane.strides[-1] == 1 and (
        plane.ndim == 2 or plane.strides[1] == 3 + (plane.shape[2] == 4)
    )
