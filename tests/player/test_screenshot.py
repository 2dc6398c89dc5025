"""Screenshots: the colours that ffmpeg finds in the same planes, under a new name."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.frame import PIXEL_FORMATS, Frame, planes_of
from avio_cli.media.info import Color, VideoStream
from avio_cli.player.screenshot import rgb_of, save_screenshot

VIDEO = VideoStream(
    index=0,
    codec="h264",
    time_base=Fraction(1, 25),
    coded_width=64,
    coded_height=48,
)


def _frame(pixel_format: str, pts: int = 187, seed: int = 1) -> Frame:
    """Soft colours, so that no filter's overshoot is measured."""
    layout = PIXEL_FORMATS[pixel_format]
    planes = planes_of(bytearray(layout.size(64, 48)), layout, 64, 48)
    random = np.random.default_rng(seed)
    for plane in planes:
        rows, columns = plane.shape[:2]
        coarse = random.uniform(60, 190, (4, 4)).astype(np.float32)
        smooth = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR)
        smooth = smooth * (1 << (layout.bits - 8))
        plane[:] = smooth[..., None] if plane.ndim == 3 else smooth
    return Frame(planes, pixel_format, 0, pts, Fraction(1, 25))


def _by_ffmpeg(ffmpeg: FFmpeg, frame: Frame, matrix: str, full: bool) -> np.ndarray:
    words = ["-f", "rawvideo", "-pix_fmt", frame.pixel_format, "-s", "64x48", "-i", "-"]
    ranges = "pc" if full else "tv"
    scale = f"scale=in_color_matrix={matrix}:in_range={ranges}:flags=bilinear"
    scale = scale.replace("scale=", "scale=in_h_chr_pos=0:in_v_chr_pos=128:")
    words += ["-vf", f"{scale}+accurate_rnd+full_chroma_int+full_chroma_inp"]
    words += ["-pix_fmt", "bgr24", "-f", "rawvideo", "-"]
    pixels = b"".join(plane.tobytes() for plane in frame.planes)
    done = run([ffmpeg.path, "-v", "error", *words], input=pixels)
    assert done.status == 0, done.stderr
    return np.frombuffer(done.stdout, np.uint8).reshape(48, 64, 3)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("matrix", "name"),
    [("smpte170m", "bt601"), ("bt709", "bt709"), ("bt2020nc", "bt2020")],
)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "gray"])
def test_colours_are_those_that_ffmpeg_finds(
    pixel_format: str, matrix: str, name: str, full: bool, bundled_ffmpeg: FFmpeg
) -> None:
    frame = _frame(pixel_format)
    color = Color(matrix=matrix, range="pc" if full else "tv")
    actual = rgb_of(frame, replace(VIDEO, color=color))
    expected = _by_ffmpeg(bundled_ffmpeg, frame, name, full)
    difference = np.abs(actual.astype(int) - expected)
    assert difference[2:-2, 2:-2].max() <= 3


def test_ten_bits_become_sixteen(bundled_ffmpeg: FFmpeg) -> None:
    frame = _frame("yuv420p10le")
    actual = rgb_of(frame, replace(VIDEO, color=Color(matrix="bt709")))
    assert actual.dtype == np.uint16
    expected = _by_ffmpeg(bundled_ffmpeg, frame, "bt709", False)
    difference = np.abs(actual / 257 - expected)
    assert difference[2:-2, 2:-2].max() <= 3


def test_unspecified_colours_are_guessed_by_the_size() -> None:
    small = _frame("yuv444p")
    planes = tuple(np.tile(plane, (15, 25)) for plane in small.planes)
    large = Frame(planes, "yuv444p", 0, 0, Fraction(1))
    bt709 = replace(VIDEO, color=Color(matrix="bt709"))
    assert (rgb_of(small) != rgb_of(small, bt709)).any()
    np.testing.assert_array_equal(rgb_of(large), rgb_of(large, bt709))


def test_a_bgr_frame_is_kept_pixel_by_pixel(tmp_path: Path) -> None:
    frame = _frame("bgr24")
    path = save_screenshot(frame, tmp_path, source="my video.mp4", video=VIDEO)
    assert path == tmp_path / "my video-0-00-07.480.png"
    np.testing.assert_array_equal(cv2.imread(str(path)), frame.planes[0])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    paths = [save_screenshot(_frame("gray"), tmp_path) for _ in range(3)]
    assert [path.name for path in paths] == [
        "avio-0-00-07.480.png",
        "avio-0-00-07.480-2.png",
        "avio-0-00-07.480-3.png",
    ]


def test_names_are_safe_and_count_from_the_start_of_the_source(tmp_path: Path) -> None:
    frame = _frame("gray", pts=90_000 * 25)
    origin = Fraction(86_000)
    name = "../a/b: c?.mkv"
    path = save_screenshot(frame, tmp_path, source=name, origin=origin)
    assert path == tmp_path / "b_ c_-1-06-40.000.png"


@pytest.mark.parametrize(
    ("ratio", "rotation", "shape"),
    [
        (Fraction(2), 0, (48, 128, 3)),
        (Fraction(2, 3), 0, (72, 64, 3)),
        (Fraction(2), 90, (96, 64, 3)),
        (Fraction(0), 0, (48, 64, 3)),
    ],
)
def test_pixels_become_square(
    ratio: Fraction, rotation: int, shape: tuple[int, int, int], tmp_path: Path
) -> None:
    video = replace(VIDEO, sample_aspect_ratio=ratio, rotation=rotation)
    path = save_screenshot(_frame("bgr24"), tmp_path, video=video)
    assert cv2.imread(str(path)).shape == shape


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        save_screenshot(_frame("gray"), tmp_path / "none")
