"""A window that shows a run's frames as they are tracked."""

import time
from collections.abc import Iterator
from fractions import Fraction

from avio_cli.display.window import Window
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream

LEAST_PAUSE = 1 / 60
"""Seconds between two frames: a screen shows no more, and waiting takes time."""
POLL_SECONDS = 0.02
QUIT_KEYS = frozenset({"q", "Q", "ESC"})


class PreviewWindow:
    """Shows frames until the user closes the window; SPACE pauses the run.

    Args:
        title: of the window.
        video: the video stream.

    Raises:
        OutputError: there is no display.
    """

    def __init__(self, title: str, video: VideoStream) -> None:
        size = (video.width, video.height)
        aspect = (video.display_sample_aspect_ratio or 1) * Fraction(*size)
        self._window = Window(title, size, aspect)
        full_range, matrix = is_full_range(video), yuv_matrix(video)
        self._window.set_video(size, aspect, full_range, matrix)
        self._shown = 0.0
        self.closed = False
        """Whether the user has closed it."""

    def show(self, frame: Frame) -> None:
        """Show a frame, unless the last one is too recent; wait while paused."""
        if self.closed:
            return
        now = time.monotonic()
        if now - self._shown >= LEAST_PAUSE:
            self._shown = now
            self._window.update(frame)
            self._window.present()
        if self._toggles_pause():
            self._wait()

    def close(self) -> None:
        """Close the window; safe to call twice."""
        self._window.close()

    def _wait(self) -> None:
        while not self.closed:
            time.sleep(POLL_SECONDS)
            if self._toggles_pause():
                return

    def _toggles_pause(self) -> bool:
        keys = tuple(self._keys())
        if self._window.damaged:
            self._window.present()
        if self._window.closed or QUIT_KEYS & set(keys):
            self.closed = True
            self._window.close()
        return keys.count("SPACE") % 2 == 1

    def _keys(self) -> Iterator[str]:
        return (event.key for event in self._window.poll() if event.kind == "key")
