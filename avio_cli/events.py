"""Key and mouse events, for callbacks and the player."""

from dataclasses import dataclass
from typing import Literal

EventKind = Literal["key", "move", "press", "release", "wheel", "leave", "drop"]

KEY_NAMES = {
    "SPACE": "SPACE",
    "ESCAPE": "ESC",
    "LEFT": "LEFT",
    "RIGHT": "RIGHT",
    "UP": "UP",
    "DOWN": "DOWN",
    "HOME": "HOME",
    "END": "END",
    "PAGEUP": "PGUP",
    "PAGEDOWN": "PGDN",
    "BACKSPACE": "BS",
    "RETURN": "ENTER",
    "KP_ENTER": "ENTER",
    "TAB": "TAB",
    "DELETE": "DEL",
    "INSERT": "INS",
    **{f"F{number}": f"F{number}" for number in range(1, 13)},
}
"""SDL's names of keys that type no text, and ours."""


@dataclass(slots=True)
class InputEvent:
    """One key press or mouse action.

    It is handed to callbacks with the next frame (`Frame.events`), then to the HUD,
    then to the key bindings; the first that consumes it is the last that acts on it.
    """

    kind: EventKind
    """``leave``: the mouse has left the window; ``drop``: a file was dropped there."""
    key: str = ""
    """Of ``key``: the character typed (``a``, ``A``, ``?``) or a name in capitals:
    ``SPACE ESC LEFT RIGHT UP DOWN HOME END PGUP PGDN BS ENTER TAB DEL F1`` …"""
    modifiers: frozenset[str] = frozenset()
    """Of ``shift``, ``ctrl``, ``alt``, ``meta``; shift is omitted where it is in the
    character."""
    repeat: bool = False
    """Of ``key``: sent again because the key is held."""
    x: float = 0.0
    """Of mouse kinds: column in pixels of the video frame; may be outside of it."""
    y: float = 0.0
    """Row in pixels of the video frame."""
    window_x: float = 0.0
    """Column in pixels of the window's drawable area, where the HUD is drawn."""
    window_y: float = 0.0
    button: str = ""
    """Of ``press`` and ``release``: ``left``, ``middle``, ``right``."""
    clicks: int = 1
    """Of ``press``: 2 for the second one of a double click."""
    wheel: float = 0.0
    """Of ``wheel``: notches, positive away from the user."""
    path: str = ""
    """Of ``drop``: the file, as the desktop names it."""
    consumed: bool = False

    def consume(self) -> None:
        """Stop the HUD and the player from acting on it."""
        self.consumed = True


Event = InputEvent
"""The old name, kept for one release."""
