"""A video that nobody closes leaves no file and no child."""

import sys
from pathlib import Path

import numpy as np
import pytest

from avio_cli import api
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.clips import make_clip

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
FORK_WITHIN = """
with writer:
    if os.fork() == 0:
        how = sys.argv[3]
        if how == "error":
            raise SystemExit(0)
        if how == "write":
            try:
                writer.write(numpy.zeros((48, 64, 3), numpy.uint8))
            except api.UsageError as error:
                print(error)
            sys.exit()
    else:
        os.wait()
        writer.write(numpy.zeros((48, 64, 3), numpy.uint8))
"""
FORKED_READER = """
import os, sys
from avio_cli import api
with {opened} as frames:
    kept = iter(frames)
    next(kept)
    if os.fork() == 0:
        sys.exit()
    os.wait()
    print(1 + sum(1 for _ in kept))
"""
DROPPED = """
pid = writer._encoder._process.pid
del writer
try:
    os.kill(pid, 0)
except ProcessLookupError:
    print("ended", *os.listdir(Path(sys.argv[1]).parent))
"""


def _python(code: str, path: Path, frames: int, *words: str) -> str:
    done = run([sys.executable, "-c", code, str(path), str(frames), *words])
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


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.parametrize("how", ["error", "write"])
def test_a_fork_that_leaves_the_block_leaves_the_video(
    tmp_path: Path, how: str, bundled_ffmpeg: FFmpeg
) -> None:
    said = _python(WRITE + FORK_WITHIN, tmp_path / "a.mp4", 3, how)
    assert ("belongs to the process" in said) == (how == "write")
    with api.open_video(tmp_path / "a.mp4") as video:
        assert len(list(video)) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.parametrize(
    "opened", ["api.open_video(sys.argv[1])", "api.track(sys.argv[1], model='motion')"]
)
def test_a_fork_that_leaves_the_block_ends_no_reader(
    tmp_path: Path, opened: str
) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=60)
    code = FORKED_READER.format(opened=opened)
    assert _python(code, clip.path, 0) == "60"


def test_what_is_written_after_the_end_is_an_error(tmp_path: Path) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    with api.create_video(tmp_path / "a.mp4", rate=25) as writer:
        writer.write(image)
        writer.finish()
        with pytest.raises(UsageError, match="finished or closed"):
            writer.write(image)
        writer.finish()  # it is done


def test_what_is_closed_in_its_block_stays_unfinished(tmp_path: Path) -> None:
    with api.create_video(tmp_path / "a.mp4", rate=25) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
        writer.close()
        with pytest.raises(UsageError, match="finished or closed"):
            writer.finish()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(0, 64, 3), (48, 0, 3), (0, 0)])
def test_an_array_without_pixels_is_an_error(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    with api.create_video(tmp_path / "a.mp4", rate=25) as writer:
        with pytest.raises(UsageError, match=r"frame 0 .* no pixels"):
            writer.write(np.zeros(shape, np.uint8))
        writer.write(np.zeros((48, 64, 3), np.uint8))
