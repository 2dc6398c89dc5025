"""The built-in HUD: shown by the mouse, hidden after a while, controlled by clicks."""

from contextlib import suppress
from threading import Thread

import numpy as np

from avio_cli.errors import AvioError
from avio_cli.events import InputEvent
from avio_cli.player.hud.controls import LOUDEST, shaded_area, title_area
from avio_cli.player.hud.layout import Control, Layout, Rect, plan_layout
from avio_cli.player.hud.mouse import (
    click_actions,
    snapped_volume,
    tip_for,
    wheel_actions,
)
from avio_cli.player.hud.overlays import Preview, Tip
from avio_cli.player.hud.painting import BgraImage
from avio_cli.player.hud.scene import Scene, SceneDrawer
from avio_cli.player.hud.view import (
    ControlsView,
    content_of,
    shows_anything,
    shows_milliseconds,
    static_state,
    time_text,
)
from avio_cli.player.hud.visibility import PauseIndicator, Previews, Visibility
from avio_cli.player.state import Action, PlayerState, Thumbnails, Verb
from avio_cli.progress import format_time

_NOTHING = np.empty((0, 0, 4), np.uint8)
_NO_LAYOUT = Layout(0, 0, 1.0, Rect(0, 0, 0, 0), {})


class BuiltinHud:
    """The HUD that avio brings; a `Hud`.

    Args:
        pinned: whether the controls never hide.
        controls: whether there are any; what keys show is there without them.
    """

    def __init__(self, pinned: bool = False, *, controls: bool = True) -> None:
        self.pinned = pinned
        """Can be changed at any time."""
        self._has_controls = controls
        self._layout = _NO_LAYOUT
        self._preloaded = False
        self._pointer: tuple[float, float] | None = None
        self._dragged: Control | None = None
        self._requested: Action | None = None
        self._visibility = Visibility()
        self._pause_indicator = PauseIndicator()
        self._previews = Previews()
        self._drawer = SceneDrawer()
        self._scene: Scene | None = None
        self._canvas = _NOTHING
        self._pixels = _NOTHING
        self._touched: list[Rect] = []

    @property
    def free_rows(self) -> tuple[int, int] | None:
        """First row and end of what is between title and controls; None: all is."""
        layout = self._layout
        if self._scene is None or self._scene.view is None:
            return None
        return title_area(layout).bottom, shaded_area(layout).y

    def handle(self, event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
        """React to the mouse; keys are left to the player, except ESC."""
        if event.consumed or event.kind == "drop":
            return ()
        if event.kind == "key":
            return _close_list(event, state)
        if not self._has_controls:
            return _close_list_by_click(event, state)
        if event.kind == "leave":
            self._pointer = None
            self._visibility.end()
            return ()
        self._pointer = (event.window_x, event.window_y)
        was_there = self._visibility.there
        self._visibility.wake()
        if event.kind == "release":
            return self._release(event)
        if event.kind == "move":
            return self._move(event, state)
        if closed := _close_list_by_click(event, state):
            return closed
        if not was_there or not self._is_over():
            return ()
        event.consume()
        part = self._layout.part_at(event.window_x, event.window_y)
        if event.kind == "wheel":
            return wheel_actions(part, event.wheel, state)
        return self._press(part, event, state)

    def show_position(self) -> bool:
        """Show the controls for a moment; returns whether there are any."""
        self._visibility.flash()
        return self._has_controls

    def draw(
        self,
        width: int,
        height: int,
        state: PlayerState,
        thumbnails: Thumbnails,
        now: float,
    ) -> BgraImage:
        """Draw all visible parts; returns the same array while nothing changes."""
        opacity = self._visibility.opacity(now, self._is_held(state))
        opacity *= self._has_controls
        pulse = self._pause_indicator.at(state, now)
        if not (opacity or pulse[1] or shows_anything(state)):
            self._scene, self._canvas = None, _NOTHING
            self._preload(width, height, state)
            return _NOTHING
        self._layout = plan_layout(width, height, content_of(width, height, state))
        scene = self._compose(opacity, pulse, state, thumbnails)
        if scene != self._scene:
            self._scene = scene
            self._redraw(scene)
        return self._canvas

    def _preload(self, width: int, height: int, state: PlayerState) -> None:
        """Load font and icons in a thread: the first mouse move must not wait."""
        if self._preloaded:
            return
        self._preloaded = True
        arguments = (width, height, state)
        Thread(target=_preload, args=arguments, name="avio-hud").start()

    def _compose(
        self,
        opacity: float,
        pulse: tuple[str, int],
        state: PlayerState,
        thumbnails: Thumbnails,
    ) -> Scene:
        """All that is visible now."""
        layout = self._layout
        view = (
            self._view(layout, state, opacity) if opacity and layout.controls else None
        )
        return Scene(
            layout=layout,
            view=view,
            preview=self._preview(view, state, thumbnails),
            tip=self._tip(view),
            pulse=pulse,
            message=state.message,
            trouble=state.trouble,
            information=state.information,
            recording=state.recording,
            keys_shown=state.keys_shown,
        )

    def _is_over(self) -> bool:
        """Whether the mouse is on the controls."""
        if self._pointer is None:
            return False
        return self._layout.panel.contains(*self._pointer)

    def _is_held(self, state: PlayerState) -> bool:
        """Whether the controls stay although the mouse does not move."""
        paused = state.paused and not self._visibility.left
        return self.pinned or paused or bool(self._dragged) or self._is_over()

    def _move(self, event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
        if self._dragged is not None:
            event.consume()
            return self._drag(event.window_x, state)
        if self._visibility.there and self._is_over():
            event.consume()
        return ()

    def _press(
        self, part: Control | None, event: InputEvent, state: PlayerState
    ) -> tuple[Action, ...]:
        if part in (Control.BAR, Control.VOLUME) and event.button == "left":
            self._dragged, self._requested = part, None
            return self._drag(event.window_x, state)
        return click_actions(part, event.button, state)

    def _release(self, event: InputEvent) -> tuple[Action, ...]:
        if self._dragged is not None or (self._visibility.there and self._is_over()):
            event.consume()
        self._dragged = None
        return ()

    def _drag(self, x: float, state: PlayerState) -> tuple[Action, ...]:
        """Request the value under the mouse, once for each column."""
        layout, part = self._layout, self._dragged
        if part is None or part not in layout.controls:
            return ()
        share = layout.share_at(part, x)
        if part is Control.BAR:
            action = Action(Verb.SEEK_TO, share * (state.duration or 0.0))
        else:
            action = Action(Verb.VOLUME, snapped_volume(share * LOUDEST))
        if action == self._requested:
            return ()
        self._requested = action
        return (action,)

    def _view(self, layout: Layout, state: PlayerState, opacity: float) -> ControlsView:
        position, duration = state.position, state.duration
        if self._dragged is Control.BAR and self._requested is not None:
            position = self._requested.value
        pointer = self._pointer or (-1.0, -1.0)
        column = 0
        if Control.BAR in layout.controls:
            column = layout.column_at(Control.BAR, position / (duration or 1.0))
        hover = self._dragged or layout.part_at(*pointer)
        fine = state.paused and shows_milliseconds(layout.width, layout.scale)
        return ControlsView(
            layout=layout,
            state=static_state(state),
            column=column,
            time=time_text(position, state, fine=fine),
            total="" if duration is None else format_time(duration),
            hover=hover,
            pointer=int(pointer[0]) if hover is Control.BAR else -1,
            opacity=opacity,
        )

    def _preview(
        self, view: ControlsView | None, state: PlayerState, thumbnails: Thumbnails
    ) -> Preview | None:
        if view is None or view.hover is not Control.BAR or state.duration is None:
            return None
        share = view.layout.share_at(Control.BAR, view.pointer)
        return self._previews.at(share * state.duration, state, thumbnails)

    def _tip(self, view: ControlsView | None) -> Tip | None:
        if view is None or view.hover is None or self._dragged is not None:
            return None
        text, key = tip_for(view.hover, view.state)
        return Tip(view.hover, text, key) if text else None

    def _redraw(self, scene: Scene) -> None:
        layout = scene.layout
        shape = (layout.height, layout.width, 4)
        if self._pixels.shape != shape:
            self._pixels, self._touched = np.zeros(shape, np.uint8), []
        for rect in self._touched:
            top, left = max(rect.y, 0), max(rect.x, 0)
            self._pixels[top : rect.bottom, left : rect.right] = 0
        self._touched = self._drawer.draw(self._pixels, scene)
        # A view of the same memory, but another object: something has changed.
        self._canvas = self._pixels[:] if self._touched else _NOTHING


def _close_list(event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
    """ESC closes the list of keys before it does anything else."""
    if event.key != "ESC" or not state.keys_shown:
        return ()
    event.consume()
    return (Action(Verb.KEYS),)


def _close_list_by_click(event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
    """A click closes the list of keys, wherever it is."""
    if event.kind != "press" or not state.keys_shown:
        return ()
    event.consume()
    return (Action(Verb.KEYS),)


class _NoThumbnails:
    def at(self, seconds: float) -> BgraImage:
        return np.empty((0, 0, 3), np.uint8)


def _preload(width: int, height: int, state: PlayerState) -> None:
    with suppress(AvioError):  # the first real drawing reports it
        BuiltinHud(pinned=True).draw(width, height, state, _NoThumbnails(), 0.0)
