"""Commands that show a run: what the page gets of it, and that it ends with it."""

import logging
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

import avio_cli as avio
from avio_cli.cli.main import run
from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.media.frame import Frame
from avio_cli.optional import load_opencv
from tests.clips import make_clip
from tests.live_page.pages import libraries as libraries

SLOW = "import time\ndef slow(frame):\n    time.sleep(0.05)\n"
LIMIT_SECONDS = 60
"""Only a hang takes so long."""


@pytest.fixture
def clip(tmp_path: Path, bundled_ffmpeg: FFmpeg) -> Path:
    return make_clip(tmp_path / "in.mp4", frames=250).path


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def address_in(text: str) -> str:
    return text.partition(" seen at ")[2].split()[0]


def first_image(url: str) -> np.ndarray:
    """The first image of a page, decoded."""
    with urllib.request.urlopen(f"{url}video.mjpeg", timeout=20) as answer:
        length = 0
        while line := answer.readline().strip():
            length = int(line.partition(b"Length: ")[2] or 0) or length
        image = np.frombuffer(answer.read(length), np.uint8)
    return load_opencv().imdecode(image, 1)


@pytest.mark.usefixtures("libraries")
class TestRuns:
    @pytest.mark.parametrize(
        "words", ["track {clip} --model motion", "transcode {clip} {folder}/out.mp4"]
    )
    @pytest.mark.sampled(2)
    def test_the_page_ends_with_a_run_that_is_interrupted(
        self, words: str, clip: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "slow.py").write_text(SLOW)
        command = words.format(clip=clip, folder=tmp_path).split()
        command += ["--serve", "0", "--callback", f"{tmp_path / 'slow.py'}:slow"]
        with Process([sys.executable, "-m", "avio_cli", *command]) as process:
            wait_for(lambda: process.log.lines)
            url = address_in(process.log.lines[0])
            assert first_image(url).shape == (96, 160, 3)
            os.kill(process.pid, signal.SIGINT)
            with pytest.raises(FFmpegError) as caught:
                process.finish(timeout=LIMIT_SECONDS)
        assert caught.value.status == 130
        assert process.log.lines[1:] == ("avio: error: interrupted",)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))

    def test_python_code_serves_its_run(
        self,
        clip: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # As in a script that reads no log, whatever was run here before.
        monkeypatch.setattr(logging.getLogger("avio.run"), "disabled", True)
        threads, seen = set(threading.enumerate()), []

        def look(frame: Frame) -> None:
            frame.pixels[...] = 200
            if frame.index == 5:  # frames before it are shown
                seen.append(first_image(address_in(capsys.readouterr().err)))

        summary = avio.track(clip, model="motion", serve=0, callback=look, end=1)
        assert isinstance(summary, avio.TrackSummary)
        assert abs(int(seen[0].mean()) - 200) <= 2
        assert set(threading.enumerate()) <= threads

    def test_a_taken_port_is_one_error(
        self, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        output = tmp_path / "out.mp4"
        with socket.create_server(("127.0.0.1", 0)) as taken:
            words = f"track {clip} --model motion -o {output} --serve "
            words += str(taken.getsockname()[1])
            assert run(words.split()) == 1
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 2
        assert lines[0].startswith("avio: error: cannot serve the page on 127.0.0.1:")
        assert not output.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("transcode {clip} {folder}/o.mp4 --serve 8080", "--serve would be ignored"),
        ("transcode {clip} {folder}/o.mkv --copy --serve 8080", "--serve would be ign"),
        ("track --detections det.txt --records t.txt --serve 8080", "--serve would be"),
        ("track {clip} --bench --serve 8080", "--serve would be ignored"),
        ("play {clip} --no-video --serve 8080", "--no-video would ignore --serve"),
        ("track {clip} --model motion --serve x", "--serve 'x' is not [HOST:]PORT"),
    ],
)
def test_what_shows_no_frames_refuses_a_page(
    words: str,
    says: str,
    clip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(words.format(clip=clip, folder=tmp_path).split()) == 2
    assert says in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.mp4"]
