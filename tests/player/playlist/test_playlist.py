"""Which input comes next, and that the open one stays where none can be played."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.player.player import Player
from tests.clips import Clip, make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("playlist") / "clip.mp4"
    return make_clip(path, frames=250, width=64, height=48)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Name and position of what is open at each key ``c``."""
    noted: list[tuple[str, float]] = []

    def note(player: Player) -> None:
        position = float(player.playback.position)
        noted.append((Path(player.media.info.source).name, position))

    monkeypatch.setattr(Player, "take_screenshot", note)
    return noted


def play(tmp_path: Path, paths: Sequence[Path], *keys: str) -> int:
    script = tmp_path / "keys"
    script.write_text("\n".join([*(f"key {key}" for key in keys), "quit"]))
    return run(["play", *map(str, paths), "--script", str(script)])


def test_one_that_cannot_be_decoded_leaves_the_open_one_where_it_is(
    clip: Clip,
    damaged: Path,
    said: list[str],
    opened: list[tuple[str, float]],
    tmp_path: Path,
) -> None:
    """The last one of a list, and the first, where it started: it is said why."""
    paths = [damaged, clip.path, damaged]
    assert play(tmp_path, paths, "SPACE", "RIGHT", "n", "c", "p", "c") == 1
    assert opened == [("clip.mp4", 5.0)] * 2
    reasons = [text for text in said if "cannot be decoded" in text]
    assert len(reasons) == 3
    assert all("bad.mp4" in text for text in reasons)


def test_those_that_cannot_be_decoded_are_stepped_over(
    clip: Clip, damaged: Path, opened: list[tuple[str, float]], tmp_path: Path
) -> None:
    other = clip.path.with_name("other.mp4")
    other.write_bytes(clip.path.read_bytes())
    paths = [clip.path, damaged, damaged, other]
    assert play(tmp_path, paths, "SPACE", "n", "c", "p", "c") == 1
    assert opened == [("other.mp4", 0.0), ("clip.mp4", 0.0)]
