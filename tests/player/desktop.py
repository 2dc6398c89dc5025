"""A player on an X11 screen of its own, and what a user sees and does there.

Nothing is known by waiting for a while: each clip shows the numbers of its frames, so
what the screen shows says what the player has done.
"""

import ctypes
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.display.window import fit
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run
from tests.clips import Clip, read_index

HANG_SECONDS = 60
"""Only what hangs takes so long, on a busy machine too."""
Geometry = tuple[int, int, int, int]
"""A window's left and upper edge, width and height."""


class Desktop:
    """An X11 server whose screen can be read.

    Args:
        folder: for the file in which the server keeps its screen.
    """

    def __init__(self, folder: Path) -> None:
        argv = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24"]
        # Else it restarts whenever its last client leaves: each xdotool, at first.
        argv += ["-noreset", "-fbdir", str(folder)]
        self.server = Process(argv, stdout=True)
        self.display = f":{self.server.stdout.readline().decode().strip()}"
        self._screen = folder / "Xvfb_screen0"

    def pixels(self) -> NDArray[np.uint8]:
        """What the screen shows: (H, W, 3) bgr24."""
        dump = self._screen.read_bytes()
        header = np.frombuffer(dump, ">u4", 25)  # an XWDFileHeader
        width, height, line, colors = (int(header[i]) for i in (4, 5, 12, 19))
        begin = int(header[0]) + 12 * colors
        rows = np.frombuffer(dump, np.uint8, line * height, begin)
        return rows.reshape(height, -1, 4)[:, :width, :3]


@dataclass
class Player:
    """A running player, and what is done to it."""

    desktop: Desktop
    clip: Clip
    process: Process
    stats_file: Path

    @property
    def window(self) -> str:
        """The window that has the keys; empty while there is none.

        Looked up at each use: SDL makes its window a second time, for its renderer.
        """
        found = run(["xdotool", "getwindowfocus"]).stdout.decode().strip()
        return found if found.isdigit() and int(found) > 1000 else ""

    @property
    def geometry(self) -> Geometry | None:
        """Where its window is; None while there is none, or it has just gone."""
        words = ["getwindowgeometry", "--shell", self.window]
        done = run(["xdotool", *words])
        if done.status:
            return None
        found = dict(line.split("=") for line in done.stdout.decode().split())
        left, top, width, height = (int(found[n]) for n in "X Y WIDTH HEIGHT".split())
        return left, top, width, height

    @property
    def number(self) -> int | None:
        """Of the frame that is on screen; None while there is none."""
        window = self.pixels()
        if window is None:
            return None
        height, width, _ = window.shape
        inner = fit(width, height, Fraction(self.clip.width, self.clip.height))
        rows = window[inner.y : inner.y + inner.height]
        shown = rows[:, inner.x : inner.x + inner.width]
        if shown[inner.height * 5 // 8].mean() < 60:  # else black would be frame 0
            return None
        try:
            return read_index(shown)
        except AssertionError:
            return None

    def pixels(self) -> NDArray[np.uint8] | None:
        """What its window shows; None while there is none."""
        geometry = self.geometry
        if geometry is None:
            return None
        left, top, width, height = geometry
        return self.desktop.pixels()[top : top + height, left : left + width]

    def wait_until(self, what: str, condition: Callable[[], bool]) -> None:
        limit = time.monotonic() + HANG_SECONDS
        while not condition():
            assert self.process.running, f"it ended: {self.process.log.lines}"
            assert time.monotonic() < limit, f"not {what}: {self.process.log.lines}"
            time.sleep(0.02)

    def wait_for_frame(self, first: int, last: int | None = None) -> int:
        """Wait until one of these frames is on screen; returns which."""
        wanted = range(first, (first if last is None else last) + 1)
        seen: list[int | None] = []

        def shown() -> bool:
            seen.append(self.number)
            return seen[-1] in wanted

        self.wait_until(f"at frame {wanted}", shown)
        assert seen[-1] is not None
        return seen[-1]

    def wait_for_size(self, width: int, height: int) -> None:
        """Wait until its window has a size, and a frame is drawn in it."""
        size = (width, height)
        self.wait_until(
            f"of size {size}",
            lambda: (self.geometry or ())[2:] == size and self.number is not None,
        )

    def keys(self, *names: str) -> None:
        for name in names:
            xdotool("key", name)

    def move(self, x: int, y: int) -> None:
        """Move the mouse to a point of the window."""
        geometry = self.geometry
        assert geometry is not None
        xdotool("mousemove", str(geometry[0] + x), str(geometry[1] + y))

    def close(self) -> None:
        """Do what a window manager does when its close button is pressed."""
        close_window(self.desktop.display, int(self.window))

    def stats(self) -> dict[str, Any]:
        """Wait for the end; the statistics of the run."""
        assert self.process.ends_within(HANG_SECONDS), "it continues"
        found: dict[str, Any] = json.loads(self.stats_file.read_text())
        return found


def start_player(
    desktop: Desktop, clip: Clip, stats: Path, options: Sequence[str]
) -> Player:
    words = [sys.executable, "-m", "avio_cli", "play", str(clip.path), *options]
    process = Process([*words, "--stats", str(stats)])
    return Player(desktop, clip, process, stats)


def xdotool(*words: str) -> str:
    done = run(["xdotool", *words], timeout=HANG_SECONDS)
    assert done.status == 0, done.stderr
    return done.stdout.decode()


def close_window(display: str, window: int) -> None:
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    assert connection
    protocols = x11.XInternAtom(connection, b"WM_PROTOCOLS", 0)
    delete = x11.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
    # An XClientMessageEvent in the layout of 64-bit systems.
    event = (ctypes.c_long * 24)()
    event[0], event[4], event[5] = 33, window, protocols
    event[6], event[7], event[8] = 32, delete, 0
    x11.XSendEvent(connection, ctypes.c_ulong(window), 0, ctypes.c_long(0), event)
    x11.XCloseDisplay(connection)
