"""All that decides how the HUD's controls look at one moment."""

from dataclasses import dataclass

from avio_cli.player.hud_layout import Layout, Part
from avio_cli.player.state import PlayerState


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that decides how the controls look."""

    layout: Layout
    state: PlayerState
    column: int
    """Of the knob on the bar."""
    time: str
    total: str
    """Empty where the length is not known."""
    hover: Part | None
    """What the mouse is on, or drags."""
    pointer: int
    """The mouse's column."""
    opacity: float
    """1: all there; 0: gone."""
