"""A player whose window can be read after each step of a script."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.display.window import Window
from tests.conftest import missing
from tests.player.conftest import Play, play, unseen
from tests.player.subtitles.making import ffmpeg
from tests.player.subtitles.seeing import read_window

__all__ = ["play", "unseen"]

Look = Callable[..., list[NDArray[np.uint8]]]

FONTS = ("/usr/share/fonts", "/System/Library/Fonts", "C:/Windows/Fonts")


@pytest.fixture(autouse=True)
def fonts(request: pytest.FixtureRequest) -> None:
    """Letters need one."""
    found = (path for folder in FONTS for path in Path(folder).rglob("*.[to]t[fc]"))
    if "video" in request.fixturenames and next(found, None) is None:
        missing("a font")


NO_HUD = """
import numpy as np

class Nothing:
    def handle(self, event, state):
        return ()

    def draw(self, width, height, state, thumbnails, now):
        return np.empty((0, 0, 4), np.uint8)
"""
"""Built-in ones show messages at least."""


@pytest.fixture
def look(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Play with a script; returns what the window shows at each line ``key c``."""
    seen: list[NDArray[np.uint8]] = []
    hud = tmp_path / "nothing.py"
    hud.write_text(NO_HUD)

    def look_at(
        path: Path, *lines: str, options: Sequence[str] = (), size: str = "640x360"
    ) -> list[NDArray[np.uint8]]:
        seen.clear()
        window: list[Window] = []
        present = Window.present

        def noted(self: Window) -> None:
            present(self)
            window[:] = [self]

        def take(self: Any) -> None:
            seen.append(read_window(window[0]))

        monkeypatch.setattr(Window, "present", noted)
        monkeypatch.setattr("avio_cli.player.player.Player.take_screenshot", take)
        words = ["--size", size, *options]
        if "--hud" not in options:
            words += ["--hud-class", f"{hud}:Nothing"]
        play(path, script=["key SPACE", *lines, "quit"], options=words)
        return list(seen)

    return look_at


@pytest.fixture(scope="package")
def dark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dark grey without subtitles, long enough for any machine."""
    path = tmp_path_factory.mktemp("dark") / "video.mkv"
    source = "color=0x202020:s=640x360:r=25:d=60"
    ffmpeg("-f", "lavfi", "-i", source, "-c:v", "mpeg4", "-q:v", "2", "-g", "25", path)
    return path


@pytest.fixture
def video(dark: Path, tmp_path: Path) -> Path:
    """A copy in a folder of its own."""
    path = tmp_path / "video.mkv"
    path.write_bytes(dark.read_bytes())
    return path
