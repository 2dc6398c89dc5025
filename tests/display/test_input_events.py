"""SDL's events as ours."""

from fractions import Fraction

import pytest

from avio_cli.display.sdl import load_sdl
from avio_cli.display.window import Window


@pytest.mark.parametrize(("locked", "key"), [(False, "q"), (True, "q")])
def test_keys_mean_the_same_with_caps_lock(
    locked: bool, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    sdl = load_sdl()
    window = Window("test", (8, 6), Fraction(4, 3))
    try:
        window.poll()
        sdl.SDL_SetModState(sdl.KMOD_CAPS if locked else 0)
        event = sdl.SDL_Event()
        event.type = sdl.SDL_TEXTINPUT
        event.text.text = b"Q" if locked else b"q"
        sdl.SDL_PushEvent(event)
        assert [found.key for found in window.poll() if found.kind == "key"] == [key]
    finally:
        sdl.SDL_SetModState(0)
        window.close()
