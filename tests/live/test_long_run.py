"""A tracked camera that is lost and silent again and again: nothing grows."""

import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from tests.conftest import BOTH_FFMPEGS
from tests.live.long_run import measure


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@BOTH_FFMPEGS
def test_a_run_goes_on_over_drops_silence_and_changes(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    found = measure(tmp_path, drops=3, silences=1)
    assert found.status == 0
    assert (found.live["reconnects"], found.live["stalls"]) == (4, 1)
    assert found.numbers_increase
    assert found.times_increase
    assert found.seconds == pytest.approx(found.lasted, abs=3)
    assert found.descriptors[1] == found.descriptors[0]
    assert found.children[1] == found.children[0]
    assert found.memory[1] - found.memory[0] < 30 << 20
