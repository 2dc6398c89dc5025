"""A video that nobody closes leaves no file and no child."""

import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.process.run import run

WRITE = """
import os, sys, numpy
from pathlib import Path
from avio_cli import api
writer = api.create_video(sys.argv[1], rate=25)
for _ in range(int(sys.argv[2])):
    writer.write(numpy.zeros((48, 64, 3), numpy.uint8))
"""
FORK = """
child = os.fork()
if child == 0:
    sys.exit()
os.waitpid(child, 0)
writer.finish()
"""
DROPPED = """
pid = writer._encoder._process.pid
del writer
try:
    os.kill(pid, 0)
except ProcessLookupError:
    print("ended", *os.listdir(Path(sys.argv[1]).parent))
"""


def _python(code: str, path: Path, frames: int) -> str:
    done = run([sys.executable, "-c", code, str(path), str(frames)])
    assert done.status == 0, done.stderr
    return done.stdout.decode().strip()


@pytest.mark.parametrize("frames", [0, 3])
def test_the_end_of_python_leaves_nothing(tmp_path: Path, frames: int) -> None:
    _python(WRITE, tmp_path / "a.mp4", frames)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_dropped_writer_leaves_nothing(tmp_path: Path) -> None:
    assert _python(WRITE + DROPPED, tmp_path / "a.mp4", 3) == "ended"


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_a_fork_that_ends_leaves_the_video(tmp_path: Path) -> None:
    _python(WRITE + FORK, tmp_path / "a.mp4", 3)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
