"""The examples of the documentation do what they say, seen in decoded pixels."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.api import transcode
from avio_cli.callbacks import load_callback
from avio_cli.errors import CallbackError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import Clip, decode, indices, make_clip
from tests.conftest import REPOSITORY, missing

EXAMPLES = REPOSITORY / "docs/examples"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("examples") / "film.mp4", frames=6)


def made(
    clip: Clip, name: str, folder: Path, *arguments: str
) -> list[NDArray[np.uint8]]:
    """The decoded pictures of a clip that went through an example."""
    step = load_callback(f"{EXAMPLES}/{name}", arguments)
    transcode(clip.path, folder / "out.mp4", callback=step)
    assert indices(folder / "out.mp4", clip.width, clip.height) == list(range(6))
    return decode(folder / "out.mp4", clip.width, clip.height)


@pytest.mark.parametrize("name", ["grayscale", "grayscale_in_place", "grayscale_yuv"])
def test_grayscale_takes_the_colour_out_and_leaves_the_brightness(
    ffmpeg: FFmpeg, clip: Clip, tmp_path: Path, name: str
) -> None:
    pictures = made(clip, f"grayscale.py:{name}", tmp_path)
    before = decode(clip.path, clip.width, clip.height, "gray")
    after = decode(tmp_path / "out.mp4", clip.width, clip.height, "gray")
    assert np.ptp(np.stack(pictures), axis=3).max() <= 3
    assert np.ptp(decode(clip.path, clip.width, clip.height)[0], axis=2).max() > 100
    assert np.abs(np.stack(before).astype(int) - np.stack(after)).mean() < 3


def test_echo_tells_everything_and_changes_nothing(
    ffmpeg: FFmpeg, clip: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = made(clip, "echo.py:echo", tmp_path)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[2].startswith(
        "frame 2: bgr24 (96, 160, 3) uint8, pts 1024 x 1/12800 = 0.080000 s"
    )
    original = decode(clip.path, clip.width, clip.height)
    assert np.abs(np.stack(pictures).astype(int) - np.stack(original)).mean() < 3


def test_watermark_brightens_its_corner_and_nothing_else(
    ffmpeg: FFmpeg, clip: Clip, tmp_path: Path
) -> None:
    needs_opencv()
    pictures = made(
        clip, "watermark.py:Watermark", tmp_path, "text=AVIO", "size=0.2", "opacity=1"
    )
    original = decode(clip.path, clip.width, clip.height)
    change = np.stack(pictures).astype(int) - np.stack(original)
    corner = change[:, -30:, -80:].max(axis=3)
    assert (corner > 60).mean() > 0.05
    assert np.abs(change[:, 48:66, :80]).mean() < 3
    levels = np.unique(corner // 20)
    assert len(levels) > 5, "the text is not anti-aliased"


def test_watermark_that_is_not_opaque_lets_the_picture_through(
    ffmpeg: FFmpeg, clip: Clip, tmp_path: Path
) -> None:
    needs_opencv()
    arguments = ("text=AVIO", "size=0.2", "opacity=0.2")
    faint = np.stack(made(clip, "watermark.py:Watermark", tmp_path, *arguments))
    original = np.stack(decode(clip.path, clip.width, clip.height))
    change = (faint.astype(int) - original)[:, -30:, -80:].max(axis=3)
    assert 15 < np.percentile(change, 99) < 70


def test_watermark_without_opencv_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    with pytest.raises(CallbackError, match="pip install opencv-python-headless"):
        load_callback(f"{EXAMPLES}/watermark.py:Watermark")


def test_watermark_knows_its_arguments() -> None:
    with pytest.raises(UsageError, match="colour") as caught:
        load_callback(f"{EXAMPLES}/watermark.py:Watermark", ["colour=red"])
    assert caught.value.hint == "it takes text, size, opacity"


def needs_opencv() -> None:
    try:
        import cv2  # noqa: F401
    except ImportError:
        missing("OpenCV")
