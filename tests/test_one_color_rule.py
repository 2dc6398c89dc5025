"""One rule for untagged video: all that shows, draws or converts colours agrees."""

import ctypes
import functools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run as avio
from avio_cli.decode.settings import DetectorView
from avio_cli.display.window import Window
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.merge.conform import conform_filters
from avio_cli.jobs.track.preview_window import PreviewWindow
from avio_cli.media.color import assumed_color
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.player.frame_processor import FrameProcessor
from avio_cli.player.hud.builtin import BuiltinHud
from avio_cli.player.screen import Screen
from avio_cli.player.screenshot import save_screenshot
from avio_cli.player.thumbnails import ThumbnailReader
from avio_cli.vision.annotators.draw import Drawer
from tests.decode.reading import read
from tests.encode.making import encode

RED = (0, 0, 255)
BT601, BT709 = (81, 90, 240), (63, 102, 240)
"""Y, U and V of red; from the formulas of the standards."""
TAGS = {"bt709": BT709, "smpte170m": BT601}
SIZES = [
    (640, 480, 0, BT601),
    (1280, 544, 0, BT709),
    (1280, 720, 90, BT709),
    (720, 576, 0, BT601),
    (1280, 720, 0, BT709),
    (720, 1280, 0, BT709),
]
"""Stored width and height, rotation, and what untagged red is stored as."""
UNTAGGED = [(*size, "") for size in SIZES]
TAGGED = [(*size[:3], planes, tag) for tag, planes in TAGS.items() for size in SIZES]
CASES = [
    *UNTAGGED[:3],
    (1280, 544, 0, BT601, "smpte170m"),
    *(pytest.param(c, marks=pytest.mark.slow) for c in (*UNTAGGED[3:], *TAGGED)),
]


@dataclass(frozen=True)
class Red:
    """A clip of two red frames, read with one ffmpeg."""

    ffmpeg: FFmpeg
    path: Path
    info: MediaInfo
    planes: tuple[int, int, int]
    """What its red is stored as."""

    @property
    def video(self) -> VideoStream:
        return self.info.videos[0]


@pytest.fixture(params=CASES, ids=lambda c: f"{c[0]}x{c[1]}r{c[2]}{c[4] or '-'}")
def red(request: pytest.FixtureRequest, ffmpeg: FFmpeg, tmp_path: Path) -> Red:
    width, height, rotation, planes, tag = request.param
    path = tmp_path / "red.mp4"
    path.write_bytes(_red(width, height, rotation, planes, tag))
    return Red(ffmpeg, path, probe(ffmpeg, parse_url(path)), planes)


@functools.cache
def _red(
    width: int, height: int, rotation: int, planes: tuple[int, int, int], tag: str
) -> bytes:
    sizes = (width * height, width * height // 4, width * height // 4)
    frame = b"".join(bytes([v]) * n for v, n in zip(planes, sizes, strict=True))
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "1"]
    tags = ["-vf", f"setparams=colorspace={tag}"] if tag else []
    with tempfile.TemporaryDirectory() as folder:
        stored, rotated = Path(folder, "stored.mp4"), Path(folder, "rotated.mp4")
        _do([*program, *raw, "-i", "-", *coding, *tags, str(stored)], frame * 2)
        turn = ["-display_rotation:v", str(-rotation), "-i", str(stored)]
        _do([*program, *turn, "-c", "copy", str(rotated)])
        return rotated.read_bytes()


def _do(argv: list[str], stdin: bytes = b"") -> None:
    done = run(argv, input=stdin)
    assert done.status == 0, done.stderr


