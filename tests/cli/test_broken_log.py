"""A log that cannot be written costs nothing but the log."""

import os
import subprocess  # noqa: TID251 - with a stderr that is broken or closed
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clips import make_clip
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.skipif(os.name == "nt", reason="devices and pipes of POSIX")

COMMANDS = {
    "transcode": ["transcode", "in.mkv", "out.mkv"],
    "callback": ["transcode", "in.mkv", "out.mkv", "--callback", "step.py:step"],
    "copy": ["transcode", "in.mkv", "out.mkv", "--copy"],
    "trim": ["trim", "in.mkv", "out.mkv", "--end", "1", "--exact"],
    "merge": ["merge", "out.mkv", "in.mkv", "in.mkv"],
    "track": ["track", "in.mkv", "-o", "out.mkv", "--model", "motion"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    make_clip(folder / "in.mkv", frames=40)
    (folder / "step.py").write_text("def step(frame):\n    print('seen')\n")
    return folder


def status(words: Sequence[str], folder: Path, broken: str) -> int:
    """The exit status with a stderr that fails, has no reader, or is closed."""
    argv = [sys.executable, "-m", "avio_cli", *words]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    if broken == "closed":
        argv = ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *argv]
    if broken == "unbuffered":
        environment["PYTHONUNBUFFERED"] = "1"
    read_end, write_end = os.pipe()
    os.close(read_end)
    full = os.open("/dev/full", os.O_WRONLY)
    stderr = write_end if broken == "pipe" else full
    try:
        return subprocess.run(
            argv, cwd=folder, stderr=stderr, env=environment, check=False
        ).returncode
    finally:
        os.close(write_end)
        os.close(full)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("broken", "command"),
    [("full", command) for command in COMMANDS]
    + [(broken, "track") for broken in ("pipe", "closed", "unbuffered")],
)
@pytest.mark.sampled(5)
def test_the_work_goes_on(broken: str, command: str, folder: Path) -> None:
    loud = "--progress=bar" if broken == "closed" else "--progress=json"
    words = [*COMMANDS[command], "-y", "--verbose", loud]
    (folder / "out.mkv").unlink(missing_ok=True)
    assert status(words, folder, broken) == 0
    assert (folder / "out.mkv").stat().st_size > 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("broken", ["full", "pipe", "closed"])
@pytest.mark.sampled(3)
def test_an_error_keeps_its_status(broken: str, folder: Path) -> None:
    assert status(["transcode", "gone.mkv", "x.mkv"], folder, broken) == 1
    assert status(["transcode", "--no-such-option"], folder, broken) == 2
