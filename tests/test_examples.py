"""The examples of the documentation do what they say, seen in decoded pixels."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.api import create_video, probe, transcode
from avio_cli.callbacks.step import load_callback
from avio_cli.errors import CallbackError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import Frame
from tests.clips import Clip, decode, indices, make_clip
from tests.conftest import REPOSITORY, missing

EXAMPLES = REPOSITORY / "docs/examples"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("examples") / "video.mp4", frames=6)


def made(
    clip: Clip, name: str, folder: Path, *arguments: str
) -> list[NDArray[np.uint8]]:
    """The decoded frames of a clip that went through an example."""
    step = load_callback(f"{EXAMPLES}/{name}", arguments)
    transcode(clip.path, folder / "out.mp4", callback=step)
    assert indices(folder / "out.mp4", clip.width, clip.height) == list(range(6))
    return decode(folder / "out.mp4", clip.width, clip.height)


@pytest.mark.parametrize("name", ["grayscale", "grayscale_in_place", "grayscale_yuv"])
@pytest.mark.sampled(3)
def test_grayscale_takes_the_colour_out_and_leaves_the_brightness(
    ffmpeg: FFmpeg, clip: Clip, tmp_path: Path, name: str
) -> None:
    frames = made(clip, f"grayscale.py:{name}", tmp_path)
    before = decode(clip.path, clip.width, clip.height, "gray")
    after = decode(tmp_path / "out.mp4", clip.width, clip.height, "gray")
    assert np.ptp(np.stack(frames), axis=3).max() <= 3
    assert np.ptp(decode(clip.path, clip.width, clip.height)[0], axis=2).max() > 100
    assert np.abs(np.stack(before).astype(int) - np.stack(after)).mean() < 3


def test_echo_prints_everything_and_changes_nothing(
    ffmpeg: FFmpeg, clip: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = made(clip, "echo.py:echo", tmp_path)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[2].startswith(
        "frame 2: bgr24 (96, 160, 3) uint8, pts 1024 x 1/12800 = 0.080000 s"
    )
    original = decode(clip.path, clip.width, clip.height)
    assert np.abs(np.stack(frames).astype(int) - np.stack(original)).mean() < 3


def test_watermark_brightens_its_corner_and_nothing_else(
    ffmpeg: FFmpeg, clip: Clip, tmp_path: Path
) -> None:
    needs_opencv()
    frames = made(
        clip, "watermark.py:Watermark", tmp_path, "text=AVIO", "size=0.2", "opacity=1"
    )
    original = decode(clip.path, clip.width, clip.height)
    change = np.stack(frames).astype(int) - np.stack(original)
    corner = change[:, -30:, -80:].max(axis=3)
    assert (corner > 60).mean() > 0.05
    assert np.abs(change[:, 48:66, :80]).mean() < 3
    levels = np.unique(corner // 20)
    assert len(levels) > 5, "the text is not anti-aliased"


def test_watermark_that_is_not_opaque_shows_the_frame_through_it(
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


def crossing(folder: Path) -> Path:
    """Six seconds of grey; from 2 to 4 s a white square passes."""
    images = np.full((150, 90, 160, 3), 90, np.uint8)
    for number in range(50, 100):
        left = (number - 50) * 3
        images[number, 40:60, left : left + 20] = 235
    path = folder / "camera.mp4"
    with create_video(path, rate=25) as video:
        for image in images:
            video.write(image)
    return path


def test_motion_is_recorded_with_what_came_before_and_after(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    needs_opencv()
    camera = crossing(tmp_path)
    words = [f"folder={tmp_path}/clips", "hold=0.5"]
    step = load_callback(f"{EXAMPLES}/motion_recording.py:MotionRecorder", words)
    requested = []

    def watch(frame: Frame) -> None:
        requested.append(frame.record)

    transcode(camera, tmp_path / "out.mp4", callback=[step, watch])

    assert requested.index(True) in (50, 51)
    (clip,) = (tmp_path / "clips").iterdir()
    assert clip.name == "motion-001.mp4"
    info = probe(clip)
    # One second before, two of motion, half a second after it and a little afterglow.
    assert info.duration is not None
    assert 3.4 < info.duration < 4.6
    assert not info.start


def test_without_motion_there_is_no_clip(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    needs_opencv()
    still = make_clip(tmp_path / "still.mp4", frames=1).path
    words = [f"folder={tmp_path}/clips"]
    step = load_callback(f"{EXAMPLES}/motion_recording.py:MotionRecorder", words)
    transcode(still, tmp_path / "out.mp4", callback=step)
    assert not (tmp_path / "clips").exists()


@pytest.mark.parametrize("split", ["false", "true"])
def test_side_by_side_shows_the_original_and_the_changed(
    bundled_ffmpeg: FFmpeg, clip: Clip, tmp_path: Path, split: str
) -> None:
    words = [f"change={EXAMPLES}/grayscale.py:grayscale", f"split={split}"]
    step = load_callback(f"{EXAMPLES}/side_by_side.py:SideBySide", words)
    transcode(clip.path, tmp_path / "out.mp4", callback=step)

    width = clip.width if split == "true" else 2 * clip.width + 4
    frames = np.stack(decode(tmp_path / "out.mp4", width, clip.height)).astype(int)
    middle = width // 2
    original = np.stack(decode(clip.path, clip.width, clip.height))
    left = frames[:, :, : middle - 4]
    assert np.abs(left - original[:, :, : middle - 4]).mean() < 4
    assert np.ptp(frames[:, 60:, middle + 8 :], axis=3).mean() < 5
    assert frames[:, :, middle].min() > 180


@pytest.mark.parametrize("corner", ["top-left", "bottom-right"])
def test_a_timestamp_is_in_its_corner_and_changes(
    bundled_ffmpeg: FFmpeg, clip: Clip, tmp_path: Path, corner: str
) -> None:
    needs_opencv()
    words = [f"corner={corner}", "text={frame}", "size=0.15"]
    step = load_callback(f"{EXAMPLES}/timestamp.py:Timestamp", words)
    frames = []
    for index in range(2):
        image = np.full((96, 160, 3), 90, np.uint8)
        frames.append(Frame((image,), "bgr24", index, index, Fraction(1, 25)))
        step(frames[-1])
    there = np.argwhere((frames[0].pixels != 90).any(axis=2)).mean(axis=0)
    assert bool(there[0] < 48) is (corner == "top-left")
    assert bool(there[1] < 80) is (corner == "top-left")
    assert (frames[0].pixels != frames[1].pixels).any()


def test_a_timestamp_can_show_the_time_of_day(tmp_path: Path) -> None:
    needs_opencv()
    words = ["begin=2026-01-31T23:59:59", "text={date} {clock} {seconds} {frame}"]
    step = load_callback(f"{EXAMPLES}/timestamp.py:Timestamp", words)
    text = step.function.words(1.25, 7)  # type: ignore[attr-defined]
    assert text == "2026-02-01 00:00:00.250 1.250 7"
    with pytest.raises(CallbackError, match="KeyError"):
        load_callback(f"{EXAMPLES}/timestamp.py:Timestamp", ["text={nothing}"])
