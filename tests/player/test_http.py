"""What a server sends without ranges ends where it ends, whole or not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import make_clip
from tests.player.conftest import Play
from tests.servers import serving

FRAMES = 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path) as url:
        yield url


@pytest.mark.parametrize("extension", ["ts", "mkv", "mp3"])
@pytest.mark.sampled(3)
def test_a_body_is_played_once(
    ffmpeg: FFmpeg,
    play: Play,
    server: str,
    tmp_path: Path,
    extension: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mp3 = ("-vn", "-c:a", "libmp3lame") if extension == "mp3" else ()
    path = tmp_path / f"clip.{extension}"
    make_clip(path, frames=FRAMES, audios=1, extra=mp3)
    shown = play(f"{server}/plain-clip.{extension}")["frames_shown"]
    assert shown <= FRAMES  # it would play for ever
    assert capsys.readouterr().err == ""


def test_a_body_that_ends_early_is_damage(
    ffmpeg: FFmpeg,
    play: Play,
    server: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for extension in ("ts", "mkv"):
        make_clip(tmp_path / f"clip.{extension}", frames=60)
        play(f"{server}/half-clip.{extension}")
        assert "is cut off: " in capsys.readouterr().err
