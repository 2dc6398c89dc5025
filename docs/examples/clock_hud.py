"""A HUD of one's own: the time at the upper right; a click on it pauses.

avio play video.mp4 --hud-class clock_hud.py:ClockHud
"""

import numpy as np

from avio_cli import Action, Verb


class ClockHud:
    """Created once for a window, without arguments."""

    def __init__(self):
        import cv2

        self.cv2 = cv2
        self.box = (0, 0, 0, 0)  # left, top, right, bottom
        self.drawn = None
        self.image = None

    def handle(self, event, state):
        """Called with each key and mouse action; returns what the player does."""
        left, top, right, bottom = self.box
        inside = left <= event.window_x < right and top <= event.window_y < bottom
        if event.kind == "press" and event.button == "left" and inside:
            event.consume()  # else a double click would toggle full screen
            return (Action(Verb.PAUSE),)
        return ()

    def draw(self, width, height, state, thumbnails, now):
        """Called before each frame; returns BGRA as large as the window."""
        text = f"{state.position:.1f} s" + (" paused" if state.paused else "")
        if (width, height, text) != self.drawn:
            self.drawn = (width, height, text)
            self.image = self.render(width, height, text)
        return self.image  # the same array again: nothing has changed

    def render(self, width, height, text):
        cv2, font = self.cv2, self.cv2.FONT_HERSHEY_SIMPLEX
        scale, margin = height / 600, height // 40
        (wide, high), below = cv2.getTextSize(text, font, scale, 2)
        left, top = width - wide - 3 * margin, margin
        right, bottom = width - margin, top + high + below + margin
        self.box = (left, top, right, bottom)
        image = np.zeros((height, width, 4), np.uint8)  # alpha 0: transparent
        image[top:bottom, max(left, 0) : right] = (0, 0, 0, 160)
        mask = np.zeros((height, width), np.uint8)
        origin = (left + margin, top + high + margin // 2)
        cv2.putText(mask, text, origin, font, scale, 255, 2, cv2.LINE_AA)
        image[mask > 0, :3] = 255
        image[..., 3] = np.maximum(image[..., 3], mask)
        return image
