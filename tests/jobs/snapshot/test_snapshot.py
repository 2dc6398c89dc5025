"""avio snapshot: the frame that is shown at a time, upright and in its colours."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import VARIABLE, Clip, _ffmpeg, decode, draw, make_clip, read_index


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    folder = tmp_path_factory.mktemp("snapshot")
    return make_clip(folder / "video.mp4", ticks=VARIABLE)


def snapshot(source: Path, output: Path, at: object) -> int:
    return run(["snapshot", str(source), str(output), "--at", str(at)])


def image(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    (only,) = decode(path, width, height)
    return only


def test_it_is_the_frame_that_is_shown_then(
    video: Clip, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    for number in (0, 13, 39):
        begins = float(video.times[number])
        for name, at in (("at", f"{begins:.6f}"), ("soon", f"{begins + 0.01:.6f}")):
            output = tmp_path / f"{name}{number}.png"
            assert snapshot(video.path, output, at) == 0
            assert read_index(image(output, video.width, video.height)) == number


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp"])
def test_the_extension_decides_the_format(
    video: Clip, extension: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / f"image{extension}"
    assert snapshot(video.path, output, 0) == 0
    assert abs(image(output, 160, 96).astype(int) - draw(0, 160, 96)).mean() < 6
    begins = {".png": b"\x89PNG", ".jpg": b"\xff\xd8\xff", ".webp": b"RIFF"}[extension]
    assert output.read_bytes().startswith(begins)


def test_it_is_rotated_upright(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "rotated.mp4", frames=5, rotation=90)
    assert snapshot(clip.path, tmp_path / "image.png", 0.1) == 0
    assert read_index(image(tmp_path / "image.png", 160, 96)) == 2


def test_its_pixels_are_square(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    shape = ("-vf", "setsar=2/1")
    clip = make_clip(tmp_path / "wide.mp4", frames=3, extra=shape)
    assert snapshot(clip.path, tmp_path / "image.png", 0) == 0
    assert read_index(image(tmp_path / "image.png", 320, 96)) == 0


@pytest.mark.parametrize("levels", ["tv", "pc"])
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m"])
def test_its_colours_are_those_of_the_video(
    matrix: str, levels: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    patches = np.zeros((64, 256, 3), np.uint8)
    for i, color in enumerate([(0, 0, 230), (0, 230, 0), (230, 0, 0), (120,) * 3]):
        patches[:, i * 64 : i * 64 + 64] = color
    pixel_format = "yuvj420p" if levels == "pc" else "yuv420p"
    words = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", "256x64", "-i", "pipe:0"]
    words += ["-vf", f"scale=out_color_matrix={matrix}:out_range={levels}"]
    words += ["-pix_fmt", pixel_format, "-colorspace", matrix, "-c:v", "libx264"]
    words += ["-qp", "1", "-color_range", levels, str(tmp_path / "video.mp4")]
    _ffmpeg(words, patches.tobytes())

    assert snapshot(tmp_path / "video.mp4", tmp_path / "image.png", 0) == 0

    shown = image(tmp_path / "image.png", 256, 64)
    middles = (slice(16, 48), slice(None))
    for i in range(4):
        there = slice(i * 64 + 16, i * 64 + 48)
        difference = shown[middles][:, there].astype(int) - patches[16:48, there]
        assert abs(difference).max() <= 2


@pytest.mark.parametrize(
    ("name", "at", "message"),
    [
        ("late.png", 9, "after the end"),
        ("late.png", 1.6, "after the end"),
        ("image.bmp", 0, "no image format for the extension .bmp"),
    ],
)
def test_what_cannot_be_taken_is_refused(
    video: Clip,
    name: str,
    at: float,
    message: str,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert snapshot(video.path, tmp_path / name, at) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_of_a_video_cut_off_there_is_nothing_behind_the_cut(
    bundled_ffmpeg: FFmpeg, shared: Path, tmp_path: Path
) -> None:
    video = shared / "media/edge/truncated.mp4"
    assert snapshot(video, tmp_path / "there.png", 15.92) == 0
    assert snapshot(video, tmp_path / "lost.png", 100) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]
