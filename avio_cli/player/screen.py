"""Screen: the window, the HUD over the video, and the user's input."""

import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avio_cli.display.window import Window
from avio_cli.events import InputEvent
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.player.hud.builtin import BuiltinHud
from avio_cli.player.job import PlayJob
from avio_cli.player.start.first_frame import prepare
from avio_cli.player.state import Action, Hud, PlayerState, Thumbnails
from avio_cli.player.subtitles.image import EMPTY, SubtitleImage
from avio_cli.player.subtitles.placement import Room, parts_of
from avio_cli.player.terminal import NoTerminal, Terminal, open_terminal

HUD_SECONDS = 0.04
"""Between two drawings of the HUD where nothing else changes."""
CURSOR_SECONDS = 2.0
"""After the last move, before the mouse is hidden."""


class NoThumbnails:
    """Where there are no previews; a `Thumbnails`."""

    def at(self, seconds: float) -> NDArray[np.uint8]:
        """Nothing."""
        return np.empty((0, 0, 3), np.uint8)


class Screen:
    """Shows frames and the HUD.

    Args:
        window: shows them.
        hud: drawn over the video.
        terminal: gives keys too, and shows a status line.
    """

    def __init__(
        self, window: Window, hud: Hud, terminal: Terminal | None = None
    ) -> None:
        self.window, self._hud = window, hud
        self._terminal = terminal or NoTerminal()
        self.thumbnails: Thumbnails = NoThumbnails()
        self._fresh = False
        self._subtitles, self._offset = EMPTY, 0.0
        self._hud_drawn = self._moved = 0.0
        self._cursor = True

    @property
    def full_screen(self) -> bool:
        """Whether the window fills the screen."""
        return self.window.full_screen

    def toggle_full_screen(self) -> None:
        """Fill the screen, or be a window again."""
        self.window.toggle_full_screen()

    def toggle_pinned(self) -> None:
        """Keep the built-in HUD, or let it hide again."""
        if isinstance(self._hud, BuiltinHud):
            self._hud.pinned = not self._hud.pinned

    def show_position(self) -> bool:
        """Show for a moment where playback is; returns whether the HUD does that."""
        return isinstance(self._hud, BuiltinHud) and self._hud.show_position()

    def set_video(self, video: VideoStream | None, title: str) -> None:
        """Prepare for the frames of another video."""
        self.window.set_title(f"{title} - avio")
        prepare(self.window, video)

    def set_still(self, still: Frame, title: str) -> None:
        """Prepare for an image that is shown instead of a video."""
        self.window.set_title(f"{title} - avio")
        size = (still.width, still.height)
        self.window.set_video(size, Fraction(*size), False, "bt601")

    def show(self, frame: Frame) -> None:
        """Upload a frame; `draw` brings it to the screen."""
        self.window.update(frame)
        self._fresh = True

    def show_subtitles(self, image: SubtitleImage, offset: float) -> None:
        """Set what is drawn over the video, below the HUD.

        Args:
            image: the subtitles.
            offset: how far they are moved down, as a share of the video's height.
        """
        self._subtitles, self._offset = image, offset

    def draw(self, state: Callable[[], PlayerState]) -> bool:
        """Bring all that has changed to the screen; returns whether anything had.

        Args:
            state: returns what the HUD shows; called only when it is drawn.
        """
        now = time.monotonic()
        changed = self._fresh or self.window.damaged
        if changed or now - self._hud_drawn >= HUD_SECONDS:
            self._hud_drawn = now
            pixels = self._hud.draw(*self.window.size, state(), self.thumbnails, now)
            changed |= self.window.overlay(pixels)
        changed |= self._place_subtitles()
        if changed:
            self.window.present()
            self._fresh = False
        self._hide_cursor(now)
        self._terminal.show(now, state)
        return changed

    def close(self) -> None:
        """Close the window, and leave the terminal as it was."""
        self._terminal.close()
        self.window.close()

    def handle(self, event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
        """Pass an event to the HUD."""
        return self._hud.handle(event, state)

    def poll(self) -> list[InputEvent]:
        """Input events since the last call."""
        events = self.window.poll() + self._terminal.poll()
        if any(event.kind in ("move", "press") for event in events):
            self._moved = time.monotonic()
        return events

    def _place_subtitles(self) -> bool:
        if self._subtitles.is_empty:
            return self.window.subtitles(EMPTY.pixels, ())
        free = self._hud.free_rows if isinstance(self._hud, BuiltinHud) else None
        room = Room(self.window.viewport, free)
        parts = tuple(parts_of(self._subtitles, room, self._offset))
        return self.window.subtitles(self._subtitles.pixels, parts)

    def _hide_cursor(self, now: float) -> None:
        wanted = now - self._moved < CURSOR_SECONDS
        if wanted != self._cursor:
            self._cursor = wanted
            self.window.show_cursor(wanted)


def open_screen(job: PlayJob, window: Window) -> Screen:
    """The screen with the requested HUD.

    Args:
        job: the settings of the player.
        window: closed with the screen.
    """
    hud = job.hud or BuiltinHud(pinned=job.hud_mode == "pinned")
    if job.hud_mode == "off":
        hud = BuiltinHud(controls=False)
    return Screen(window, hud, open_terminal(quiet=job.quiet))
