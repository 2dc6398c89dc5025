"""A player without screen and audio device, controlled by scripts."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from avio_cli.cli.main import run
from avio_cli.player.player import Player
from tests.clips import make_clip

Play = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDL's dummy drivers: everything works, nothing is shown or played."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Play in this process, as the command line would; returns the statistics."""

    def play_files(
        *paths: Path | str, script: Sequence[str] = (), options: Sequence[str] = ()
    ) -> dict[str, Any]:
        stats, steps = tmp_path / "stats.json", tmp_path / "script"
        steps.write_text("\n".join(script))
        words = ["play", *map(str, paths), "--stats", str(stats), "-y"]
        if script:
            words += ["--script", str(steps)]
        status = run([*words, *options])
        assert status == 0
        found: dict[str, Any] = json.loads(stats.read_text())
        return found

    return play_files


@pytest.fixture(scope="session")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It can be opened, and nothing in it can be decoded."""
    path = tmp_path_factory.mktemp("damaged") / "bad.mp4"
    make_clip(path, frames=250, width=64, height=48)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    size = int.from_bytes(data[start - 8 : start - 4], "big") - 8
    data[start : start + size] = random.Random(1).randbytes(size)
    path.write_bytes(data)
    return path


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said on the screen."""
    texts: list[str] = []

    def note(_: Player, text: str) -> None:
        texts.extend(filter(None, [text]))

    monkeypatch.setattr(Player, "notice", note)
    return texts
