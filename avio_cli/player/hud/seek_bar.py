"""Draws the bar of the HUD: chapters, loop, what is played, and its handle."""

from functools import lru_cache

import numpy as np

from avio_cli.player.hud.layout import Layout, Part
from avio_cli.player.hud.painting import (
    AMBER,
    BLUE,
    WHITE,
    Canvas,
    Mask,
    paint,
    rounded_box,
)
from avio_cli.player.hud.view import View


@lru_cache(maxsize=64)
def line_mask(width: int, height: int, gaps: tuple[int, ...], gap: int) -> Mask:
    """A line with round ends, open where a chapter begins; read-only, shared."""
    mask = np.array(rounded_box(width, height, height / 2))
    for column in gaps:
        mask[:, max(column - gap // 2, 0) : max(column - gap // 2 + gap, 0)] = 0
    mask.setflags(write=False)
    return mask


def _bar_line(view: View) -> tuple[Mask, int]:
    """The bar, and its upper row."""
    layout = view.layout
    track = layout.track(Part.BAR)
    height = layout.pixels(6 if view.hover is Part.BAR else 4)
    begins = (mark.seconds for mark in view.state.marks if mark.seconds > 0)
    gaps = tuple(_column(view, time) - track.x for time in begins)
    line = line_mask(track.width, height, gaps, layout.pixels(3))
    return line, track.middle - height // 2


def draw_track(canvas: Canvas, view: View) -> None:
    """Draw what of the bar does not move."""
    line, y = _bar_line(view)
    paint(canvas, line, view.layout.track(Part.BAR).x, y, WHITE, 0.34)
    _draw_loop(canvas, view, line, y)


def draw_played(canvas: Canvas, view: View) -> None:
    """Draw how far the film is, and how far the mouse is ahead of it."""
    line, y = _bar_line(view)
    left = view.layout.track(Part.BAR).x
    played = view.column - left
    if view.pointer > view.column:
        ahead = line[:, played : view.pointer - left]
        paint(canvas, ahead, view.column, y, WHITE, 0.3)
    paint(canvas, line[:, :played], left, y, BLUE)


def _draw_loop(canvas: Canvas, view: View, line: Mask, y: int) -> None:
    state, track = view.state, view.layout.track(Part.BAR)
    if state.loop_a is not None and state.loop_b is not None:
        begin, end = _column(view, state.loop_a), _column(view, state.loop_b)
        paint(canvas, line[:, begin - track.x : end - track.x], begin, y, AMBER, 0.75)


def draw_posts(canvas: Canvas, view: View) -> None:
    """Mark where a loop begins and ends."""
    layout, state = view.layout, view.state
    width, height = layout.pixels(3), layout.pixels(16)
    post = rounded_box(width, height, width / 2)
    top = layout.track(Part.BAR).middle - height // 2
    for time in (state.loop_a, state.loop_b):
        if time is not None:
            paint(canvas, post, _column(view, time) - width // 2, top, AMBER)


def draw_knob(canvas: Canvas, layout: Layout, x: int, y: int, size: float) -> None:
    """Draw a handle, `size` pixels at scale 1, with its centre there."""
    width = layout.pixels(size)
    paint(
        canvas,
        rounded_box(width, width, width / 2),
        x - width // 2,
        y - width // 2,
        WHITE,
    )


def _column(view: View, seconds: float) -> int:
    duration = view.state.duration or 1.0
    return view.layout.column_at(Part.BAR, seconds / duration)
