"""Command lines of odd words: usage errors, or what they say, and no traceback."""

import os
import random
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing.judging import HANG_SECONDS, forked
from tests.fuzzing.media import CALLBACK, clip, ffmpegs

_COMMANDS = "transcode trim merge snapshot track info eval export".split()
_VALUES = (
    *("0 -1 1 nan inf 1e400 0.5 25 30000/1001 1/0 1:30 99999999999999999999".split()),
    *("0:0:0:0 none auto decode quick in.mp4 out.mp4 out.mkv none.mp4 . /".split()),
    *("/dev/null in.mp4/x a=b = crf=99 same.py:same same.py : libx264 gif".split()),
    *("motion out.jsonl out.txt out.png - -- scale=0:0 null 0,0,1,1 {}".split()),
    *("line=0,0,1,1 %d.png file:in.mp4 concat:a|b".split()),
    *("", " ", "\udcff", "ä", "\n"),
)
_ON = re.compile(r"(--[a-z][a-z-]+)")


@dataclass(frozen=True)
class CommandCase:
    """A command line."""

    words: tuple[str, ...]
    name: str = "command"

    @property
    def data(self) -> bytes:
        """Its words, one a line."""
        return "\n".join(map(repr, self.words)).encode()

    def problems(self) -> list[str]:
        """Run it on a small clip; returns what is wrong."""
        with tempfile.TemporaryDirectory(prefix="avio-fuzz-") as parent:
            folder = Path(parent, "work")
            folder.mkdir()
            (folder / "in.mp4").write_bytes(clip("mp4"))
            (folder / "same.py").write_text(CALLBACK)
            return forked(self._run, folder, HANG_SECONDS).problems()

    def _run(self) -> int:
        from avio_cli.cli.main import run

        os.environ["AVIO_FFMPEG"] = ffmpegs()[0]
        os.environ["AVIO_MODEL_PATH"] = os.environ["AVIO_CACHE_DIR"] = str(Path.cwd())
        return run(list(self.words))


def _options(command: str) -> list[str]:
    """The options that a command has, from its help."""
    if command not in _known:
        from typer.testing import CliRunner

        from avio_cli.cli.main import app

        found = set(_ON.findall(CliRunner().invoke(app, [command, "--help"]).output))
        _known[command] = sorted(found - {"--help"})
    return _known[command]


_known: dict[str, list[str]] = {}


def draw(rng: random.Random) -> CommandCase:
    """A command with its operands and some options, with values of any kind."""
    command = rng.choice(_COMMANDS)
    words = [command]
    if rng.random() < 0.8:
        words += ["in.mp4", "out.mp4"] if command != "info" else ["in.mp4"]
    for _ in range(rng.randint(0, 4)):
        if rng.random() < 0.8:
            words.append(rng.choice(_options(command)))
        if rng.random() < 0.8:
            words.append(rng.choice(_VALUES))
    return CommandCase(tuple(words))
