"""Screenshots: the colours of the standards, square pixels, under a new name."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import PIXEL_FORMATS, Frame, planes_of
from avio_cli.media.info import Color, VideoStream
from avio_cli.player.screenshot import save_screenshot
from tests.clips import make_clip, read_index
from tests.player.conftest import Play

Levels = NDArray[np.float64]
Image = NDArray[np.uint8] | NDArray[np.uint16]
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


def _expected(frame: Frame, weights: tuple[float, float], full: bool) -> Levels:
    """BGR from 0 to 1, by the formulas of the standards; chroma is not moved."""
    bits = PIXEL_FORMATS[frame.pixel_format].bits
    luma, *chroma = (plane / (1 << (bits - 8)) for plane in frame.planes)
    zero, span, chroma_span = (0, 255, 255) if full else (16, 219, 224)
    y = (luma - zero) / span
    if not chroma:
        return np.repeat((luma / 255)[..., None], 3, axis=2)
    size = (frame.width, frame.height)
    blue, red = ((cv2.resize(c, size) - 128) / chroma_span for c in chroma)
    of_red, of_blue = weights
    b, r = y + 2 * (1 - of_blue) * blue, y + 2 * (1 - of_red) * red
    g = (y - of_red * r - of_blue * b) / (1 - of_red - of_blue)
    return np.clip(np.stack((b, g, r), axis=2), 0, 1)


def _saved(ffmpeg: FFmpeg, frame: Frame, folder: Path, **tags: str) -> Image:
    video = replace(VIDEO, pixel_format=frame.pixel_format, color=Color(**tags))
    path = save_screenshot(ffmpeg, frame, folder, video=video)
    image: Image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return image


@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize(
    ("matrix", "weights"),
    [
        ("smpte170m", (0.299, 0.114)),
        ("bt709", (0.2126, 0.0722)),
        ("bt2020nc", (0.2627, 0.0593)),
    ],
)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "gray"])
@pytest.mark.sampled(8)
def test_colours_are_those_of_the_standards(
    pixel_format: str,
    matrix: str,
    weights: tuple[float, float],
    range_: str,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
) -> None:
    frame = _frame(pixel_format)
    saved = _saved(bundled_ffmpeg, frame, tmp_path, matrix=matrix, range=range_)
    difference = np.abs(saved - 255 * _expected(frame, weights, range_ == "pc"))
    assert difference[2:-2, 2:-2].max() <= 6  # where chroma is between the pixels
    assert difference[2:-2, 2:-2].mean() <= 1


@pytest.mark.parametrize("pixel_format", ["yuv420p10le", "yuv444p10le", "gray10le"])
def test_ten_bits_become_sixteen(
    pixel_format: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    frame = _frame(pixel_format)
    saved = _saved(ffmpeg, frame, tmp_path, matrix="bt709")
    assert saved.dtype == np.uint16
    levels = 255 * _expected(frame, (0.2126, 0.0722), False)
    difference = np.abs(saved / 257 - levels)[2:-2, 2:-2]
    assert difference.mean() <= 1
    assert len(np.unique(saved)) > 256


def test_hdr_is_mapped_to_sdr(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    """203 cd/m² of PQ, which is white in graphics, is near white; not grey."""
    frame = _frame("yuv420p10le")
    for plane, level in zip(frame.planes, (572, 512, 512), strict=True):
        plane[...] = level
    pq = {"transfer": "smpte2084", "primaries": "bt2020", "matrix": "bt2020nc"}
    saved = _saved(ffmpeg, frame, tmp_path, range="tv", **pq)
    assert saved.dtype == np.uint8
    assert saved.min() >= 180


def test_large_cover_art_counts_as_what_it_was_converted_to(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    small = _frame("yuv444p")
    planes = tuple(np.tile(plane, (15, 25)) for plane in small.planes)
    large = Frame(planes, "yuv444p", 0, 0, Fraction(1))
    path = save_screenshot(bundled_ffmpeg, large, tmp_path)
    saved = cv2.imread(str(path))[:48, :64]
    difference = np.abs(saved - 255 * _expected(small, (0.299, 0.114), False))
    assert difference.max() <= 2


def test_a_bgr_frame_is_kept_pixel_by_pixel(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    frame = _frame("bgr24")
    path = save_screenshot(
        bundled_ffmpeg, frame, tmp_path, source="my video.mp4", video=VIDEO
    )
    assert path == tmp_path / "my video-0-00-07.480.png"
    np.testing.assert_array_equal(cv2.imread(str(path)), frame.planes[0])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_nothing_is_overwritten(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> None:
    paths = [
        save_screenshot(bundled_ffmpeg, _frame("gray"), tmp_path) for _ in range(3)
    ]
    assert [path.name for path in paths] == [
        "avio-0-00-07.480.png",
        "avio-0-00-07.480-2.png",
        "avio-0-00-07.480-3.png",
    ]


def test_names_are_safe_and_count_from_the_start_of_the_source(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    frame = _frame("gray", pts=90_000 * 25)
    origin = Fraction(86_000)
    name = "../a/b: c?.mkv"
    path = save_screenshot(bundled_ffmpeg, frame, tmp_path, source=name, origin=origin)
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
    ratio: Fraction,
    rotation: int,
    shape: tuple[int, int, int],
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
) -> None:
    video = replace(VIDEO, sample_aspect_ratio=ratio, rotation=rotation)
    path = save_screenshot(bundled_ffmpeg, _frame("bgr24"), tmp_path, video=video)
    assert cv2.imread(str(path)).shape == shape


def test_a_folder_that_is_not_there_is_named(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        save_screenshot(bundled_ffmpeg, _frame("gray"), tmp_path / "none")


def test_each_press_of_the_key_gives_a_file_however_fast(
    play: Play, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=100)
    folder = tmp_path / "shots"
    folder.mkdir()
    script = ["key SPACE", "key c 3", "key q"]
    play(clip.path, script=script, options=("--record-dir", str(folder)))
    paths = sorted(folder.iterdir())
    assert len(paths) == 3
    images = [cv2.imread(str(path)) for path in paths]
    assert len({read_index(image) for image in images}) == 1
