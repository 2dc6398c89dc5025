"""Screen: the window, the HUD over the video, and the user's input."""

import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avio_cli.display.window import Window
from avio_cli.events import InputEvent
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.player.cover_art import PLAIN_SIZE
from avio_cli.player.hud.builtin import BuiltinHud
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.state import Action, Hud, PlayerState, Thumbnails

HUD_SECONDS = 0.04
"""Between two drawings of the HUD where nothing else changes."""
CURSOR_SECONDS = 2.0
"""After the last move, before the mouse is hidden."""


class NoThumbnails:
    """Where there are no previews; a `Thumbnails`."""

    def at(self, seconds: float) -> NDArray[np.uint8]:
        """Nothing."""
        return np.empty((0, 0, 3), np.uint8)


class NoHud:
    """Draws nothing and takes nothing; a `Hud`."""

    _nothing = np.empty((0, 0, 4), np.uint8)

    def handle(self, event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
        """Ignore the event."""
        return ()

    def draw(
        self,
        width: int,
        height: int,
        state: PlayerState,
        thumbnails: Thumbnails,
        now: float,
    ) -> NDArray[np.uint8]:
        """Draw nothing."""
        return self._nothing


class Screen:
    """Shows frames and the HUD.

    Args:
        window: shows them.
        hud: drawn over the video.
    """

    def __init__(self, window: Window, hud: Hud) -> None:
        self.window, self._hud = window, hud
        self.thumbnails: Thumbnails = NoThumbnails()
        self._fresh = False
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

    def set_video(self, video: VideoStream | None, title: str) -> None:
        """Prepare for the frames of another video."""
        self.window.set_title(f"{title} - avio")
        size, aspect = frame_size(video), aspect_of(video)
        full_range = video is not None and is_full_range(video)
        matrix = yuv_matrix(video) if video else "bt601"  # cover art
        self.window.set_video(size, aspect, full_range, matrix)

    def show(self, frame: Frame) -> None:
        """Upload a frame; `draw` brings it to the screen."""
        self.window.update(frame)
        self._fresh = True

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
        if changed:
            self.window.present()
            self._fresh = False
        self._hide_cursor(now)
        return changed

    def handle(self, event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
        """Pass an event to the HUD."""
        return self._hud.handle(event, state)

    def poll(self) -> list[InputEvent]:
        """Input events since the last call."""
        events = self.window.poll()
        if any(event.kind in ("move", "press") for event in events):
            self._moved = time.monotonic()
        return events

    def _hide_cursor(self, now: float) -> None:
        wanted = now - self._moved < CURSOR_SECONDS
        if wanted != self._cursor:
            self._cursor = wanted
            self.window.show_cursor(wanted)


def frame_size(video: VideoStream | None) -> tuple[int, int]:
    """Width and height of decoded frames, where they are known."""
    known = video is not None and video.width and video.height
    return (video.width, video.height) if video and known else PLAIN_SIZE


def aspect_of(video: VideoStream | None) -> Fraction:
    """Display aspect ratio: width to height."""
    width, height = frame_size(video)
    ratio = video.display_sample_aspect_ratio if video else Fraction(1)
    return Fraction(width, height) * (ratio or 1)


def open_screen(job: PlayJob, media: OpenMedia) -> Screen:
    """Open the window for an input, with the requested HUD.

    Raises:
        OutputError: there is no display.
    """
    window = Window(
        media.info.source,
        frame_size(media.video),
        aspect_of(media.video),
        size=job.size,
        full_screen=job.full_screen,
    )
    if job.hud_mode == "off":
        return Screen(window, NoHud())
    return Screen(window, job.hud or BuiltinHud(pinned=job.hud_mode == "pinned"))
