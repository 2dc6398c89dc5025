"""Draws the HUD's controls: shades, title, bar, buttons, slider, times."""

from collections.abc import Iterator
from dataclasses import replace

from avio_cli.player.hud.icons import icon
from avio_cli.player.hud.layout import Control, Layout, Rect
from avio_cli.player.hud.overlays import recording_rect
from avio_cli.player.hud.painting import (
    AMBER,
    BLUE,
    RED,
    WHITE,
    BgraImage,
    Color,
    draw,
    fade,
    fill_column,
    rounded_box,
    shade,
)
from avio_cli.player.hud.seek_bar import (
    draw_knob,
    draw_played,
    draw_posts,
    draw_track,
    line_mask,
)
from avio_cli.player.hud.text import fit_text, text_width, write
from avio_cli.player.hud.view import TIME_SEPARATOR, ControlsView

LOUDEST = 130.0
"""Percent at the right end of the volume slider."""


class Controls:
    """Draws the controls; what does not move during playback is drawn once and kept."""

    def __init__(self) -> None:
        self._static: ControlsView | None = None
        self._cached: list[BgraImage] = []

    def draw(self, canvas: BgraImage, view: ControlsView) -> tuple[Rect, ...]:
        """Draw on an empty canvas; returns what was touched."""
        areas = (title_area(view.layout), shaded_area(view.layout))
        strips = [canvas[area.y : area.bottom] for area in areas]
        still = replace(view, column=0, time="", pointer=-1, opacity=1.0)
        if still != self._static or not self._cached:
            _draw_static(canvas, still, areas)
            self._static, self._cached = still, [strip.copy() for strip in strips]
        else:
            for strip, kept in zip(strips, self._cached, strict=True):
                strip[:] = kept
        _draw_moving(canvas, view)
        for strip in strips:
            fade(strip, view.opacity)
        return areas


def _draw_static(
    canvas: BgraImage, view: ControlsView, areas: tuple[Rect, Rect]
) -> None:
    top, bottom = areas
    fill_column(canvas[: top.bottom], shade(top.height, 0.62, False))
    fill_column(canvas[bottom.y :], shade(bottom.height, 0.78, True))
    _draw_title(canvas, view, top)
    if Control.BAR in view.layout.controls:
        draw_track(canvas, view)
    for part, name, color in _buttons(view):
        _draw_button(canvas, view, part, name, color)
    _draw_volume(canvas, view)
    _draw_speed(canvas, view)


def _draw_moving(canvas: BgraImage, view: ControlsView) -> None:
    if Control.BAR in view.layout.controls:
        draw_played(canvas, view)
        draw_posts(canvas, view)
        size = 16 if view.hover is Control.BAR else 12
        middle = view.layout.track(Control.BAR).middle
        draw_knob(canvas, view.layout, view.column, middle, size)
    _draw_times(canvas, view)


