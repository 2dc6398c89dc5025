"""Video that changes its shape midway is not distorted in silence."""

from pathlib import Path

import numpy as np
import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.conftest import BOTH_FFMPEGS

WIDE, NARROW = ("320x240", "4/3"), ("320x240", "1/1")


def part(ffmpeg: FFmpeg, path: Path, size: str, ratio: str, start: int) -> bytes:
    """Two seconds of a red square on white, 60 pixels high, as wide as it is high."""
    width, height = map(int, size.split("x"))
    numerator, divisor = map(int, ratio.split("/"))
    side = height // 4
    across = side * divisor // numerator
    square = f"drawbox=x={(width - across) // 2}:y={(height - side) // 2}"
    square += f":w={across}:h={side}:color=red:t=fill"
    words = ["-f", "lavfi", "-i", f"color=white:s={size}:r=25:d=2"]
    words += ["-vf", f"{square},setsar={ratio}", "-c:v", "mpeg2video", "-q:v", "2"]
    words += ["-output_ts_offset", str(start), str(path)]
    assert not run([ffmpeg.path, "-v", "error", *words]).status
    return path.read_bytes()


def joined(ffmpeg: FFmpeg, folder: Path, *shapes: tuple[str, str]) -> Path:
    parts = [
        part(ffmpeg, folder / f"{number}.ts", *shape, 2 * number)
        for number, shape in enumerate(shapes)
    ]
    path = folder / "in.ts"
    path.write_bytes(b"".join(parts))
    return path


def square_at(ffmpeg: FFmpeg, path: Path, seconds: float) -> tuple[int, int]:
    """How wide and high the red square is, in pixels as they are shown."""
    size = ["-vf", "scale=iw*sar:ih,setsar=1,scale=640:480", "-frames:v", "1"]
    words = ["-ss", str(seconds), "-i", str(path), *size, "-f", "rawvideo"]
    data = run([ffmpeg.path, "-v", "error", *words, "-pix_fmt", "rgb24", "-"]).stdout
    image = np.frombuffer(data, np.uint8).reshape(480, 640, 3).astype(int)
    red = (image[..., 0] > 150) & (image[..., 1] < 100)
    return int(red.any(axis=0).sum()), int(red.any(axis=1).sum())


@BOTH_FFMPEGS
@pytest.mark.parametrize("callback", ["", "--callback cb.py:f"])
def test_another_size_is_shown_between_bars(
    callback: str, ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cb.py").write_text("def f(frame):\n    pass\n")
    source = joined(ffmpeg, tmp_path, NARROW, ("640x360", "1/1"))
    words = ["transcode", str(source), "a.mp4", "-q", *callback.split()]
    assert avio(words) == 0
    before, after = (square_at(ffmpeg, Path("a.mp4"), time) for time in (1, 3))
    assert before == pytest.approx((120, 120), abs=4)
    assert after == pytest.approx((90, 90), abs=4)


def test_the_same_size_with_another_ratio_is_warned_of(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, result = joined(bundled_ffmpeg, tmp_path, NARROW, WIDE), tmp_path / "a.mp4"
    said = "the aspect ratio changes from 4:3 to 16:9 at "
    for range_, warned in (("", True), ("--start 2.5", True), ("--end 1.5", False)):
        words = ["transcode", str(source), str(result), "-y", *range_.split()]
        assert avio(words) == 0
        assert (said in capfd.readouterr().err) == warned
    assert avio(["transcode", str(tmp_path / "1.ts"), str(result), "-y"]) == 0
    assert said not in capfd.readouterr().err


def test_what_keeps_its_shape_is_not_touched(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """Frames of MPEG-TS are those of the same packets in Matroska."""
    part(bundled_ffmpeg, tmp_path / "a.ts", "322x242", "16/15", 0)
    copied = [bundled_ffmpeg.path, "-v", "error", "-i", str(tmp_path / "a.ts")]
    assert not run([*copied, "-c", "copy", str(tmp_path / "a.mkv")]).status
    found = []
    for name in ("a.ts", "a.mkv"):
        result = tmp_path / f"{name}.out.mkv"
        words = ["transcode", str(tmp_path / name), str(result)]
        assert avio([*words, "--preset", "mkv-ffv1"]) == 0
        argv = [bundled_ffmpeg.path, "-v", "error", "-i", str(result)]
        found.append(run([*argv, "-f", "md5", "-"]).stdout)
    assert found[0] == found[1]
