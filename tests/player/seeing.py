"""States, thumbnails and mouse actions for tests of HUDs."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.events import InputEvent
from avio_cli.player.hud.builtin import BuiltinHud
from avio_cli.player.hud.layout import Control, Layout
from avio_cli.player.state import Action, Mark, PlayerState

SIZES = ((320, 240), (640, 360), (768, 576), (1080, 1920), (1920, 1080), (3840, 2160))
STATE = PlayerState(
    title="video.mp4",
    position=30.0,
    duration=120.0,
    can_record=True,
    marks=(Mark(0.0, "Start"), Mark(60.0, "Middle")),
    file_count=2,
)


class NoThumbnails:
    def at(self, seconds: float) -> NDArray[np.uint8]:
        return np.empty((0, 0, 3), np.uint8)


class GreyThumbnails:
    """One image for each second, made once."""

    def __init__(self) -> None:
        self.made: dict[int, NDArray[np.uint8]] = {}

    def at(self, seconds: float) -> NDArray[np.uint8]:
        grey = np.full((90, 160, 3), 200, np.uint8)
        return self.made.setdefault(int(seconds), grey)


class Screen:
    """A window with a HUD in it: what is drawn, and what the mouse does."""

    def __init__(self, size: tuple[int, int] = (960, 540), **state: Any) -> None:
        self.hud, self.size, self.now = BuiltinHud(), size, 100.0
        self.state = replace(STATE, **state)
        self.thumbnails = NoThumbnails()

    def draw(self, after: float = 0.0, **state: Any) -> NDArray[np.uint8]:
        """The HUD some seconds later, after a change of the state."""
        self.now += after
        self.state = replace(self.state, **state)
        thumbnails = self.thumbnails
        return self.hud.draw(*self.size, self.state, thumbnails, self.now)

    def act(self, kind: Any, x: float, y: float, **more: Any) -> tuple[Action, ...]:
        """The actions of a mouse event at a point."""
        self.event = InputEvent(kind, window_x=x, window_y=y, **more)
        return self.hud.handle(self.event, self.state)

    def wake(self) -> NDArray[np.uint8]:
        """Move the mouse in the middle of the window."""
        self.act("move", self.size[0] / 2, self.size[1] / 2)
        return self.draw()

    def press(
        self, part: Control, share: float = 0.5, **more: Any
    ) -> tuple[Action, ...]:
        """Click on a part, so far along it."""
        x, y = self.place(part, share)
        more = {"button": "left", **more}
        return self.act("press", x, y, **more)

    def place(self, part: Control, share: float = 0.5) -> tuple[float, float]:
        """A point on a part."""
        track = self.layout.track(part)
        return track.x + share * (track.width - 1), track.middle

    @property
    def layout(self) -> Layout:
        return self.hud._layout