def title_area(layout: Layout) -> Rect:
    """The title and a soft edge below it."""
    return Rect(0, 0, layout.width, min(layout.pixels(64), layout.height // 3))


def shaded_area(layout: Layout) -> Rect:
    """The panel and a soft edge above it."""
    height = min(round(layout.panel.height * 1.7), layout.height)
    return Rect(0, layout.height - height, layout.width, height)


def _draw_title(canvas: BgraImage, view: ControlsView, area: Rect) -> None:
    layout, state = view.layout, view.state
    size, side, middle = layout.text_size, layout.pixels(16), layout.pixels(22)
    if layout.panel.y < 2 * middle - layout.pixels(8):
        return  # there is room for one of them
    number = ""
    if state.file_count > 1:
        number = f"{state.file_number} / {state.file_count}"
    right = area.right - side
    if state.recording:
        right = recording_rect(layout).x - side
    if number:
        right -= text_width(number, size)
        write(canvas, number, right, middle, size, opacity=0.75)
        right -= side
    room = max(right - side, 0)
    write(canvas, fit_text(state.title, size, room), side, middle, size)


def _buttons(view: ControlsView) -> Iterator[tuple[Control, str, Color]]:
    """The buttons in the layout: part, icon, colour."""
    state = view.state
    play = "play" if state.paused else "pause"
    quiet = "volume low" if state.volume < 50 else "volume high"
    muted = state.muted or state.volume == 0
    table = (
        (Control.PLAY, "replay" if state.at_end else play, WHITE),
        (Control.STEP_BACK, "step back", WHITE),
        (Control.STEP_FORWARD, "step forward", WHITE),
        (Control.PREVIOUS, "previous file", WHITE),
        (Control.NEXT, "next file", WHITE),
        (Control.MUTE, "volume muted" if muted else quiet, WHITE),
        (Control.RECORD, "record", RED if state.recording else WHITE),
        (Control.INFORMATION, "information", BLUE if state.information else WHITE),
        (Control.FULL_SCREEN, "window" if state.full_screen else "full screen", WHITE),
    )
    return (row for row in table if row[0] in view.layout.controls)


def _draw_button(
    canvas: BgraImage, view: ControlsView, part: Control, name: str, color: Color
) -> None:
    layout, rect = view.layout, view.layout.controls[part]
    if view.hover is part:
        _draw_hover(canvas, layout, rect)
    size = layout.pixels(26 if part is Control.PLAY else 22)
    x, y = rect.center - size // 2, rect.middle - size // 2
    draw(canvas, icon(name, size), x, y, color, 1.0 if view.hover is part else 0.94)


def _draw_hover(canvas: BgraImage, layout: Layout, rect: Rect) -> None:
    gap = layout.pixels(1)
    width, height = rect.width - 2 * gap, rect.height - 2 * gap
    box = rounded_box(width, height, layout.pixels(8))
    draw(canvas, box, rect.x + gap, rect.y + gap, WHITE, 0.16)


def _draw_volume(canvas: BgraImage, view: ControlsView) -> None:
    layout, state = view.layout, view.state
    if Control.VOLUME not in layout.controls:
        return
    track, height = layout.track(Control.VOLUME), layout.pixels(4)
    y = track.middle - height // 2
    hundred = layout.column_at(Control.VOLUME, 100 / LOUDEST) - track.x
    line = line_mask(track.width, height, (hundred,), layout.pixels(1.5))
    volume = 0.0 if state.muted else state.volume
    column = layout.column_at(Control.VOLUME, volume / LOUDEST)
    loud = column - track.x
    draw(canvas, line, track.x, y, WHITE, 0.34)
    draw(canvas, line[:, : min(loud, hundred)], track.x, y, WHITE)
    if loud > hundred:  # louder than the recording: may distort
        draw(canvas, line[:, hundred:loud], track.x + hundred, y, AMBER)
    active = view.hover in (Control.VOLUME, Control.MUTE)
    draw_knob(canvas, layout, column, track.middle, 14 if active else 11)


def _draw_times(canvas: BgraImage, view: ControlsView) -> None:
    layout, size = view.layout, view.layout.text_size
    if (rect := layout.controls.get(Control.TIME)) is None:
        return
    x = rect.x + layout.pixels(7)
    write(canvas, view.time, x, rect.middle, size)
    if view.total:
        x += text_width(view.time, size)
        rest = f"{TIME_SEPARATOR}{view.total}"
        write(canvas, rest, x, rect.middle, size, opacity=0.68)


def _draw_speed(canvas: BgraImage, view: ControlsView) -> None:
    layout, size = view.layout, view.layout.text_size
    if (rect := layout.controls.get(Control.SPEED)) is None:
        return
    if view.hover is Control.SPEED:
        _draw_hover(canvas, layout, rect)
    text = speed_text(view.state.speed)
    color = WHITE if view.state.speed == 1 else BLUE
    left = rect.center - text_width(text, size) // 2
    write(canvas, text, left, rect.middle, size, color)


def speed_text(speed: float) -> str:
    """Format a speed in at most five characters: ``1x``, ``0.25x``."""
    return f"{round(speed, 2):g}x"
