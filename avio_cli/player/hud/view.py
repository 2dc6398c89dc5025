"""All that decides how the HUD's controls look at one moment."""

from dataclasses import dataclass, replace

from avio_cli.player.hud.layout import (
    Control,
    Layout,
    LayoutInputs,
    scale_for,
    text_size_for,
)
from avio_cli.player.hud.text import text_width
from avio_cli.player.state import PlayerState
from avio_cli.progress import format_time

TIME_SEPARATOR = " / "


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlsView:
    """All that decides how the controls look."""

    layout: Layout
    state: PlayerState
    column: int
    """Of the knob on the bar."""
    time: str
    total: str
    """Empty where the duration is unknown."""
    hover: Control | None
    """What the mouse is on, or drags."""
    pointer: int
    """The mouse's column."""
    opacity: float
    """1: fully visible; 0: hidden."""


def shows_anything(state: PlayerState) -> bool:
    """Whether there is something to draw besides the controls."""
    overlays = state.message or state.trouble or state.information or state.keys_shown
    return bool(overlays or state.recording)


def content_of(width: int, height: int, state: PlayerState) -> LayoutInputs:
    """What has to fit into a window of that size."""
    # Room for the widest text: the buttons do not move during playback.
    scale = scale_for(width, height)
    widest = state.duration or max(state.position, 3599.0)
    fine = shows_milliseconds(width, scale)
    text = time_text(widest, replace(state, lost=False), fine=fine)
    if state.duration is not None:
        text += f"{TIME_SEPARATOR}{format_time(state.duration)}"
    return LayoutInputs(
        time_width=text_width(text, text_size_for(scale)),
        seekable=bool(state.duration) and state.can_seek,
        audio=state.has_audio,
        record=state.can_record,
        steps_back=state.can_step_back,
        several_files=state.file_count > 1,
    )


def shows_milliseconds(width: int, scale: float) -> bool:
    """Whether there is room for milliseconds while paused."""
    return width >= 480 * scale


def time_text(position: float, state: PlayerState, *, fine: bool) -> str:
    """The position as text; live sources are marked."""
    text = format_time(position, state.duration or 0.0, fine=fine)
    if state.duration is not None or state.can_seek:
        return text
    return f"{'LOST' if state.lost else 'LIVE'}  {text}"


def static_state(state: PlayerState) -> PlayerState:
    """What of the state changes the look of the controls, apart from the position."""
    shown = ("shown",) if state.information else ()
    return replace(
        replace(state, position=0.0, frame_number=None, dropped=0, offset=None),
        message="",
        trouble="",
        information=shown,
    )
