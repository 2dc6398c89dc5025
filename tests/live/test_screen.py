"""A screen is a live source: what it shows is recorded."""

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from avio_cli.cli.main import run
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.ffmpeg.live.opening import opened
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import parse_url
from tests.conftest import missing
from tests.player.desktop import Desktop


def paint(folder: Path) -> None:
    """Make all pixels of a screen differ, in the file that is its memory."""
    screen = np.memmap(folder / "Xvfb_screen0", np.uint8, "r+")
    last = screen[-1280 * 800 * 4 :].reshape(800, 1280, 4)
    last[:, :, 0] = np.arange(1280) % 256
    last[:, :, 1] = np.arange(800)[:, None] % 256
    last[:, :, 2] = np.arange(1280) // 256 * 16 + np.arange(800)[:, None] // 256
    screen.flush()


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    """An X11 screen of 1280x800 without a window."""
    if shutil.which("Xvfb") is None:
        missing("Xvfb")
    server = Desktop(tmp_path)
    monkeypatch.setenv("DISPLAY", server.display)
    paint(tmp_path)
    yield server
    server.server.stop()


def test_a_part_of_the_screen_is_read(desktop: Desktop, ffmpeg: FFmpeg) -> None:
    url = parse_url("screen:?size=320x180&offset=40,20&rate=50")
    with opened(ffmpeg, url) as source:
        assert source.is_live
        with MediaReader(source, ReaderSettings(pixel_format="bgr24")) as reader:
            frames = [frame for frame, _ in zip(reader, range(5), strict=False)]
    shown = desktop.pixels()[20:200, 40:360]
    assert shown[0, 0].tolist() == [40, 20, 0]
    assert all((frame.planes[0] == shown).all() for frame in frames)
    times = [frame.time for frame in frames]
    assert times == sorted(set(times))
    assert times[0] < Fraction(1, 10)


@pytest.mark.slow
def test_two_seconds_are_recorded(
    desktop: Desktop, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    result = tmp_path / "result.mp4"
    words = ["transcode", "screen:?rate=10", str(result), "--end", "2", "-q"]
    assert run(words) == 0
    with av.open(str(result)) as container:
        sizes = {(frame.width, frame.height) for frame in container.decode(video=0)}
        video = container.streams.video[0]
        assert video.duration is not None
        assert video.time_base is not None
        assert 1.5 < video.duration * video.time_base < 2.5
    assert sizes == {(1280, 800)}


def test_a_microphone_that_is_not_there_is_an_error(
    desktop: Desktop, ffmpeg: FFmpeg, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["info", "screen:?audio=hw:9"]) == 1
    said = capsys.readouterr().err
    assert "no such device" in said or "opens no devices of alsa" in said


def test_a_range_cannot_be_cut_out_of_it(
    desktop: Desktop,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = tmp_path / "result.mp4"
    assert run(["trim", "screen:", str(result), "--end", "1"]) == 2
    assert run(["merge", str(result), "screen:", "screen:"]) == 2
    said = capsys.readouterr().err
    assert "is live: nothing can be cut out of it" in said
    assert "cannot be read more than once" in said
    assert not result.exists()
