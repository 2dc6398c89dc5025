"""Batches that end early, or meet: nothing is lost, torn, or done twice."""

import os
import signal
import sys
from pathlib import Path

import pytest

from avio_cli.ffmpeg.process.process import Process
from avio_cli.jobs.batch.status import HIDDEN, all_statuses
from tests.cli.test_interruptions import children, end_of, is_running, wait_for

pytestmark = pytest.mark.usefixtures("bundled_ffmpeg")

SLOW = "import time\ndef slow(frame):\n    time.sleep(0.02)\n"


@pytest.fixture
def slow(tmp_path: Path) -> str:
    (tmp_path / "slow.py").write_text(SLOW)
    return f"{tmp_path / 'slow.py'}:slow"


def batch(videos: Path, out: Path, *words: str) -> Process:
    start = [sys.executable, "-m", "avio_cli", "batch", str(videos)]
    return Process([*start, "--out", str(out), *words])


def contents(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*.*")
        if path.is_file() and HIDDEN not in path.parts
    }


def is_half_done(out: Path) -> bool:
    """Whether one job is done, and the child of the next one writes."""
    states = [status.state for status in all_statuses(out)]
    begun = (out / HIDDEN / "work").glob("*/.*.avio-*.mp4")
    return "done" in states and "started" in states and any(begun)


@pytest.mark.slow
def test_a_killed_batch_leaves_only_whole_results_and_goes_on(
    videos: Path, tmp_path: Path, slow: str
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    command = ("--", "transcode", "--callback", slow, "--width", "64")
    with batch(videos, whole, *command) as process:
        assert end_of(process) == 0

    with batch(videos, out, *command) as process:
        wait_for(lambda: is_half_done(out))
        (child,) = children(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        assert end_of(process) == -signal.SIGKILL
    wait_for(lambda: not is_running(child))
    left = contents(out)
    assert 1 <= len(left) < 3
    assert left.items() <= contents(whole).items()

    with batch(videos, out, *command) as process:
        assert end_of(process) == 0
        assert f"{len(left)} skipped" in process.log.lines[-1]
    assert contents(out) == contents(whole)


@pytest.mark.slow
def test_sigterm_ends_a_batch_with_its_children(
    videos: Path, tmp_path: Path, slow: str
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    command = ("--", "track", "--model", "motion", "--callback", slow)
    with batch(videos, whole, *command) as process:
        assert end_of(process) == 0

    with batch(videos, out, *command) as process:
        wait_for(lambda: any((out / HIDDEN / "work").glob("*/*.jsonl")))
        (child,) = children(process.pid)
        os.kill(process.pid, signal.SIGTERM)
        assert end_of(process) == 130
    assert process.log.lines[-1] == "avio: error: interrupted"
    assert not is_running(child)
    assert len(contents(out)) < 3

    with batch(videos, out, *command) as process:
        assert end_of(process) == 0
    assert contents(out) == contents(whole)


def test_two_batches_at_once_share_the_jobs(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ("--", "transcode", "--width", "64")

    with batch(videos, out, *command) as one, batch(videos, out, *command) as other:
        assert (end_of(one), end_of(other)) == (0, 0)

    assert set(contents(out)) == {"a.mp4", "b.mp4", "more/c.mp4"}
    assert {status.state for status in all_statuses(out)} == {"done"}
    assert {status.attempts for status in all_statuses(out)} == {1}
    assert not any((out / HIDDEN / "locks").iterdir())
