"""A recording that the command line asks for is made, or its lack is an error."""

from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run as run_child
from avio_cli.ffmpeg.url import parse_url
from tests.player.conftest import Play

VIDEO = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.4", "-c:v", "mpeg4")
TONE = ("-f", "lavfi", "-i", "sine=440:d=0.4", "-c:a", "aac")


def make(path: Path, *words: str) -> Path:
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *words, str(path)]
    done = run_child(argv)
    assert done.status == 0, done.stderr
    return path


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    return make(tmp_path / "tone.m4a", *TONE)


@pytest.fixture
def both(tmp_path: Path) -> Path:
    inputs = (*VIDEO[:4], *TONE[:4])
    return make(tmp_path / "both.mp4", *inputs, *VIDEO[4:], *TONE[4:])


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.slow
def test_audio_alone_is_recorded_from_its_start(
    play: Play, both: Path, tone: Path, bundled_ffmpeg: FFmpeg, hidden: bool
) -> None:
    path, recorded = (both if hidden else tone), tone.with_name("recorded.m4a")
    options = ("--no-video",) if hidden else ()
    play(path, options=("--record", str(recorded), *options))
    info = MediaSource.probe(bundled_ffmpeg, parse_url(recorded)).info
    assert [stream.codec for stream in info.streams] == ["aac"]
    assert (info.duration or 0) > Fraction(35, 100)


def test_what_cannot_be_recorded_is_refused_before_it_is_played(
    tone: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tone.with_name("recorded.m4a")
    words = ["play", str(tone), "--record", str(path), "--af", "volume=0.5"]
    assert run(words) == 2
    lines = capfd.readouterr().err.splitlines()
    assert "tone.m4a cannot be recorded" in lines[0]
    assert lines[1].startswith("hint: ")
    assert not path.exists()


def test_a_recording_that_never_began_is_an_error(
    both: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = both.with_name("recorded.mp4")
    monkeypatch.setattr("avio_cli.player.player.Player._tick", lambda self: self.quit())
    words = ["play", str(both), "--record", str(path)]
    assert run(words) == 1
    assert "nothing was recorded in recorded.mp4" in capfd.readouterr().err


@pytest.mark.parametrize("speed", ["1", "2"])
def test_audio_that_is_left_out_at_another_speed_is_said(
    speed: str, play: Play, both: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, path = both.with_name("code.py"), both.with_name("recorded.mkv")
    code.write_text("def same(frame):\n    pass\n")
    options = ("--record", str(path), "--callback", f"{code}:same", "--speed", speed)
    play(both, options=options)  # an audio stream without audio would be an error
    warned = "only at normal speed audio is recorded" in capfd.readouterr().err
    assert warned == (speed == "2")


def test_a_copy_has_all_audio_at_any_speed(
    play: Play, both: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = both.with_name("recorded.mkv")
    play(both, options=("--record", str(path), "--speed", "2"))
    assert "warning" not in capfd.readouterr().err
