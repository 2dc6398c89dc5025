"""The player on a real X11 screen: keys, mouse, resizing, closing."""

import ctypes
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run as run_child
from tests.clips import Clip, make_clip
from tests.conftest import missing

WIDTH, HEIGHT = 640, 360
Start = Callable[..., "Player"]


class Player:
    """A running player, and what is done to it."""

    def __init__(self, path: Path, stats: Path, options: Sequence[str]) -> None:
        words = [sys.executable, "-m", "avio_cli", "play", str(path), *options]
        self._stats = stats
        self.process = Process([*words, "--stats", str(stats)])
        self.window = ""

    def wait(self) -> None:
        """Until its window has the keys: there is no window manager to give them."""
        limit = time.monotonic() + 30
        while not self.window:
            assert time.monotonic() < limit, f"no window: {self.process.log.lines}"
            time.sleep(0.1)
            found = run_child(["xdotool", "getwindowfocus"]).stdout.decode().strip()
            self.window = found if found.isdigit() and int(found) > 1000 else ""

    def keys(self, *names: str) -> None:
        for name in names:
            xdotool("key", name)
            time.sleep(0.1)

    def move(self, x: int, y: int) -> None:
        xdotool("mousemove", "--window", self.window, str(x), str(y))

    def stats(self) -> dict[str, Any]:
        """Wait for the end; the statistics of the run."""
        assert self.process.ends_within(10), "it continues"
        found: dict[str, Any] = json.loads(self._stats.read_text())
        return found


def xdotool(*words: str) -> str:
    done = run_child(["xdotool", *words], timeout=20)
    assert done.status == 0, done.stderr
    return done.stdout.decode()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            missing(program)
    # Else it restarts whenever its last client leaves: each xdotool, at first.
    argv = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-noreset"]
    with Process(argv, stdout=True) as server:
        display = f":{server.stdout.readline().decode().strip()}"
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
        yield display


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("desktop") / "video.mp4"
    return make_clip(path, frames=500, width=WIDTH, height=HEIGHT, audios=1)


@pytest.fixture
def start(screen: str, video: Clip, tmp_path: Path) -> Iterator[Start]:
    started: list[Player] = []

    def play(*options: str) -> Player:
        started.append(Player(video.path, tmp_path / "stats.json", options))
        started[-1].wait()
        time.sleep(0.5)
        return started[-1]

    yield play
    for player in started:
        player.process.stop()


def test_keys_pause_step_seek_and_quit(start: Start) -> None:
    player = start()
    player.keys("space", "period", "period", "s", "comma", "a")
    player.keys("Right", "question")
    time.sleep(2)
    player.keys("q")
    found = player.stats()
    assert found["video_driver"] == "x11"
    assert [step["direction"] for step in found["steps"]] == [
        *("forward", "forward", "forward"),
        *("back", "back"),
    ]
    (seek,) = found["seeks"]
    assert 0 <= seek["shown_pts_s"] - seek["target_s"] < 0.04001


@pytest.mark.slow
def test_a_window_can_be_resized_and_fill_the_screen(start: Start) -> None:
    player = start()
    xdotool("windowsize", "--sync", player.window, "400", "500")
    time.sleep(0.3)
    player.move(200, 250)
    xdotool("click", "--repeat", "2", "--delay", "60", "1")
    player.keys("f", "f", "Escape")  # this one only leaves the full screen
    time.sleep(0.3)
    assert player.process.running
    player.keys("Escape")
    assert player.stats()["frames_shown"] > 0


@pytest.mark.slow
def test_the_hud_is_clicked_and_dragged(start: Start) -> None:
    """Its bar is 47 pixels above the lower edge, its first button 23."""
    player = start("--hud", "pinned")
    player.move(21, HEIGHT - 23)
    xdotool("click", "1")  # pause
    time.sleep(0.3)
    player.move(WIDTH // 2, HEIGHT - 47)
    xdotool("click", "1")
    time.sleep(2)
    player.move(WIDTH // 4, HEIGHT - 47)
    xdotool("mousedown", "1")
    player.move(WIDTH * 3 // 4, HEIGHT - 47)
    xdotool("mouseup", "1")
    time.sleep(2)
    player.keys("s", "q")
    found = player.stats()
    targets = [seek["target_s"] for seek in found["seeks"]]
    assert targets[0] == pytest.approx(10, abs=0.4)
    assert targets[-1] == pytest.approx(15, abs=0.6)
    assert found["steps"][0]["pts_s"] == pytest.approx(targets[-1], abs=0.1), "paused"


def test_closing_the_window_ends_it_with_all_children(
    start: Start, screen: str
) -> None:
    player = start()
    close_window(screen, int(player.window))
    assert player.stats()["frames_shown"] > 0


@pytest.mark.slow
def test_mouse_and_keys_reach_a_callback_in_pixels_of_the_video(
    start: Start, tmp_path: Path
) -> None:
    log, callback = tmp_path / "log", tmp_path / "log.py"
    callback.write_text(
        "def log(frame):\n"
        f"    with open({str(log)!r}, 'a') as file:\n"
        "        for event in frame.events:\n"
        "            print(event.kind, event.key, round(event.x), round(event.y),"
        " event.button, file=file)\n"
    )
    player = start(
        "--callback", f"{callback}:log", "--size", f"{2 * WIDTH}x{2 * HEIGHT}"
    )
    player.move(200, 100)
    xdotool("click", "3")
    player.keys("z", "q")
    player.stats()
    logged = log.read_text().splitlines()
    assert "move  100 50 " in logged
    assert "press  100 50 right" in logged
    assert any(line.startswith("key z") for line in logged)


def close_window(display: str, window: int) -> None:
    """Do what a window manager does when its close button is pressed."""
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
