"""The result's pixel format holds the video, or a warning names what is lost."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run as avio
from avio_cli.encode.settings import VideoOptions
from avio_cli.encode.video import VideoEncoding, plan_video
from avio_cli.encode.video_params import VideoParams
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.presets import find_preset


def plan(pixel_format: str, preset: str) -> VideoEncoding:
    params = VideoParams(
        width=64, height=48, pixel_format=pixel_format, time_base=Fraction(1, 25)
    )
    video = find_preset(preset).video
    assert video is not None
    return plan_video(params, video, VideoOptions())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("nv16", "yuv422p"),
        ("nv24", "yuv444p"),
        ("nv20le", "yuv422p10le"),
        ("p210le", "yuv422p10le"),
        ("p412le", "yuv444p12le"),
        ("xv30le", "yuv444p10le"),
        ("vuya", "yuva444p"),
        ("ayuv64le", "yuva444p16le"),
        ("yuva444p12le", "yuva444p16le"),
        ("gbrap12le", "gbrap12le"),
        ("gbrap14le", "rgba64le"),
        ("ya8", "bgra"),
        ("ya16be", "rgba64le"),
        ("gray14le", "gray16le"),
    ],
)
def test_the_lossless_preset_loses_nothing(given: str, kept: str) -> None:
    coding = plan(given, "mkv-ffv1")
    assert (coding.pixel_format, coding.warnings) == (kept, ())


@pytest.mark.parametrize(
    ("given", "preset", "words"),
    [
        ("nv16", "mp4-h264", ["colour resolution"]),
        ("nv24", "mov-prores", ["colour resolution"]),
        ("xv30le", "mp4-h264", ["more than 8-bit", "colour resolution"]),
        ("yuv422p10le", "mp4-h264", ["more than 8-bit", "colour resolution"]),
        ("yuv420p12le", "mp4-hevc", ["12-bit video (yuv420p12le) becomes 10-bit"]),
        ("gray16be", "mp4-hevc", ["16-bit video (gray16be) becomes 10-bit"]),
        ("gbrpf32le", "mkv-ffv1", ["32-bit video (gbrpf32le) becomes 16-bit"]),
        ("vuya", "mp4-h264", ["colour resolution", "alpha channel"]),
        ("ayuv64le", "mp4-av1", ["10-bit", "colour resolution", "alpha channel"]),
        ("yuv411p", "mov-prores", []),
    ],
)
def test_each_loss_of_unusual_formats_is_named(
    given: str, preset: str, words: list[str]
) -> None:
    warnings = plan(given, preset).warnings
    assert len(warnings) == len(words), warnings
    assert all(word in line for word, line in zip(words, warnings, strict=True))


def test_deep_grey_with_alpha_stays_exact_in_the_lossless_preset(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source, result = tmp_path / "in.mov", tmp_path / "out.mkv"
    drawn = "nullsrc=s=64x48:d=0.2:r=10,format=yuva444p16le,geq=lum=X*1000:a=Y*1300"
    made = [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", drawn]
    assert not run([*made, "-pix_fmt", "ya16be", "-c:v", "png", str(source)]).status
    assert avio(["transcode", str(source), str(result), "--preset", "mkv-ffv1"]) == 0
    read = ["-pix_fmt", "gbrap16le", "-f", "framemd5", "-"]
    before, after = (
        run([ffmpeg.path, "-v", "error", "-i", str(path), *read]).stdout.split()[-6:]
        for path in (source, result)
    )
    assert before[-1] == after[-1]
