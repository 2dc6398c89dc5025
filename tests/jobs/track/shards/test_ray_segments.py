"""Segments that are tasks of a Ray cluster give the records of an ordinary run."""

import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.api.tracking import track
from avio_cli.cli.main import run
from avio_cli.errors import AvioError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.job_parts import DetectorOptions
from avio_cli.jobs.track.shards import ray_segments
from avio_cli.jobs.track.shards.ray_segments import detect_on_node
from avio_cli.jobs.track.shards.segments import Segment, ShardTask
from tests.cli.test_interruptions import children, end_of, is_running, wait_for
from tests.jobs.track.shards.conftest import GREY, SMALL, made
from tests.jobs.track.shards.test_shards import records_of, words

pytestmark = pytest.mark.usefixtures("bundled_ffmpeg")
HEAD = """
import ray
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
print(ray.get_runtime_context().gcs_address, flush=True)
input()
"""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A cluster of two workers, for several runs."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # else it has a secret of its own
    with Process([sys.executable, "-c", HEAD], stdin="pipe", stdout=True) as head:
        address = head.stdout.readline().decode().strip()
        assert address, head.log.lines
        yield address, head.pid
        head.stdin.write(b"\n")
        end_of(head)


def avio(*options: str) -> Process:
    return Process([sys.executable, "-m", "avio_cli", *options])


def detecting(pid: int) -> list[int]:
    """Workers of Ray below a process that detect: that is their title."""
    found = []
    for child in children(pid):
        try:
            title = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        found += [child] if title.startswith(b"ray::detect_on_node") else []
        found += detecting(child)
    return found


def begun_below(pid: int) -> list[int]:
    """The workers that detect, once there are any; none where the process has ended."""
    found: list[int] = []

    def begun() -> bool:
        found.extend(detecting(pid))
        return bool(found) or not is_running(pid)

    wait_for(begun)
    return found


@pytest.mark.ray
def test_a_cluster_gives_the_same_records_though_a_worker_is_killed(
    cluster: tuple[str, int], video: Path, model: Path, tmp_path: Path, shared: Path
) -> None:
    nano = tmp_path / "yolox_nano.onnx"
    nano.symlink_to(shared / "models/yolox_nano.onnx")
    long = made(tmp_path / "long.mp4", GREY.replace("d=3", "d=60"), *SMALL)
    people = (shared / "media/TUD-Campus.mp4", nano, "--input-size", "160x128")
    (address, head), path = cluster, tmp_path / "ray.jsonl"

    for count, case in (("7", (video, model)), ("2", people), ("3", (long, model))):
        whole = records_of(*case)
        given = words(*case[:2], path, *case[2:], "--shards", count, "--ray", address)
        with avio(*given) as process:
            if count == "3":
                os.kill(begun_below(head)[0], signal.SIGKILL)
            assert end_of(process) == 0, process.log.lines
        assert path.read_bytes() == whole


@pytest.mark.ray
def test_an_interrupted_run_leaves_nothing_that_detects(
    model: Path, tmp_path: Path
) -> None:
    video = made(tmp_path / "long.mp4", GREY.replace("d=3", "d=300"), *SMALL)
    ray = ("--shards", "4", "--ray", "local", "--ray-option", "num_cpus=2")
    with avio(*words(video, model, tmp_path / "out.jsonl", *ray)) as process:
        left = begun_below(process.pid)
        assert left, process.log.lines
        os.kill(process.pid, signal.SIGINT)
        assert end_of(process) == 130
        assert "interrupted" in process.log.lines[-1]
    wait_for(lambda: not any(map(is_running, left)))


def test_a_node_that_would_find_something_else_says_so(
    video: Path, model: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = MediaSource.probe(bundled_ffmpeg, parse_url(video))
    job = TrackJob(source=source, detector=DetectorOptions(model=str(model)))
    task = ShardTask(job, "", (Segment(0, 0, job.start, None),), False)
    facts = ray_segments._facts(source, "")
    for name in facts:
        found = detect_on_node(task, 0, {**facts, name: "another"})
        assert f"another {name}" in str(found)
    said = "ffmpeg version 4.4 Copyright (c) 2021"
    with monkeypatch.context() as here:
        here.setattr(ray_segments, "version_text", lambda ffmpeg: said)
        older = ray_segments._facts(source, "")
    assert str(detect_on_node(task, 0, older)).endswith(", and not 4.4")
    monkeypatch.setattr(ray_segments, "_refuse_other", lambda found, asked: None)
    found = detect_on_node(task, 0, facts)
    assert not isinstance(found, AvioError)
    assert found[0].startswith(b"{")
    assert found[1] == ()  # the detector has nothing to warn of

    video.unlink()
    assert "is not there on a node" in str(detect_on_node(task, 0, facts))


def test_a_cluster_needs_segments(
    video: Path, capsys: pytest.CaptureFixture[str], bundled_ffmpeg: FFmpeg
) -> None:
    assert run(["track", str(video), "--ray", "local"]) == 2
    assert "--ray needs --shards" in capsys.readouterr().err
    assert run(["track", str(video), "--shards", "2", "--cpus", "2"]) == 2
    assert "--cpus would be ignored" in capsys.readouterr().err
    with pytest.raises(UsageError, match="cpus would be ignored"):
        track(video, records="-", shards=2, cpus=2)


def test_without_ray_the_error_says_how_to_install_it(
    video: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec("ray") is not None:
        pytest.skip("Ray is installed here")
    records = tmp_path / "out.jsonl"
    given = words(video, model, records, "--shards", "2", "--ray", "local")

    assert run(given) == 1

    assert "pip install 'avio-cli[ray]'" in capsys.readouterr().err
    assert not records.exists()
