"""Files dropped into the window are played; those that cannot be change nothing."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from avio_cli.player.player import Player
from tests.clips import Clip, make_clip
from tests.player.conftest import Play

SRT = "1\n00:00:00,000 --> 00:00:09,000\nwords\n"
Noted = tuple[str, int, int, str, str]
"""Name of the open input, its number, of how many; its subtitles; audio driver."""
Seen = Callable[..., list[Noted]]


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Ten seconds: paused before its end on a busy machine too."""
    path = tmp_path_factory.mktemp("drops") / "silent.mp4"
    return make_clip(path, frames=250, width=64, height=48)


@pytest.fixture(scope="module")
def loud(silent: Clip) -> Clip:
    path = silent.path.with_name("loud one.mkv")
    return make_clip(path, frames=250, width=96, height=64, audios=1)


@pytest.fixture
def seen(play: Play, silent: Clip, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Play the silent one with a script; what is open at each line ``key c``."""
    noted: list[Noted] = []

    def note(player: Player) -> None:
        playlist, shown = player.playlist, player.subtitles.current
        noted.append(
            (
                Path(player.media.info.source).name,
                playlist.number,
                playlist.count,
                shown.title if shown else "",
                playlist.audio_player.driver,
            )
        )
        player.notice("")

    monkeypatch.setattr(Player, "take_screenshot", note)

    def run(*lines: str, options: Sequence[str] = ()) -> list[Noted]:
        play(silent.path, script=["key SPACE", *lines, "quit"], options=options)
        return noted

    return run


def test_what_is_dropped_is_played_with_its_audio_and_subtitles(
    seen: Seen, loud: Clip, tmp_path: Path
) -> None:
    words = tmp_path / "words.srt"
    words.write_text(SRT)
    lines = ("key c", f"drop {loud.path}", f"also {words}", "key c")
    found = seen(*lines, options=("--start", "9", "--sub-track", "none"))
    assert found == [
        ("silent.mp4", 0, 1, "", ""),
        ("loud one.mkv", 0, 1, "words.srt", "dummy"),
    ]


def test_several_files_and_a_playlist_are_a_list(
    seen: Seen, silent: Clip, loud: Clip
) -> None:
    listed = loud.path.with_name("list.m3u")
    listed.write_text(f"{silent.path.name}\n{loud.path.name}\n")
    together = [f"drop {loud.path}", f"also {silent.path}", "key c", "key n", "key c"]
    found = seen(*together, f"drop {listed}", "key n", "key c", f"drop {loud.path}")
    assert [entry[:3] for entry in found] == [
        ("loud one.mkv", 0, 2),
        ("silent.mp4", 1, 2),
        ("loud one.mkv", 1, 2),
    ]


def test_what_cannot_be_played_is_named_and_the_video_goes_on(
    seen: Seen, said: list[str], damaged: Path, tmp_path: Path
) -> None:
    broken, words = tmp_path / "broken.mp4", tmp_path / "words.srt"
    broken.write_text("no video at all")
    words.write_text(SRT)
    missing, long = tmp_path / "missing.mkv", tmp_path / f"{'x' * 300}.srt"
    lines = [f"drop {broken}", f"drop {missing}", f"also {words}", f"drop {damaged}"]
    found = seen(*lines, f"drop {long}", f"drop {tmp_path}", "key c")
    assert found == [("silent.mp4", 0, 1, "", "")]
    for name, text in zip(["broken.mp4", "missing.mkv", "bad.mp4"], said, strict=False):
        assert name in text
        assert f"/{name}" not in text
    assert "cannot be decoded" in said[2]
    assert "File name too long" in said[3]


def test_of_several_those_that_cannot_be_played_are_named(
    seen: Seen, said: list[str], damaged: Path, loud: Clip
) -> None:
    missing = damaged.with_name("missing.mkv")
    together = [f"drop {damaged}", f"also {loud.path}", f"also {missing}"]
    found = seen(*together, "key c")
    assert found[0][:3] == ("loud one.mkv", 1, 2)
    assert said[0] == "2 files cannot be played: missing.mkv, bad.mp4"
