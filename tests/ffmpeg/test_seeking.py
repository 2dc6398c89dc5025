"""Where an output with a range of its own starts to read."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.clips import groups, make_clip
from tests.reference import first_packet_time, timeline


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("start", [Fraction(1, 100), Fraction(1), Fraction(2)])
@pytest.mark.sampled(3)
def test_no_audio_is_lost_where_the_clock_starts_before_0(
    start: Fraction, copy: bool, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """So do Matroska files with AAC to ffmpeg 5.1."""
    clip = make_clip(tmp_path / "in.mkv", frames=75, audios=1, video=groups(25, 2))
    output = tmp_path / "out.mkv"

    api.transcode(clip.path, output, start=start, copy=copy)

    audio = first_packet_time(output, "a:0") or Fraction(0)
    assert audio - timeline(output).times[0] < Fraction(25, 1000)


def test_no_audio_is_lost_where_a_range_starts_before_the_video(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """A seek would end at the first frame of the video."""
    late = tuple(45_000 + i * 3600 for i in range(25))
    video = make_clip(tmp_path / "video.mkv", ticks=late, extra=("-copyts",)).path
    clip = make_clip(tmp_path / "clip.mkv", frames=50, audios=1).path
    both = tmp_path / "both.mkv"
    inputs = ["-itsoffset", "0.5", "-i", str(video), "-i", str(clip)]
    maps = ["-map", "0:v", "-map", "1:a", "-c", "copy"]
    assert run([ffmpeg.path, "-v", "error", *inputs, *maps, str(both)]).status == 0

    api.transcode(both, tmp_path / "out.mp4", start=Fraction(1, 4))

    assert (first_packet_time(tmp_path / "out.mp4", "a:0") or 0) < Fraction(25, 1000)
    assert timeline(tmp_path / "out.mp4").times[0] > Fraction(1, 5)
