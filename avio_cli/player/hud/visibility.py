"""Which parts of the HUD are visible now: controls that hide, icons that fade."""

import math
from typing import Any

from avio_cli.player.hud.overlays import Preview
from avio_cli.player.state import PlayerState, Thumbnails
from avio_cli.progress import format_time

SHOWN_SECONDS = 2.0
"""How long the controls stay after the mouse has stopped."""
FLASH_SECONDS = 1.0
"""How long they stay after a key that seeks."""
FADE_SECONDS = 0.3
PULSE_SECONDS = 0.6
FADE_STEPS = 8
"""Levels of opacity on the way: a redraw each."""


class Visibility:
    """Whether the controls are visible."""

    def __init__(self) -> None:
        self._woken = self._flashed = False
        self._since = self._flash_end = -math.inf
        self.there = False
        """Whether they were visible when last drawn."""
        self.left = False
        """Whether the mouse has left the window."""

    def wake(self) -> None:
        """The mouse has moved."""
        self._woken, self.left = True, False

    def flash(self) -> None:
        """The position has changed by a key: the controls come for a moment."""
        self._flashed = True

    def end(self) -> None:
        """The mouse has left the window."""
        self._woken, self.left = False, True

    def opacity(self, now: float, held: bool) -> float:
        """Opacity of the controls, 0 to 1, in few steps."""
        if self._woken or held:
            self._since = now
        elif self.left:
            self._since = min(self._since, now - SHOWN_SECONDS)
        if self._flashed:
            self._flash_end = now + FLASH_SECONDS
        self._woken = self._flashed = False
        idle = now - max(self._since + SHOWN_SECONDS, self._flash_end)
        step = _step(1 - idle / FADE_SECONDS)
        self.there = step > 0
        return step / FADE_STEPS


def _step(share: float) -> int:
    """How much of a fade is left, in whole steps; rounding does not prolong it."""
    return math.ceil(min(max(share, 0.0), 1.0) * FADE_STEPS - 1e-6)


class PauseIndicator:
    """The large icon that shows that a pause starts or ends."""

    def __init__(self) -> None:
        self._paused: bool | None = None
        self._since = -math.inf

    def at(self, state: PlayerState, now: float) -> tuple[str, int]:
        """Which icon, and its opacity in `FADE_STEPS`."""
        if self._paused is not None and state.paused != self._paused:
            self._since = now
        self._paused = state.paused
        step = _step(1 - (now - self._since) / PULSE_SECONDS)
        return ("pause" if state.paused else "play", step) if step else ("", 0)


class Previews:
    """Numbers the thumbnails it gets, so that a new one is noticed."""

    def __init__(self) -> None:
        self._image: Any = None
        self._revision = 0

    def at(self, seconds: float, state: PlayerState, thumbnails: Thumbnails) -> Preview:
        """The preview for a time."""
        image = thumbnails.at(seconds)
        if image is not self._image:
            self._image, self._revision = image, self._revision + 1
        started = [mark.title for mark in state.marks if mark.seconds <= seconds]
        return Preview(
            time=format_time(seconds, state.duration or 0.0),
            chapter=started[-1] if started else "",
            image=image,
            revision=self._revision if image.size else 0,
        )
