"""A player without screen and audio device, controlled by scripts."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from avio_cli.cli.main import run

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
