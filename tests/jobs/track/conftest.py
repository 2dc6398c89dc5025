"""A clip, and what runs that end early need."""

from pathlib import Path

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.track.resuming import checkpoint
from tests.clips import VARIABLE, make_clip


@pytest.fixture
def checkpoint_each_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "PERIOD", 0)


@pytest.fixture
def clip(tmp_path: Path, ffmpeg: FFmpeg) -> Path:
    return make_clip(tmp_path / "in.mp4", ticks=VARIABLE, audios=1).path
