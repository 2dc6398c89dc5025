"""One moment of the HUD: all that is visible, and how it is drawn on one canvas."""

from dataclasses import dataclass

import numpy as np

from avio_cli.player.hud.controls import Controls
from avio_cli.player.hud.layout import Layout, Rect
from avio_cli.player.hud.overlays import (
    Preview,
    Tip,
    draw_information,
    draw_keys,
    draw_message,
    draw_preview,
    draw_pulse,
    draw_recording,
    draw_tip,
    draw_trouble,
    preview_panel,
)
from avio_cli.player.hud.painting import BgraImage
from avio_cli.player.hud.view import ControlsView
from avio_cli.player.hud.visibility import FADE_STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that is visible: two that are equal look the same."""

    layout: Layout
    view: ControlsView | None
    """The controls; None while they are hidden."""
    preview: Preview | None
    tip: Tip | None
    """The tooltip of what the mouse is on."""
    pulse: tuple[str, int]
    """A large icon, and its opacity in `FADE_STEPS`."""
    message: str
    trouble: str
    """Why no new frames come, or that a recording failed: it stays."""
    information: tuple[str, ...]
    recording: bool
    keys_shown: bool


class SceneDrawer:
    """Draws scenes, and keeps what is the same in the next one."""

    def __init__(self) -> None:
        self._controls = Controls()
        self._preview: tuple[Layout, Preview] | None = None
        self._preview_panel = np.empty((0, 0, 4), np.uint8)

    def draw(self, canvas: BgraImage, scene: Scene) -> list[Rect]:
        """Draw on an empty canvas, from bottom to top; returns what was touched."""
        layout, touched = scene.layout, list[Rect]()
        if scene.view is not None:
            touched += self._controls.draw(canvas, scene.view)
        if scene.information:
            bottom = layout.panel.y if scene.view else layout.height
            bottom -= layout.pixels(10)
            lines = scene.information
            touched.append(draw_information(canvas, layout, lines, bottom))
        if scene.recording:
            touched.append(draw_recording(canvas, layout))
        if scene.tip is not None:
            touched.append(draw_tip(canvas, layout, scene.tip))
        if scene.message:
            touched.append(draw_message(canvas, layout, scene.message))
        if scene.view is not None and scene.preview is not None:
            image = self._panel(layout, scene.preview)
            column = scene.view.pointer
            touched.append(draw_preview(canvas, layout, column, image))
        return touched + _draw_over_all(canvas, scene)

    def _panel(self, layout: Layout, preview: Preview) -> BgraImage:
        if self._preview != (layout, preview):
            self._preview = (layout, preview)
            self._preview_panel = preview_panel(layout, preview)
        return self._preview_panel


def _draw_over_all(canvas: BgraImage, scene: Scene) -> list[Rect]:
    layout, touched = scene.layout, list[Rect]()
    if scene.pulse[1] and not scene.keys_shown:
        name, step = scene.pulse
        touched.append(draw_pulse(canvas, layout, name, step / FADE_STEPS))
    elif scene.trouble and not scene.keys_shown:
        touched.append(draw_trouble(canvas, layout, scene.trouble))
    if scene.keys_shown:
        touched.append(draw_keys(canvas, layout))
    return touched
