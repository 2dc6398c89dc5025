"""Where the video is in a window, and how frames are converted for a renderer."""

import ctypes
from fractions import Fraction

import numpy as np
import pytest

from avio_cli.display.textures import displayable
from avio_cli.display.window import Viewport, Window, first_size, fit
from avio_cli.errors import OutputError
from avio_cli.events import InputEvent
from avio_cli.media.frame import PIXEL_FORMATS, Frame, planes_of
from tests.player.subtitles.seeing import read_window


@pytest.mark.parametrize(
    ("window", "aspect", "viewport"),
    [
        ((640, 360), Fraction(16, 9), Viewport(0, 0, 640, 360)),
        ((640, 640), Fraction(16, 9), Viewport(0, 140, 640, 360)),
        ((800, 360), Fraction(16, 9), Viewport(80, 0, 640, 360)),
        ((100, 300), Fraction(1, 2), Viewport(0, 50, 100, 200)),
    ],
)
def test_a_video_keeps_its_aspect_ratio(
    window: tuple[int, int], aspect: Fraction, viewport: Viewport
) -> None:
    assert fit(*window, aspect) == viewport


@pytest.mark.parametrize(
    ("video_size", "aspect", "size"),
    [
        ((640, 360), Fraction(16, 9), (640, 360)),
        ((3840, 2160), Fraction(16, 9), (1088, 612)),
        ((64, 64), Fraction(1), (320, 320)),
        ((640, 360), Fraction(32, 27), (640, 540)),
    ],
)
def test_a_new_window_fits_video_and_screen(
    video_size: tuple[int, int], aspect: Fraction, size: tuple[int, int]
) -> None:
    assert first_size(video_size, aspect, (1280, 800)) == size


@pytest.mark.parametrize(
    ("pixel_format", "shapes"),
    [
        ("bgr24", [(6, 8, 3)]),
        ("gray", [(6, 8), (3, 4), (3, 4)]),
        ("yuv420p", [(6, 8), (3, 4), (3, 4)]),
        ("yuv422p", [(6, 8), (3, 4), (3, 4)]),
        ("yuv444p10le", [(6, 8), (3, 4), (3, 4)]),
    ],
)
def test_every_pixel_format_can_be_shown(
    pixel_format: str, shapes: list[tuple[int, ...]]
) -> None:
    planes = displayable(made(pixel_format, 512 if "10" in pixel_format else 128))
    assert [plane.shape for plane in planes] == shapes
    assert all(plane.dtype == np.uint8 for plane in planes)
    assert all((plane == 128).all() for plane in planes)


def test_a_window_shows_frames_of_any_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = Window("test", (8, 6), Fraction(4, 3), size=(640, 480))
    try:
        window.set_video((8, 6), Fraction(4, 3), False, "bt709")
        for pixel_format in ("yuv420p", "bgr24", "gray", "yuv444p"):
            window.update(made(pixel_format, 100))
            window.present()
        pixels = np.zeros((480, 640, 4), np.uint8)
        assert window.overlay(pixels)
        assert not window.overlay(pixels), "the same array is nothing new"
        assert window.size == (640, 480)
        assert window.driver == "dummy"
        assert all(event.kind == "leave" for event in window.poll())
    finally:
        window.close()
        window.close()


def test_positions_are_in_pixels_of_the_video(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = Window("test", (320, 240), Fraction(4, 3), size=(800, 480))
    try:
        events = [InputEvent("move", window_x=80 + 320, window_y=240)]
        monkeypatch.setattr(window._events, "poll", lambda: events)
        (event,) = window.poll()
        assert (event.x, event.y) == (160, 120)
    finally:
        window.close()


def made(pixel_format: str, value: int) -> Frame:
    layout = PIXEL_FORMATS[pixel_format]
    planes = planes_of(bytearray(layout.size(8, 6)), layout, 8, 6)
    for plane in planes:
        plane[...] = value
    return Frame(planes, pixel_format, 0, 0, Fraction(1, 25))


def test_without_a_display_nothing_is_played_unseen_unless_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """SDL goes on with its driver "offscreen", as if somebody saw it."""
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OutputError, match="there is no display to play on"):
        opened()
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    assert opened() == "offscreen"
    assert not capfd.readouterr().err


def test_unseen_no_display_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert opened(unseen=True) == "dummy"


def opened(*, unseen: bool = False) -> str:
    """Open a window and close it; the driver that it had."""
    window = Window("test", (8, 6), Fraction(4, 3), unseen=unseen)
    try:
        return window.driver
    finally:
        window.close()


def test_a_dropped_file_is_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = Window("drop", (64, 64), Fraction(1))
    sdl, name = window._sdl, "a ü.srt".encode()
    memory = sdl.SDL_malloc(len(name) + 1)
    ctypes.memmove(memory, name + b"\0", len(name) + 1)
    event = sdl.SDL_Event()
    event.type = sdl.SDL_DROPFILE
    event.drop.file = ctypes.cast(memory, ctypes.c_char_p)
    sdl.SDL_PushEvent(event)
    dropped = [event for event in window.poll() if event.kind == "drop"]
    window.close()
    assert [event.path for event in dropped] == ["a ü.srt"]


@pytest.mark.parametrize("size", [(64, 48), (63, 47)])
def test_a_frame_of_bytes_is_shown_as_a_frame_of_arrays(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    layout = PIXEL_FORMATS["yuv420p"]
    samples = bytearray(np.random.default_rng(1).bytes(layout.size(*size)))
    frame = Frame(planes_of(samples, layout, *size), "yuv420p", 0, 0, Fraction(1, 25))
    window = Window("test", size, Fraction(*size), size=(320, 240))
    try:
        window.set_video(size, Fraction(*size), False, "bt709")
        window.show_raw(samples, size)
        of_bytes = read_window(window)
        window.update(frame)
        assert np.array_equal(of_bytes, read_window(window))
        assert of_bytes.std() > 10
    finally:
        window.close()
