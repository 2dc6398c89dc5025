"""Teletext is shown as text, by an ffmpeg that decodes it."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import has_decoder, locate_ffmpeg
from tests.conftest import missing
from tests.player.subtitles.conftest import Look
from tests.player.subtitles.making import ffmpeg
from tests.player.subtitles.seeing import rows_of
from tests.player.subtitles.teletext import write_teletext

NOTHING = (-1, -1)


@pytest.fixture
def broadcast(tmp_path: Path) -> Path:
    """A video with two subtitles, at 0.4 and 2.4 s, each for a second.

    The muxer moves teletext to the time at which it is sent.
    """
    cues = ((1, 2, "HHHH"), (3, 4, "HH"))
    page = write_teletext(tmp_path / "page.ts", cues)
    path = tmp_path / "broadcast.ts"
    video = ("-f", "lavfi", "-i", "color=0x202020:s=640x360:r=25:d=6")
    maps = ("-map", "0", "-map", "1", "-c:s", "copy")
    ffmpeg("-copyts", *video, "-i", page, *maps, path)
    return path


def test_its_pages_are_shown_until_the_next_one(look: Look, broadcast: Path) -> None:
    if not has_decoder(locate_ffmpeg(), "libzvbi_teletextdec"):
        missing("an ffmpeg with libzvbi")
    lines = (line for t in (0.2, 0.9, 1.9, 2.9, 3.9) for line in (f"seek {t}", "key c"))
    seen = look(broadcast, *lines, options=("--sub-track", "eng"))
    shown = [rows_of(pixels) != NOTHING for pixels in seen]
    assert shown == [False, True, False, True, False]
    longer, shorter = ((seen[n] > 200).all(axis=2).sum() for n in (1, 3))
    assert longer > 1.5 * shorter


def test_without_libzvbi_it_is_said_what_is_missing(
    broadcast: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where = "avio_cli.player.subtitles.tracks.has_decoder"
    monkeypatch.setattr(where, lambda ffmpeg, name: False)
    assert run(["play", str(broadcast), "--sub-track", "0"]) == 1
    assert "libzvbi" in capfd.readouterr().err
