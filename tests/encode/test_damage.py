"""Damage of a source counts where it is in the range that is wanted."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run as main
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import make_clip


def test_a_gap_outside_of_the_range_is_not_reported(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pause = ("-filter:v", "select='not(between(n,75,99))'", "-fps_mode", "passthrough")
    clip = make_clip(tmp_path / "in.mkv", frames=150, extra=pause)

    def reported(*range_: str) -> bool:
        words = ["transcode", str(clip.path), str(tmp_path / "out.mp4"), "-y"]
        assert main([*words, *range_]) == 0
        return "1.00 s are missing after 2.96 s" in capsys.readouterr().err

    assert reported()
    assert reported("--start", "2", "--end", "5")
    assert not reported("--end", "2")
    assert not reported("--start", "4.5")
