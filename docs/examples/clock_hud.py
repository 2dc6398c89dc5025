"""A HUD of one's own: the time at the upper right; a click on it pauses.

avio play film.mp4 --hud-class clock_hud.py:ClockHud
"""

import numpy as np

from avio_cli.player.state import Action, Verb


class ClockHud:
    """Made once for a window, without arguments."""

    def __init__(self):
        import cv2

        self.cv2 = cv2
        self.box = (0, 0, 0, 0)  # left, top, right, bottom
        self.drawn = None
        self.picture = None

    def handle(self, event, state):
        """Called with each key and mouse action; returns what the player shall do."""
        left, top, right, bottom = self.box
        inside = left <= event.window_x < right and top <= event.window_y < bottom
        if event.kind == "press" and event.button == "left" and inside:
            event.consume()  # else a double click would toggle full screen
            return (Action(Verb.PAUSE),)
        return ()

    def draw(self, width, height, state, thumbnails, now):
        """Called before each picture; returns BGRA as large as the window."""
        text = f"{state.position:.1f} s" + (" paused" if state.paused else "")
        if (width, height, text) != self.drawn:
            self.drawn = (width, height, text)
            self.picture = self.paint(width, height, text)
        return self.picture  # the same array again: nothing has changed

    def paint(self, width, height, text):
        cv2, font = self.cv2, self.cv2.FONT_HERSHEY_SIMPLEX
        scale, margin = height / 600, height // 40
        (wide, high), below = cv2.getTextSize(text, font, scale, 2)
        left, top = width - wide - 3 * margin, margin
        right, bottom = width - margin, top + high + below + margin
        self.box = (left, top, right, bottom)
        picture = np.zeros((height, width, 4), np.uint8)  # alpha 0: transparent
        picture[top:bottom, max(left, 0) : right] = (0, 0, 0, 160)
        mask = np.zeros((height, width), np.uint8)
        place = (left + margin, top + high + margin // 2)
        cv2.putText(mask, text, place, font, scale, 255, 2, cv2.LINE_AA)
        picture[mask > 0, :3] = 255
        picture[..., 3] = np.maximum(picture[..., 3], mask)
        return picture
