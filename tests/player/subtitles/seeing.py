"""What a window shows, read from its renderer."""

import numpy as np
from numpy.typing import NDArray

from avio_cli.display.window import Window


def read_window(window: Window) -> NDArray[np.uint8]:
    """Draw it again and read its pixels: (H, W, 3) bgr24."""
    sdl = window._sdl
    width, height = window.size
    pixels = np.zeros((height, width, 4), np.uint8)
    present = sdl.SDL_RenderPresent
    try:
        sdl.SDL_RenderPresent = lambda renderer: None  # after it nothing can be read
        window.present()
    finally:
        sdl.SDL_RenderPresent = present
    status = sdl.SDL_RenderReadPixels(
        window._renderer,
        None,
        sdl.SDL_PIXELFORMAT_ARGB8888,
        pixels.ctypes.data,
        4 * width,
    )
    assert status == 0
    return pixels[..., :3]


def rows_of(pixels: NDArray[np.uint8], level: int = 200) -> tuple[int, int]:
    """First and last row with bright pixels, of a dark video; (-1, -1) for none."""
    rows = np.flatnonzero((pixels.min(axis=2) > level).any(axis=1))
    return (int(rows[0]), int(rows[-1])) if rows.size else (-1, -1)
