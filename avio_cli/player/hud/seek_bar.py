"""Draws the seek bar of the HUD: chapters, loop, progress, and its handle."""

from functools import lru_cache

import numpy as np

from avio_cli.player.hud.layout import Control, Layout
from avio_cli.player.hud.painting import (
    AMBER,
    BLUE,
    WHITE,
    BgraImage,
    Mask,
    draw,
    rounded_box,
)
from avio_cli.player.hud.view import ControlsView


@lru_cache(maxsize=64)
def line_mask(width: int, height: int, gaps: tuple[int, ...], gap: int) -> Mask:
    """A line with round ends, open where a chapter starts; read-only, shared."""
    mask = np.array(rounded_box(width, height, height / 2))
    for column in gaps:
        mask[:, max(column - gap // 2, 0) : max(column - gap // 2 + gap, 0)] = 0
    mask.setflags(write=False)
    return mask


def _bar_line(view: ControlsView) -> tuple[Mask, int]:
    """The bar, and its upper row."""
    layout = view.layout
    track = layout.track(Control.BAR)
    height = layout.pixels(6 if view.hover is Control.BAR else 4)
    starts = (mark.seconds for mark in view.state.marks if mark.seconds > 0)
    gaps = tuple(_column(view, time) - track.x for time in starts)
    line = line_mask(track.width, height, gaps, layout.pixels(3))
    return line, track.middle - height // 2


def draw_track(canvas: BgraImage, view: ControlsView) -> None:
    """Draw the parts of the bar that do not move."""
    line, y = _bar_line(view)
    draw(canvas, line, view.layout.track(Control.BAR).x, y, WHITE, 0.34)
    _draw_loop(canvas, view, line, y)


def draw_played(canvas: BgraImage, view: ControlsView) -> None:
    """Draw the progress, and how far the mouse is ahead of it."""
    line, y = _bar_line(view)
    left = view.layout.track(Control.BAR).x
    played = view.column - left
    if view.pointer > view.column:
        ahead = line[:, played : view.pointer - left]
        draw(canvas, ahead, view.column, y, WHITE, 0.3)
    draw(canvas, line[:, :played], left, y, BLUE)


def _draw_loop(canvas: BgraImage, view: ControlsView, line: Mask, y: int) -> None:
    state, track = view.state, view.layout.track(Control.BAR)
    if state.loop_a is not None and state.loop_b is not None:
        start, end = _column(view, state.loop_a), _column(view, state.loop_b)
        draw(canvas, line[:, start - track.x : end - track.x], start, y, AMBER, 0.75)


def draw_posts(canvas: BgraImage, view: ControlsView) -> None:
    """Mark where a loop starts and ends."""
    layout, state = view.layout, view.state
    width, height = layout.pixels(3), layout.pixels(16)
    post = rounded_box(width, height, width / 2)
    top = layout.track(Control.BAR).middle - height // 2
    for time in (state.loop_a, state.loop_b):
        if time is not None:
            draw(canvas, post, _column(view, time) - width // 2, top, AMBER)


def draw_knob(canvas: BgraImage, layout: Layout, x: int, y: int, size: float) -> None:
    """Draw a handle, `size` pixels at scale 1, with its centre there."""
    width = layout.pixels(size)
    draw(
        canvas,
        rounded_box(width, width, width / 2),
        x - width // 2,
        y - width // 2,
        WHITE,
    )


def _column(view: ControlsView, seconds: float) -> int:
    duration = view.state.duration or 1.0
    return view.layout.column_at(Control.BAR, seconds / duration)
