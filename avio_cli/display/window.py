"""Window: shows frames and the overlay, reads keyboard and mouse."""

import ctypes
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.display.input_events import EventReader
from avio_cli.display.sdl import last_error, load_sdl, version
from avio_cli.display.textures import OverlayTexture, VideoTexture
from avio_cli.errors import OutputError
from avio_cli.events import InputEvent
from avio_cli.media.frame import Frame

SMALLEST = 320
"""Minimum length of a new window's longer side, in pixels."""
SHARE_OF_SCREEN = 0.85
"""The share of the screen that a new window may take."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """Where the video is in the window, in pixels of its drawable area."""

    x: int
    y: int
    width: int
    height: int


def fit(width: int, height: int, aspect: Fraction) -> Viewport:
    """The largest viewport of that aspect ratio, centred."""
    fitted_width = min(width, round(height * aspect))
    fitted_height = min(height, round(width / aspect))
    x, y = (width - fitted_width) // 2, (height - fitted_height) // 2
    return Viewport(x, y, max(1, fitted_width), max(1, fitted_height))


def first_size(
    video_size: tuple[int, int], aspect: Fraction, screen: tuple[int, int]
) -> tuple[int, int]:
    """A default size for a new window: the video's own, if the screen has room."""
    width, height = (
        max(video_size[1] * aspect, Fraction(video_size[0])),
        Fraction(video_size[1]),
    )
    height = width / aspect
    room = [Fraction(side) * Fraction(SHARE_OF_SCREEN) for side in screen]
    scale = min(Fraction(1), room[0] / width, room[1] / height)
    scale = max(scale, SMALLEST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


class Window:
    """One window; use it from one thread.

    Args:
        title: its title.
        video_size: width and height of the video.
        aspect: display aspect ratio.
        size: of the window; None for a default.
        full_screen: whether it starts in full screen.

    Raises:
        OutputError: there is no display.
    """

    def __init__(
        self,
        title: str,
        video_size: tuple[int, int],
        aspect: Fraction,
        *,
        size: tuple[int, int] | None = None,
        full_screen: bool = False,
    ) -> None:
        self._sdl = sdl = load_sdl()
        _start_video(sdl)
        self._aspect, self._video_size = aspect, video_size
        width, height = size or first_size(video_size, aspect, self._screen())
        flags = sdl.SDL_WINDOW_RESIZABLE | sdl.SDL_WINDOW_ALLOW_HIGHDPI
        middle = sdl.SDL_WINDOWPOS_UNDEFINED
        self._window = sdl.SDL_CreateWindow(
            title.encode(), middle, middle, width, height, flags
        )
        self._renderer = self._window and _renderer(sdl, self._window)
        if not self._renderer:
            reason = last_error(sdl)
            self.close()
            raise OutputError(f"no window can be opened: {reason}")
        self._texture = VideoTexture(sdl, self._renderer)
        self._overlay = OverlayTexture(sdl, self._renderer)
        self._events = EventReader(sdl)
        self._full_screen = False
        if full_screen:
            self.toggle_full_screen()

    @property
    def driver(self) -> str:
        """SDL's name of the video driver."""
        return str((self._sdl.SDL_GetCurrentVideoDriver() or b"").decode())

    @property
    def sdl_version(self) -> str:
        """The version of the loaded SDL."""
        return version(self._sdl)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the drawable area, in pixels."""
        width, height = ctypes.c_int(0), ctypes.c_int(0)
        self._sdl.SDL_GetRendererOutputSize(self._renderer, width, height)
        return width.value, height.value

    @property
    def closed(self) -> bool:
        """Whether the user has closed it."""
        return self._events.closed

    @property
    def damaged(self) -> bool:
        """Whether it must be redrawn, by `present`."""
        return self._events.damaged

    @property
    def full_screen(self) -> bool:
        """Whether it is in full screen."""
        return self._full_screen

    def toggle_full_screen(self) -> None:
        """Enter full screen, or leave it."""
        self._full_screen = not self._full_screen
        mode = self._sdl.SDL_WINDOW_FULLSCREEN_DESKTOP if self._full_screen else 0
        self._sdl.SDL_SetWindowFullscreen(self._window, mode)
        self._events.damaged = True

    def set_title(self, title: str) -> None:
        """Change its title."""
        self._sdl.SDL_SetWindowTitle(self._window, title.encode())

    def set_video(
        self,
        video_size: tuple[int, int],
        aspect: Fraction,
        full_range: bool,
        matrix: str,
    ) -> None:
        """Prepare for frames of another video; the window keeps its size."""
        self._video_size, self._aspect = video_size, aspect
        self._texture.set_colors(full_range=full_range, matrix=matrix)
        self._events.damaged = True

    def show_cursor(self, shown: bool) -> None:
        """Show or hide the mouse cursor over the window."""
        self._sdl.SDL_ShowCursor(int(shown))

    def poll(self) -> list[InputEvent]:
        """The input events since the last call, with all positions filled in."""
        events = self._events.poll()
        if events:
            self._locate(events)
        return events

    def update(self, frame: Frame) -> None:
        """Upload a frame; `present` shows it."""
        self._texture.update(frame)

    def overlay(self, pixels: NDArray[np.uint8]) -> bool:
        """Upload the overlay; returns whether it differs from the last one."""
        return self._overlay.update(pixels)

    def present(self) -> None:
        """Draw all and show it."""
        sdl, viewport = self._sdl, self._viewport()
        self._events.damaged = False
        sdl.SDL_SetRenderDrawColor(self._renderer, 0, 0, 0, 255)
        sdl.SDL_RenderClear(self._renderer)
        self._texture.draw(
            sdl.SDL_Rect(viewport.x, viewport.y, viewport.width, viewport.height)
        )
        self._overlay.draw()
        sdl.SDL_RenderPresent(self._renderer)

    def close(self) -> None:
        """Close it; safe to call twice."""
        sdl = self._sdl
        if self._renderer:
            self._texture.close()
            self._overlay.close()
            sdl.SDL_DestroyRenderer(self._renderer)
        if self._window:
            sdl.SDL_DestroyWindow(self._window)
            sdl.SDL_QuitSubSystem(sdl.SDL_INIT_VIDEO)
        self._renderer = self._window = None

    def _viewport(self) -> Viewport:
        return fit(*self.size, self._aspect)

    def _locate(self, events: list[InputEvent]) -> None:
        viewport, (width, _) = self._viewport(), self.size
        window_width, window_height = ctypes.c_int(1), ctypes.c_int(1)
        self._sdl.SDL_GetWindowSize(self._window, window_width, window_height)
        pixel_ratio = width / max(1, window_width.value)
        for event in events:
            event.window_x *= pixel_ratio
            event.window_y *= pixel_ratio
            event.x = (
                (event.window_x - viewport.x) * self._video_size[0] / viewport.width
            )
            event.y = (
                (event.window_y - viewport.y) * self._video_size[1] / viewport.height
            )

    def _screen(self) -> tuple[int, int]:
        bounds = self._sdl.SDL_Rect(0, 0, 0, 0)
        if self._sdl.SDL_GetDisplayUsableBounds(0, bounds) != 0 or not bounds.w:
            return 1280, 720
        return bounds.w, bounds.h


def _start_video(sdl: ModuleType) -> None:
    # avio handles Ctrl-C; frames are scaled smoothly.
    sdl.SDL_SetHint(sdl.SDL_HINT_NO_SIGNAL_HANDLERS, b"1")
    sdl.SDL_SetHint(sdl.SDL_HINT_RENDER_SCALE_QUALITY, b"linear")
    sdl.SDL_SetHint(sdl.SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, b"0")
    if sdl.SDL_InitSubSystem(sdl.SDL_INIT_VIDEO) != 0:
        raise OutputError(
            f"there is no display to play on: {last_error(sdl)}",
            hint="run it on a desktop, or set SDL_VIDEODRIVER=dummy to play unseen",
        )


def _renderer(sdl: ModuleType, window: Any) -> Any:
    flags = sdl.SDL_RENDERER_ACCELERATED | sdl.SDL_RENDERER_PRESENTVSYNC
    return sdl.SDL_CreateRenderer(window, -1, flags) or sdl.SDL_CreateRenderer(
        window, -1, sdl.SDL_RENDERER_SOFTWARE
    )
