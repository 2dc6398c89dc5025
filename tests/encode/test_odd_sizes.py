"""A video of odd size grows by repeating its edge, and keeps every sample it had."""

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run as run_cli
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run


def planes_of(path: Path, shape: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Y, U and V of the first frame of 8 bits, with chroma of half the size."""
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
    height, width = shape
    shapes = [(height, width), *[((height + 1) // 2, (width + 1) // 2)] * 2]
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:h, :w]
        for plane, (h, w) in zip(frame.planes, shapes, strict=True)
    ]


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (63, 47)])
@pytest.mark.parametrize("callback", [True, False])
def test_every_sample_of_an_odd_video_is_kept(
    size: tuple[int, int], callback: bool, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    width, height = size
    source, result = tmp_path / "odd.mkv", tmp_path / "even.mp4"
    # testsrc2 itself rounds its width down.
    pattern = "testsrc2=s=64x48:d=0.2,noise=alls=40:all_seed=1,"
    pattern += f"format=yuv444p,crop={width}:{height}:0:0"
    words = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", pattern]
    made = run([*words, "-pix_fmt", "yuv420p", "-c:v", "ffv1", str(source)])
    assert made.status == 0, made.stderr
    options = ["--quality", "0"]
    if callback:
        code = tmp_path / "same.py"
        code.write_text(
            "def same(frame):\n    return frame\nsame.pixel_format = 'yuv420p'"
        )
        options += ["--callback", f"{code}:same"]

    assert run_cli(["transcode", str(source), str(result), *options, "-q"]) == 0

    old = planes_of(source, (height, width))
    new = planes_of(result, (height + height % 2, width + width % 2))
    for before, after in zip(old, new, strict=True):
        np.testing.assert_array_equal(
            after[: before.shape[0], : before.shape[1]], before
        )
    np.testing.assert_array_equal(new[0][:, -1], new[0][:, width - 1])
    np.testing.assert_array_equal(new[0][-1], new[0][height - 1])


@pytest.mark.parametrize("size", [(63, 48), (97, 95)])
def test_lossless_video_of_odd_size_is_the_same(
    size: tuple[int, int], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    width, height = size
    source, result = tmp_path / "odd.mkv", tmp_path / "same.mkv"
    pattern = f"testsrc2=s=98x96:d=0.2,format=yuv444p,crop={width}:{height}:0:0"
    words = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", pattern]
    made = run([*words, "-pix_fmt", "yuv420p", "-c:v", "rawvideo", str(source)])
    assert made.status == 0, made.stderr

    lossless = ["--preset", "mkv-ffv1", "-q"]
    assert run_cli(["transcode", str(source), str(result), *lossless]) == 0
    for before, after in zip(
        *(planes_of(path, (height, width)) for path in (source, result)), strict=True
    ):
        np.testing.assert_array_equal(after, before)
