"""The same jobs as tasks of a Ray cluster; without Ray, how to get it."""

import importlib.util
import os
import signal
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.jobs.batch.status import all_statuses
from tests.cli.test_interruptions import end_of, wait_for
from tests.jobs.batch.test_interrupted import batch, contents

pytestmark = pytest.mark.usefixtures("bundled_ffmpeg")
RAY = ("--ray", "local", "--ray-option", "num_cpus=2")
COMMAND = ("--", "transcode", "--width", "64")


@pytest.mark.ray
def test_a_cluster_gives_the_same_results_though_a_worker_is_killed(
    videos: Path, tmp_path: Path
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    with batch(videos, whole, *COMMAND) as process:
        assert end_of(process) == 0

    with batch(videos, out, *RAY, *COMMAND) as process:
        wait_for(lambda: any(all_statuses(out)))
        for worker in busy_workers()[:1]:
            os.kill(worker, signal.SIGKILL)
        assert end_of(process) == 0

    assert contents(out) == contents(whole)
    assert {status.state for status in all_statuses(out)} == {"done"}


def busy_workers() -> list[int]:
    """Processes of Ray that do a job: that is their title."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            title = entry.read_bytes()
        except OSError:
            continue
        if title.startswith(b"ray::_do"):
            found.append(int(entry.parent.name))
    return found


def test_without_ray_the_error_says_how_to_install_it(
    videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec("ray") is not None:
        pytest.skip("Ray is installed here")
    words = ["batch", str(videos), "--out", str(tmp_path / "out")]

    assert run([*words, *RAY, *COMMAND]) == 1

    said = capsys.readouterr().err
    assert "Ray is not installed" in said
    assert "pip install 'avio-cli[ray]'" in said
    assert run([*words, "--gpus", "1", *COMMAND]) == 2
    assert "--gpus" in capsys.readouterr().err
