"""A range starts with its first frame, wherever ffmpeg finds a keyframe for it."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run as avio
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import groups, indices, make_clip

X265 = "keyint=10:bframes=4:b-adapt=0:scenecut=0:open-gop=1:log-level=none"
REORDERED = {
    "hevc": ("-c:v", "libx265", "-pix_fmt", "yuv420p", "-x265-params", X265),
    "mpeg4": ("-c:v", "mpeg4", "-q:v", "2", "-g", "10", "-bf", "3"),
    "mpeg2": ("-c:v", "mpeg2video", "-q:v", "2", "-g", "10", "-bf", "3"),
}


@pytest.mark.parametrize("codec", REORDERED)
@pytest.mark.parametrize("extension", ["mp4", "mov"])
@pytest.mark.parametrize("first", [17, 19, 20])
def test_frames_shown_before_the_next_keyframe_are_kept(
    codec: str, extension: str, first: int, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """Keyframe 20 is decoded before them, where MP4 finds it: they were lost."""
    path = tmp_path / f"in.{extension}"
    clip = make_clip(path, frames=40, video=REORDERED[codec])
    output, start = tmp_path / "out.mkv", f"{first / 25:.2f}"
    assert avio(["transcode", str(clip.path), str(output), "--start", start]) == 0
    assert indices(output, clip.width, clip.height) == [*range(first, 40)]


@pytest.mark.parametrize("arguments", [("trim", "--exact"), ("transcode",)])
def test_a_keyframe_is_found_however_long_ago_it_was(
    arguments: tuple[str, ...], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """MPEG-TS is sought ten seconds earlier: where there was no keyframe, it failed."""
    video, rate = groups(400, 3), Fraction(5)
    clip = make_clip(tmp_path / "in.ts", frames=90, rate=rate, video=video)
    command, *options = arguments
    output = tmp_path / "out.mkv"
    argv = [command, str(clip.path), str(output), "--start", "15", *options]
    assert avio(argv) == 0
    assert indices(output, clip.width, clip.height) == [*range(75, 90)]
