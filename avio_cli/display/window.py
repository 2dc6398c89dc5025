"""Window: shows frames and the overlay, reads keyboard and mouse."""

import ctypes
import os
from collections.abc import Sequence
from fractions import Fraction
from types import ModuleType
from typing import TYPE_CHECKING, Any

from avio_cli.display.input_events import EventReader
from avio_cli.display.sdl import (
    last_error,
    load_sdl,
    silence_stderr,
    version,
    video_driver,
)
from avio_cli.display.textures import OverlayTexture, Part, VideoTexture
from avio_cli.display.viewport import Viewport, first_size, fit
from avio_cli.errors import OutputError
from avio_cli.events import InputEvent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from avio_cli.media.frame import Frame

_UNSEEN = "offscreen"
"""SDL's driver where it finds no display: everything works, nothing is shown."""


class Window:
    """One window; use it from one thread.

    Args:
        title: its title.
        video_size: width and height of the video.
        aspect: display aspect ratio.
        size: of the window; None for a default.
        full_screen: whether it starts in full screen.
        unseen: whether nothing is shown, and no display is needed.

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
        unseen: bool = False,
    ) -> None:
        self._sdl = sdl = load_sdl()
        _start_video(sdl, unseen=unseen)
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
        self._subtitles = OverlayTexture(sdl, self._renderer)
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
    def viewport(self) -> Viewport:
        """Where the video is."""
        return fit(*self.size, self._aspect)

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

    def update(self, frame: "Frame") -> None:
        """Upload a frame; `present` shows it."""
        self._texture.update(frame)

    def show_raw(self, samples: bytearray, size: tuple[int, int]) -> None:
        """Show a frame that is no array.

        Args:
            samples: yuv420p, tightly packed.
            size: its width and height.
        """
        self._texture.upload(samples, size)
        self.present()

    def overlay(self, pixels: "NDArray[np.uint8]") -> bool:
        """Upload the overlay; returns whether it differs from the last one."""
        return self._overlay.update(pixels)

    def subtitles(self, pixels: "NDArray[np.uint8]", parts: Sequence[Part]) -> bool:
        """Upload what is between video and overlay; returns whether that differs.

        Args:
            pixels: BGRA (h, w, 4), straight alpha; empty for nothing.
            parts: which of it is drawn where.
        """
        return self._subtitles.update(pixels, parts)

    def present(self) -> None:
        """Draw all and show it."""
        sdl, viewport = self._sdl, self.viewport
        self._events.damaged = False
        sdl.SDL_SetRenderDrawColor(self._renderer, 0, 0, 0, 255)
        sdl.SDL_RenderClear(self._renderer)
        self._texture.draw(
            sdl.SDL_Rect(viewport.x, viewport.y, viewport.width, viewport.height)
        )
        self._subtitles.draw()
        self._overlay.draw()
        sdl.SDL_RenderPresent(self._renderer)

    def close(self) -> None:
        """Close it; safe to call twice."""
        sdl = self._sdl
        if self._renderer:
            self._texture.close()
            self._subtitles.close()
            self._overlay.close()
            sdl.SDL_DestroyRenderer(self._renderer)
        if self._window:
            sdl.SDL_DestroyWindow(self._window)
            sdl.SDL_VideoQuit()
        self._renderer = self._window = None

    def _locate(self, events: list[InputEvent]) -> None:
        viewport, (width, _) = self.viewport, self.size
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


def _start_video(sdl: ModuleType, *, unseen: bool) -> None:
    sdl.SDL_SetHint(b"SDL_MOUSE_DOUBLE_CLICK_TIME", b"300")
    # avio handles Ctrl-C; frames are scaled smoothly.
    sdl.SDL_SetHint(sdl.SDL_HINT_NO_SIGNAL_HANDLERS, b"1")
    sdl.SDL_SetHint(sdl.SDL_HINT_RENDER_SCALE_QUALITY, b"linear")
    sdl.SDL_SetHint(sdl.SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, b"0")
    # Wayland's library complains of an environment without XDG_RUNTIME_DIR.
    with silence_stderr(), video_driver("dummy" if unseen else ""):
        started = sdl.SDL_VideoInit(None)
    if started != 0:
        raise _no_display(last_error(sdl))
    driver = (sdl.SDL_GetCurrentVideoDriver() or b"").decode()
    if driver == _UNSEEN and not os.environ.get("SDL_VIDEODRIVER"):
        sdl.SDL_VideoQuit()
        raise _no_display("SDL finds neither X11 nor Wayland")


def _no_display(reason: str) -> OutputError:
    return OutputError(
        f"there is no display to play on: {reason}",
        hint="run it on a desktop; --no-video plays the audio alone, "
        "SDL_VIDEODRIVER=dummy all of it unseen",
    )


def _renderer(sdl: ModuleType, window: Any) -> Any:
    flags = sdl.SDL_RENDERER_ACCELERATED | sdl.SDL_RENDERER_PRESENTVSYNC
    return sdl.SDL_CreateRenderer(window, -1, flags) or sdl.SDL_CreateRenderer(
        window, -1, sdl.SDL_RENDERER_SOFTWARE
    )
