"""Clips to be processed, and a child that takes no time."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from avio_cli.jobs.batch import attempt
from tests.clips import make_clip

Ending = tuple[int, tuple[str, ...]]
Child = Callable[[Path, int], Ending]
"""How a child ends: exit status and log, from its source and the number of the call."""


class Children:
    """Stands in for children: each copies its source, unless it is to fail."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.fails: Child = lambda source, call: (0, ())

    def run(self, argv: Sequence[str], stop: object) -> Ending:
        source, result = (Path(word) for word in argv[argv.index("trim") + 1 :][:2])
        self.sources.append(source.name)
        status, lines = self.fails(source, len(self.sources))
        if not status:
            shutil.copyfile(source, result)
        return status, lines


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Children:
    stand_in = Children()
    monkeypatch.setattr(attempt, "_run", stand_in.run)
    monkeypatch.setattr("avio_cli.jobs.batch.run.RETRY_SECONDS", 0.01)
    return stand_in


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """A folder with three clips of a second, one of them in a folder below."""
    folder = tmp_path / "videos"
    (folder / "more").mkdir(parents=True)
    for name in ("a.mp4", "b.mp4", "more/c.mp4"):
        make_clip(folder / name, frames=25)
    return folder
