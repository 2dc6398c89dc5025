"""SDL's keyboard and mouse events, as events of avio."""

import ctypes
import os
from types import ModuleType
from typing import Any

from avio_cli.events import KEY_NAMES, InputEvent

_BUTTONS = {1: "left", 2: "middle", 3: "right"}


class EventReader:
    """Polls and translates SDL's events.

    Args:
        sdl: the library, with its video subsystem started.
    """

    def __init__(self, sdl: ModuleType) -> None:
        self._sdl = sdl
        self._keys = {
            getattr(sdl, f"SDLK_{name}"): ours for name, ours in KEY_NAMES.items()
        }
        self._repeat = False
        self.closed = False
        """Whether the user has closed the window."""
        self.damaged = False
        """Whether the window must be redrawn; reset by whoever draws it."""

    def poll(self) -> list[InputEvent]:
        """All pending events; positions are in units of the window."""
        sdl = self._sdl
        event, events = sdl.SDL_Event(), []
        while sdl.SDL_PollEvent(event):
            if event.type == sdl.SDL_QUIT:
                self.closed = True
            elif event.type == sdl.SDL_WINDOWEVENT:
                events += self._window(event.window)
            elif event.type == sdl.SDL_DROPFILE:
                events += _dropped(sdl, event.drop)
            elif event.type in (sdl.SDL_KEYDOWN, sdl.SDL_TEXTINPUT):
                events += self._key(event)
            else:
                events += self._mouse(event)
        return events

    def _window(self, event: Any) -> list[InputEvent]:
        sdl = self._sdl
        if event.event == sdl.SDL_WINDOWEVENT_CLOSE:
            self.closed = True
        if event.event == sdl.SDL_WINDOWEVENT_LEAVE:
            return [InputEvent("leave")]
        self.damaged = True
        return []

    def _key(self, event: Any) -> list[InputEvent]:
        sdl = self._sdl
        if event.type == sdl.SDL_TEXTINPUT:
            text = event.text.text.decode(errors="replace")
            state = sdl.SDL_GetModState()
            modifiers = self._modifiers(state) - {"shift"}
            if state & sdl.KMOD_CAPS:
                text = text.swapcase()  # a key means the same, locked or not
            # The space bar has a name; text composed by an input method is no key.
            if len(text) != 1 or text == " ":
                return []
            return [
                InputEvent("key", key=text, modifiers=modifiers, repeat=self._repeat)
            ]
        self._repeat = bool(event.key.repeat)
        symbol, modifiers = event.key.keysym.sym, self._modifiers(event.key.keysym.mod)
        name = self._keys.get(symbol, "")
        if not name and modifiers - {"shift"} and 32 < symbol < 127:
            name = chr(symbol)  # with these held, no text follows
        if not name:
            return []
        return [InputEvent("key", key=name, modifiers=modifiers, repeat=self._repeat)]

    def _modifiers(self, state: int) -> frozenset[str]:
        sdl = self._sdl
        masks = {
            "shift": sdl.KMOD_SHIFT,
            "ctrl": sdl.KMOD_CTRL,
            "alt": sdl.KMOD_LALT,  # the right one types characters
            "meta": sdl.KMOD_GUI,
        }
        return frozenset(name for name, mask in masks.items() if state & mask)

    def _mouse(self, event: Any) -> list[InputEvent]:
        sdl = self._sdl
        if event.type == sdl.SDL_MOUSEMOTION:
            return [
                InputEvent("move", window_x=event.motion.x, window_y=event.motion.y)
            ]
        if event.type in (sdl.SDL_MOUSEBUTTONDOWN, sdl.SDL_MOUSEBUTTONUP):
            button = event.button
            return [
                InputEvent(
                    "press" if event.type == sdl.SDL_MOUSEBUTTONDOWN else "release",
                    window_x=button.x,
                    window_y=button.y,
                    button=_BUTTONS.get(button.button, ""),
                    clicks=button.clicks,
                )
            ]
        if event.type == sdl.SDL_MOUSEWHEEL:
            return [self._wheel(event.wheel)]
        return []

    def _wheel(self, wheel: Any) -> InputEvent:
        x, y = ctypes.c_int(0), ctypes.c_int(0)
        self._sdl.SDL_GetMouseState(x, y)
        flipped = wheel.direction == self._sdl.SDL_MOUSEWHEEL_FLIPPED
        notches = -wheel.preciseY if flipped else wheel.preciseY
        return InputEvent("wheel", window_x=x.value, window_y=y.value, wheel=notches)


def _dropped(sdl: ModuleType, drop: Any) -> list[InputEvent]:
    """A file that was dropped into the window; its name is freed."""
    name = drop.file
    address = ctypes.c_void_p.from_buffer(drop, type(drop).file.offset)
    sdl.SDL_free(address)
    return [InputEvent("drop", path=os.fsdecode(name))] if name else []
