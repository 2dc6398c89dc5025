"""A camera is played on after it was away, and its recording with it."""

import itertools
import json
import threading
import time
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_process
from tests.conftest import BOTH_FFMPEGS
from tests.live.camera import Camera
from tests.player.conftest import Play


def after_first(camera: Camera, seconds: float) -> None:
    """Drop the camera so long after it was opened."""
    while not camera.connections:
        time.sleep(0.05)
    time.sleep(seconds)
    camera.clock = 900.0
    camera.drop()


def frame_times(ffmpeg: FFmpeg, path: Path) -> list[float]:
    words = ["-i", str(path), "-map", "0:v", "-c", "copy", "-f", "framecrc", "-"]
    done = run_process([ffmpeg.path, "-v", "error", *words])
    lines = done.stdout.decode().splitlines()
    base = next(line for line in lines if line.startswith("#tb 0:")).split()[-1]
    number, divisor = map(int, base.split("/"))
    ticks = [line.split(",")[2] for line in lines if not line.startswith("#")]
    return sorted(int(tick) * number / divisor for tick in ticks)


@pytest.mark.slow
@BOTH_FFMPEGS
def test_playback_and_its_recording_go_on_after_a_drop(
    ffmpeg: FFmpeg, play: Play, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "seen.mp4"
    with Camera(ffmpeg.path, size="320x240", audio=True) as camera:
        dropping = threading.Thread(target=after_first, args=(camera, 8.0))
        dropping.start()
        play(
            camera.url, script=["wait 14", "quit"], options=["--record", str(recording)]
        )
        dropping.join()
    words = capsys.readouterr().err
    assert words.count("lost") == words.count("back after") == 1
    times = frame_times(ffmpeg, recording)
    gap = max(after - before for before, after in itertools.pairwise(times))
    assert 0.3 < gap < 10  # it is tried again after 0.4 to 0.6 s
    assert times[-1] > 5
    assert len(times) > 50


@pytest.mark.slow
def test_a_camera_that_stays_away_is_given_up(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Camera(bundled_ffmpeg.path) as camera:

        def leave() -> None:
            after_first(camera, 6.0)
            camera.refusing = True
            camera.drop()

        leaving = threading.Thread(target=leave)
        leaving.start()
        status = run(["play", camera.url, "--timeout", "2"])
        leaving.join()
    assert status == 1
    assert "not back within 2 s" in capsys.readouterr().err


def test_options_of_live_sources_are_refused_for_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(json.dumps("a file").encode())
    for option in (["--timeout", "3"], ["--latency", "newest"]):
        assert run(["play", str(path), *option]) == 2
        assert "would be ignored" in capsys.readouterr().err
