"""Random keys and clicks in the player, over real files where they are at hand."""

import os
import random
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import SHARED
from tests.fuzzing.judging import forked
from tests.fuzzing.media import clip, ffmpegs

LIMIT_SECONDS = 30.0
"""Of processor time: steps back through a long GOP of 2160 rows are work, no hang."""
MOST_MEMORY = 400 << 20
"""Bytes of the player, or of one of its children."""
KINDS = {"key": 16, "hold": 4, "seek": 6, "wait": 4, "mouse": 6, "drop": 1}
"""What a line of a script does, and how often."""
_STILL = frozenset({"q", "ESC"})
"""Keys that quit."""


@dataclass(frozen=True)
class KeysCase:
    """A script of the player, and the file that it plays."""

    script: str
    path: Path | None
    """None: a small clip made here."""
    name: str = "keys"

    @property
    def data(self) -> bytes:
        """The file's name as a comment, and the script."""
        return f"# {self.path or 'in.mp4'}\n{self.script}".encode()

    def problems(self) -> list[str]:
        """Play it unseen; returns what is wrong."""
        with tempfile.TemporaryDirectory(prefix="avio-fuzz-") as parent:
            folder = Path(parent, "work")
            folder.mkdir()
            (folder / "script").write_text(self.script)
            (folder / "in.mp4").write_bytes(clip("mp4"))
            outcome = forked(self._run, folder, LIMIT_SECONDS)
        found = outcome.problems()
        if outcome.memory > MOST_MEMORY:
            found.append(f"memory: {outcome.memory >> 20} MiB")
        return found

    def _run(self) -> int:
        from avio_cli.cli.main import run

        os.environ |= {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
        os.environ["AVIO_FFMPEG"] = ffmpegs()[0]
        words = ["play", str(self.path or "in.mp4"), "--script", "script"]
        return run([*words, "--keep-open", "--hud", "pinned"])


@cache
def _files() -> list[Path | None]:
    folder = SHARED / "media"
    found = (p for p in folder.rglob("*.*") if p.suffix not in (".md", ".txt"))
    return [None, *sorted(found)]


def _line(rng: random.Random, keys: list[str]) -> str:
    kind = rng.choices([*KINDS], [*KINDS.values()])[0]
    if kind in ("key", "hold"):
        return f"{kind} {rng.choice(keys)} {rng.choice([1, 1, 1, 2, 5, 12])}"
    if kind == "seek":
        return f"seek {rng.choice([0, -1, 1e6, rng.uniform(0, 20)]):.3f}"
    if kind == "drop":
        return f"drop {rng.choice(_files()) or 'in.mp4'}"
    if kind == "wait":
        return f"wait {rng.uniform(0, 0.3):.2f}"
    x, y = rng.randint(-5, 700), rng.randint(-5, 500)
    clicks = f" {rng.choice([1, 1, 2])}"
    return (
        f"press {x} {y}{clicks}\nrelease {x} {y}"
        if rng.random() < 0.6
        else (f"move {x} {y}")
    )


def draw(rng: random.Random) -> KeysCase:
    """A script of up to 40 lines, which ends with an order to quit."""
    from avio_cli.player.key_bindings import BINDINGS

    named = sorted(set(BINDINGS) - _STILL - {"double click", "wheel"})
    lines = [_line(rng, named) for _ in range(rng.randint(3, 40))]
    return KeysCase("\n".join([*lines, "quit", ""]), rng.choice(_files()))
