"""`avio track --display`: frames in a window while they are tracked."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import make_clip

FRAMES = 40
CLOSING = """
from avio_cli.display.sdl import load_sdl

sdl2 = load_sdl()

def close_window(frame):
    if frame.index == 5:
        event = sdl2.SDL_Event()
        event.type = sdl2.SDL_QUIT
        sdl2.SDL_PushEvent(event)
"""


@pytest.fixture
def words(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    clip = make_clip(tmp_path / "in.mp4", frames=FRAMES)
    (tmp_path / "closing.py").write_text(CLOSING)
    return ["track", str(clip.path), "--model", "motion", "--display"]


def test_all_frames_are_shown_and_summed_up(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 0
    captured = capsys.readouterr().out
    assert f"frames      {FRAMES} " in captured
    assert "display" in captured


def test_closing_the_window_ends_a_run_that_leaves_nothing(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closing = f"{tmp_path}/closing.py:close_window"
    assert run([*words, "--callback", closing]) == 0
    assert "frames      6 " in capsys.readouterr().out


def test_closing_the_window_does_not_end_a_run_that_writes(
    words: list[str], tmp_path: Path
) -> None:
    closing, records = f"{tmp_path}/closing.py:close_window", tmp_path / "tracks.jsonl"
    assert run([*words, "--callback", closing, "--records", str(records)]) == 0
    assert records.read_bytes().count(b"\n") == FRAMES


def test_without_a_display_nothing_is_begun(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "no-such-driver")
    records = tmp_path / "tracks.jsonl"
    assert run([*words, "--records", str(records)]) == 1
    assert "display" in capsys.readouterr().err
    assert not records.exists()
