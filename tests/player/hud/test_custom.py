"""A user's own HUD: loaded, checked, and its failures named."""

from pathlib import Path

import numpy as np
import pytest

from avio_cli.errors import AvioError, CallbackError, UsageError
from avio_cli.events import InputEvent
from avio_cli.player.hud.custom import load_hud
from avio_cli.player.state import Action, PlayerState, Verb
from tests.conftest import REPOSITORY
from tests.player.seeing import STATE, NoThumbnails

CLOCK = f"{REPOSITORY / 'docs/examples/clock_hud.py'}:ClockHud"
GOOD = """
import numpy as np
class Hud:
    def handle(self, event, state):
        if event.key == "boom":
            raise RuntimeError("no such key")
        return [1] if event.key == "odd" else None
    def draw(self, width, height, state, thumbnails, now):
        if width == 13:
            raise ValueError("thirteen")
        kind = np.float32 if width == 14 else np.uint8
        return "no" if width == 15 else np.zeros((height, 12, 4), kind)
class NoDraw:
    def handle(self, event, state):
        return ()
class Needs:
    def __init__(self, size):
        pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(GOOD)
    return tmp_path


def test_the_example_draws_the_time_and_pauses_on_a_click() -> None:
    hud = load_hud(CLOCK)
    image = hud.draw(320, 240, STATE, NoThumbnails(), 0.0)
    assert image.shape == (240, 320, 4)
    rows, columns = np.nonzero(image[..., 3])
    assert rows.max() < 60
    assert columns.min() > 160
    assert hud.draw(320, 240, STATE, NoThumbnails(), 1.0) is image
    click = InputEvent("press", button="left", window_x=300, window_y=15)
    assert hud.handle(click, STATE) == (Action(Verb.PAUSE),)
    assert click.consumed
    elsewhere = InputEvent("press", button="left", window_x=30, window_y=150)
    assert hud.handle(elsewhere, STATE) == ()
    assert not elsewhere.consumed


def test_nothing_returned_asks_for_nothing(folder: Path) -> None:
    hud = load_hud(f"{folder}/mine.py:Hud")
    assert hud.handle(InputEvent("key", key="a"), PlayerState()) == ()
    assert hud.draw(12, 8, PlayerState(), NoThumbnails(), 0.0).shape == (8, 12, 4)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("mine.py", UsageError, "--hud-class 'mine.py' is not FILE.py:NAME"),
        ("none.py:Hud", UsageError, "no such file"),
        ("mine.py:Other", CallbackError, "there is no function or class 'Other'"),
        ("mine.py:NoDraw", CallbackError, "has no method draw"),
        ("mine.py:Needs", CallbackError, "cannot be made: TypeError"),
        ("mine.py:np", CallbackError, "there is no function or class 'np'"),
    ],
)
def test_what_is_no_hud_is_refused(
    name: str,
    kind: type[AvioError],
    message: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(kind) as raised:
        load_hud(name)
    assert message in raised.value.message
    assert "callback" not in raised.value.message


@pytest.mark.parametrize(
    ("width", "message"),
    [
        (13, "failed in draw: ValueError: thirteen"),
        (14, "not uint8 (8, 14, 4)"),
        (15, "draw returned str, not an array"),
        (16, "draw returned uint8 (8, 12, 4), not uint8 (8, 16, 4)"),
    ],
)
def test_what_is_no_image_is_named(width: int, message: str, folder: Path) -> None:
    hud = load_hud(f"{folder}/mine.py:Hud")
    with pytest.raises(CallbackError) as raised:
        hud.draw(width, 8, PlayerState(), NoThumbnails(), 0.0)
    assert message in raised.value.message
    assert "mine.py:Hud" in raised.value.message


def test_what_handle_does_wrong_is_named(folder: Path) -> None:
    hud = load_hud(f"{folder}/mine.py:Hud")
    with pytest.raises(CallbackError) as raised:
        hud.handle(InputEvent("key", key="boom"), PlayerState())
    assert "failed in handle: RuntimeError: no such key" in raised.value.message
    assert raised.value.report.startswith("Traceback")
    assert 'mine.py", line 6' in raised.value.report
    with pytest.raises(CallbackError, match="1, which is no Action"):
        hud.handle(InputEvent("key", key="odd"), PlayerState())
