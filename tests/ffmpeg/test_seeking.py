"""Where an output with a range of its own starts to read."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import groups, make_clip
from tests.reference import first_packet_time, timeline


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("start", [Fraction(1, 100), Fraction(1), Fraction(2)])
def test_no_audio_is_lost_where_the_clock_starts_before_0(
    start: Fraction, copy: bool, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """So do Matroska files with AAC to ffmpeg 5.1."""
    clip = make_clip(tmp_path / "in.mkv", frames=75, audios=1, video=groups(25, 2))
    output = tmp_path / "out.mkv"

    api.transcode(clip.path, output, start=start, copy=copy)

    audio = first_packet_time(output, "a:0") or Fraction(0)
    assert audio - timeline(output).times[0] < Fraction(25, 1000)
