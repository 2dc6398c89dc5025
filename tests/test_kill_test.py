"""scripts/kill-test: it finds nothing, and would find what it looks for."""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run
from tests.conftest import REPOSITORY

SCRIPT = REPOSITORY / "scripts" / "kill-test"
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="it looks into /proc"
)


@pytest.fixture(scope="module")
def script() -> Any:
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader = SourceFileLoader("kill_test", str(SCRIPT))
    spec = spec_from_loader("kill_test", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["kill_test"] = module  # dataclasses look there
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    return tmp_path / "results"


@pytest.mark.slow
def test_kills_leave_nothing_and_runs_go_on_alike() -> None:
    only = [
        word
        for name in ("transcode", "track-video", "play-record")
        for word in ("--only", name)
    ]
    done = run([sys.executable, SCRIPT, "--seconds", "15", "--jobs", "2", *only])
    said = done.stdout.decode()
    assert done.status == 0, said
    assert " 0 rounds failed" in said


def test_a_half_written_result_is_found(script: Any, folder: Path) -> None:
    normal = script.Undisturbed({"out.mp4": b"whole", "t.txt": b"1\n2\n"})
    records = script.Task("track", (), may_be_partial=("t.txt",))
    (folder / "t.txt").write_bytes(b"1\n2")
    assert not script.check_left(records, folder, normal, "KILL")
    (folder / "t.txt").write_bytes(b"1\n3\n")
    with pytest.raises(script.Failure, match=r"t\.txt does not begin"):
        script.check_left(records, folder, normal, "KILL")
    (folder / "out.mp4").write_bytes(b"who")
    with pytest.raises(script.Failure, match="half-written: 3 bytes"):
        script.check_left(script.Task("transcode", ()), folder, normal, "INT")


def test_what_is_left_at_the_end_is_found(script: Any, folder: Path) -> None:
    normal = script.Undisturbed({"out.mp4": b"whole"})
    (folder / "out.mp4").write_bytes(b"whole")
    script.check_end(folder, normal)
    (folder / ".out.mp4.avio-1").touch()
    with pytest.raises(script.Failure, match=r"\.out\.mp4\.avio-1"):
        script.check_end(folder, normal)


def test_a_wrong_end_is_found(script: Any) -> None:
    for status, name in ((130, "HUP"), (0, "INT"), (-9, "KILL"), (0, "")):
        script.check_status(status, name, "")
    for status, name, log in ((1, "INT", ""), (130, "", ""), (130, "INT", "Traceback")):
        with pytest.raises(script.Failure):
            script.check_status(status, name, log)


def test_a_process_that_lives_on_is_found_and_ended(
    script: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "ALIVE_SECONDS", 0.1)
    waiting = [sys.executable, "-c", "print(flush=True); input()"]
    environment = {script.MARKER: folder.parent.name}
    with Process(waiting, stdin="pipe", stdout=True, environment=environment) as child:
        child.stdout.read(1)
        with pytest.raises(script.Failure, match="alive after"):
            script.expect_nothing_alive(folder)
        assert child.ends_within(60)
        assert child.was_killed
