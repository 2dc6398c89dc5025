"""The player on a real X11 screen: keys, mouse, resizing, closing."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clips import Clip, make_clip
from tests.conftest import missing
from tests.player.desktop import Desktop, Player, start_player, xdotool

WIDTH, HEIGHT = 640, 360
RATE = 25
Start = Callable[..., Player]


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            missing(program)
    desktop = Desktop(tmp_path)
    with desktop.server:
        monkeypatch.setenv("DISPLAY", desktop.display)
        monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
        # On a busy machine two clicks may be read a second apart.
        monkeypatch.setenv("SDL_MOUSE_DOUBLE_CLICK_TIME", "60000")
        yield desktop


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("desktop") / "video.mp4"
    return make_clip(path, frames=500, width=WIDTH, height=HEIGHT, audios=1)


@pytest.fixture
def start(desktop: Desktop, video: Clip, tmp_path: Path) -> Iterator[Start]:
    started: list[Player] = []

    def play(*options: str) -> Player:
        player = start_player(desktop, video, tmp_path / "stats.json", options)
        started.append(player)
        player.wait_for_frame(1, 499)
        return player

    yield play
    for player in started:
        player.process.stop()


def test_keys_pause_step_seek_and_quit(start: Start) -> None:
    player = start()
    player.keys("space", "Home")
    player.wait_for_frame(0)
    steps = {"period": 1, "s": 2, "comma": 1, "a": 0}
    for key, number in steps.items():
        player.keys(key)
        player.wait_for_frame(number)
    player.keys("Right")
    player.wait_for_frame(5 * RATE)
    player.keys("question", "q")
    found = player.stats()
    assert found["video_driver"] == "x11"
    ways = [step["direction"] for step in found["steps"]]
    assert ways == ["forward", "forward", "back", "back"]
    _, seek = found["seeks"]
    assert 0 <= seek["shown_pts_s"] - seek["target_s"] < 0.04001


@pytest.mark.slow
def test_a_window_can_be_resized_and_fill_the_screen(start: Start) -> None:
    player = start()
    xdotool("windowsize", player.window, "400", "500")
    player.wait_for_size(400, 500)
    player.move(200, 250)
    xdotool("click", "--repeat", "2", "--delay", "60", "1")
    player.wait_until("in full screen", lambda: is_full_screen(player))
    player.keys("f")
    player.wait_for_size(400, 500)
    player.keys("f")
    player.wait_until("in full screen", lambda: is_full_screen(player))
    player.keys("Escape")  # this one only leaves the full screen
    player.wait_for_size(400, 500)
    player.keys("Escape")
    assert player.stats()["frames_shown"] > 0


def is_full_screen(player: Player) -> bool:
    """Whether a window of 400x500 shows video below its middle fifth.

    It draws for the whole screen, but without a window manager it keeps its size.
    """
    window = player.pixels()
    return window is not None and bool(window[405, 200].max() > 40)


@pytest.mark.slow
def test_the_hud_is_clicked_and_dragged(start: Start) -> None:
    """Its bar is 47 pixels above the lower edge, its first button 23."""
    player = start("--hud", "pinned")
    player.move(21, HEIGHT - 23)
    xdotool("click", "1")  # pause
    player.move(WIDTH // 2, HEIGHT - 47)
    xdotool("click", "1")
    player.wait_for_frame(240, 260)
    player.move(WIDTH // 4, HEIGHT - 47)
    xdotool("mousedown", "1")
    player.move(WIDTH * 3 // 4, HEIGHT - 47)
    xdotool("mouseup", "1")
    number = player.wait_for_frame(360, 390)
    player.keys("s")
    player.wait_for_frame(number + 1)
    player.keys("q")
    found = player.stats()
    targets = [seek["target_s"] for seek in found["seeks"]]
    assert targets[0] == pytest.approx(10, abs=0.4)
    assert targets[-1] == pytest.approx(15, abs=0.6)
    assert found["steps"][0]["pts_s"] == pytest.approx(targets[-1], abs=0.1), "paused"


def test_closing_the_window_ends_it_with_all_children(start: Start) -> None:
    player = start()
    player.close()
    assert player.stats()["frames_shown"] > 0


@pytest.mark.slow
def test_mouse_and_keys_reach_a_callback_in_pixels_of_the_video(
    start: Start, tmp_path: Path
) -> None:
    log, callback = tmp_path / "log", tmp_path / "log.py"
    log.touch()
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
    player.keys("z")
    player.wait_until("logged", lambda: "key z" in log.read_text())
    player.keys("q")
    player.stats()
    logged = log.read_text().splitlines()
    assert "move  100 50 " in logged
    assert "press  100 50 right" in logged