def center(image: Any) -> NDArray[np.int64]:
    """The value in the middle of an image or plane."""
    return np.asarray(image[image.shape[0] // 2, image.shape[1] // 2]).astype(int)


@pytest.mark.sampled(4)
def test_all_that_shows_a_video_agrees(
    red: Red, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    shown = {name: center(image).tolist() for name, image in _shown(red, tmp_path)}
    # A detector's small view is scaled fast, not exactly: it has (0, 0, 251).
    far = {name: 6 if name == "detector" else 2 for name in shown}
    assert not {n: c for n, c in shown.items() if not np.allclose(c, RED, atol=far[n])}


def _shown(red: Red, folder: Path) -> Iterator[tuple[str, Any]]:
    frame = read(red.ffmpeg, red.path, pixel_format="bgr24")[0]
    yield "callback", frame.planes[0]
    view = DetectorView(width=64, height=64)
    seen = read(red.ffmpeg, red.path, view=view, view_only=True)[0].view
    yield "detector", seen[:20, :20]  # the rest may be padding
    source = MediaSource(red.ffmpeg, parse_url(red.path), red.info)
    reader = ThumbnailReader(source)
    yield "thumbnail", reader._fetch(0)
    assert avio(["snapshot", str(red.path), str(folder / "a.png"), "--at", "0"]) == 0
    yield "snapshot", cv2.imread(str(folder / "a.png"))
    shown = read(red.ffmpeg, red.path, pixel_format="yuv420p")[0]
    saved = save_screenshot(red.ffmpeg, shown, folder, video=red.video)
    yield "screenshot", cv2.imread(str(saved))
    window = Window("red", (red.video.width, red.video.height), Fraction(4, 3))
    try:
        screen = Screen(window, BuiltinHud(controls=False))
        screen.set_video(red.video, "red")
        screen.show(shown)
        yield "player", _pixels(window)
    finally:
        window.close()
    preview = PreviewWindow("red", red.video)
    try:
        preview.show(shown)
        yield "preview", _pixels(preview._window)
    finally:
        preview.close()


def _pixels(window: Window) -> NDArray[np.uint8]:
    """What is drawn in a window, as bgr24."""
    window.present()
    sdl, (width, height) = window._sdl, window.size
    pixels = np.zeros((height, width, 3), np.uint8)
    address = pixels.ctypes.data_as(ctypes.c_void_p)
    kind = sdl.SDL_PIXELFORMAT_BGR24
    assert not sdl.SDL_RenderReadPixels(
        window._renderer, None, kind, address, width * 3
    )
    return pixels


@pytest.mark.parametrize(
    ("size", "planes"), [((640, 480), BT601), ((1280, 544), BT709)]
)
def test_an_rgb_video_becomes_yuv_of_what_its_size_counts_as(
    size: tuple[int, int],
    planes: tuple[int, int, int],
    ffmpeg: FFmpeg,
    tmp_path: Path,
) -> None:
    path = _rgb(ffmpeg, tmp_path, size)
    frame = read(ffmpeg, path, pixel_format="yuv420p")[0]
    assert np.allclose([center(plane) for plane in frame.planes], planes, atol=1)


@pytest.mark.parametrize(
    ("size", "first_size", "planes"),
    [((640, 480), (1280, 720), BT709), ((1280, 544), (640, 480), BT601)],
)
def test_an_rgb_video_merged_after_another_gets_its_matrix(
    size: tuple[int, int],
    first_size: tuple[int, int],
    planes: tuple[int, int, int],
    ffmpeg: FFmpeg,
    tmp_path: Path,
) -> None:
    path, first_path = _rgb(ffmpeg, tmp_path, size), tmp_path / "first.mp4"
    first_path.write_bytes(_red(*first_size, 0, planes, ""))
    video, first = (probe(ffmpeg, parse_url(p)).videos[0] for p in (path, first_path))
    wanted = {"pixel_format": "yuv420p", "video_filter": conform_filters(video, first)}
    frame = read(ffmpeg, path, **wanted)[0]
    assert np.allclose([center(plane) for plane in frame.planes], planes, atol=2)


def _rgb(ffmpeg: FFmpeg, folder: Path, size: tuple[int, int]) -> Path:
    path = folder / "rgb.mkv"
    raw = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}"]
    words = [*raw, "-i", "-", "-c:v", "ffv1", "-pix_fmt", "bgr0", str(path)]
    _do([ffmpeg.path, "-v", "error", *words], bytes(RED) * (size[0] * size[1]))
    return path


def test_what_is_drawn_has_the_values_of_what_is_there(red: Red) -> None:
    frame = read(red.ffmpeg, red.path, pixel_format="yuv420p")[0]
    assert np.allclose([center(plane) for plane in frame.planes], red.planes, atol=1)
    processor = FrameProcessor(draw=("boxes",))
    processor.set_media(red.video, ())
    color = assumed_color(red.video)
    tracking = Drawer(red.video.width, red.video.height, color=color)
    for drawer in (processor._drawer_for(frame), tracking):
        drawn = drawer._plane_values(RED, "yuv420p")
        assert np.allclose(drawn, red.planes, atol=1)


def test_a_part_merged_after_another_gets_its_colours(red: Red, tmp_path: Path) -> None:
    for width, height, planes in ((640, 480, BT601), (1280, 720, BT709)):
        path = tmp_path / f"{width}.mp4"
        path.write_bytes(_red(width, height, 0, planes, ""))
        first = probe(red.ffmpeg, parse_url(path)).videos[0]
        filters = conform_filters(red.video, first)
        wanted = {"pixel_format": "yuv420p", "video_filter": filters}
        frame = read(red.ffmpeg, red.path, **wanted)[0]
        assert (frame.width, frame.height) == (width, height)
        merged = [center(plane) for plane in frame.planes]
        assert np.allclose(merged, planes, atol=2)


@pytest.mark.sampled(4)
def test_an_identity_callback_leaves_colours_and_tags_as_they_were(
    red: Red, tmp_path: Path
) -> None:
    frames = read(red.ffmpeg, red.path, pixel_format="bgr24")
    source = MediaSource(red.ffmpeg, parse_url(red.path), red.info)
    result = tmp_path / "result.mp4"
    encode(red.ffmpeg, result, frames, source=source, options={"qp": "1"})
    video = probe(red.ffmpeg, parse_url(result)).videos[0]
    assert video.color.matrix == red.video.color.matrix
    (frame, _) = read(red.ffmpeg, result, pixel_format="yuv420p")
    levels = [center(plane) for plane in frame.planes]
    assert np.allclose(levels, red.planes, atol=2)
