"""Runs that ended early and go on: the same records as without the interruption."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.jobs.track import checkpoint
from tests.clips import VARIABLE, make_clip
from tests.reference import timeline

EXTENSIONS = ("jsonl", "csv", "txt", "json")
FRAMES = 25
BOXES = "".join(
    f"{frame},-1,{20 + 2 * frame},20,30,40,0.9,-1,-1,-1\n"
    f"{frame},-1,{100 - frame},30,24,36,0.{5 + frame % 4},-1,-1,-1\n"
    for frame in range(1, FRAMES + 1)
    if frame % 7
)
"""Two objects that pass each other, missed in every seventh frame."""
FAILING = """
def fail(frame):
    if frame.index == {index}:
        raise RuntimeError("stop here")
"""


@pytest.fixture(autouse=True)
def checkpoint_each_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "PERIOD", 0)


@pytest.fixture
def found(tmp_path: Path) -> Path:
    file = tmp_path / "det.txt"
    file.write_text(BOXES)
    return file


@pytest.fixture
def clip(tmp_path: Path, ffmpeg: FFmpeg) -> Path:
    return make_clip(tmp_path / "in.mp4", ticks=VARIABLE, audios=1).path


def track(clip: Path, found: Path, folder: Path, *options: str) -> int:
    folder.mkdir(exist_ok=True)
    words = ["track", str(clip), "--detections", str(found), "--stride", "2"]
    for extension in EXTENSIONS:
        words += ["--records", str(folder / f"tracks.{extension}")]
    words += ["--save-detections", str(folder / "saved.det")]
    words += ["--line", "middle=70,0,70,200", "--quiet", *options]
    return run(words)


def contents(folder: Path) -> dict[str, bytes]:
    names = [*(f"tracks.{extension}" for extension in EXTENSIONS), "saved.det"]
    return {name: (folder / name).read_bytes() for name in names}


def interrupt(clip: Path, found: Path, folder: Path, index: int) -> None:
    callback = folder.parent / "failing.py"
    callback.write_text(FAILING.format(index=index))
    assert track(clip, found, folder, "--callback", f"{callback}:fail") == 1


@pytest.mark.parametrize("index", [0, 1, 10, 23])
def test_a_resumed_run_leaves_the_records_of_an_uninterrupted_one(
    index: int, clip: Path, found: Path, tmp_path: Path
) -> None:
    assert track(clip, found, tmp_path / "whole") == 0
    interrupt(clip, found, tmp_path / "part", index)

    status = track(clip, found, tmp_path / "part", "--resume")

    assert status == 0
    assert contents(tmp_path / "part") == contents(tmp_path / "whole")
    assert not list((tmp_path / "part").glob(".*"))


def test_the_annotated_video_of_a_resumed_run_is_whole(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    interrupt(clip, found, tmp_path / "part", 10)
    output = tmp_path / "out.mp4"

    status = track(clip, found, tmp_path / "part", "--resume", "-o", str(output))

    assert status == 0
    assert timeline(output).relative == timeline(clip).relative


def test_a_killed_run_can_be_resumed(clip: Path, found: Path, tmp_path: Path) -> None:
    assert track(clip, found, tmp_path / "whole") == 0
    folder, callback = tmp_path / "part", tmp_path / "slow.py"
    folder.mkdir()
    callback.write_text("import time\ndef slow(frame): time.sleep(0.1)\n")
    words = ["track", str(clip), "--detections", str(found), "--stride", "2"]
    words += ["--line", "middle=70,0,70,200", "--callback", f"{callback}:slow"]
    words += ["--save-detections", str(folder / "saved.det")]
    for extension in EXTENSIONS:
        words += ["--records", str(folder / f"tracks.{extension}")]
    kill_after_lines(words, folder / "tracks.jsonl", 5)

    assert track(clip, found, folder, "--resume") == 0
    assert contents(folder) == contents(tmp_path / "whole")


def kill_after_lines(words: Sequence[str], file: Path, count: int) -> None:
    program = (
        "from avio_cli.jobs.track import checkpoint; checkpoint.PERIOD = 0\n"
        f"from avio_cli.cli.main import run; run({list(words)!r})"
    )
    with Process([sys.executable, "-c", program]) as child:
        while not file.exists() or file.read_bytes().count(b"\n") < count:
            assert not child.ends_within(0.05)
        os.killpg(child.pid, signal.SIGKILL)
        assert child.ends_within(60)


def test_a_finished_run_is_left_as_it_is(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track(clip, found, tmp_path / "whole")
    before = contents(tmp_path / "whole")

    status = track(clip, found, tmp_path / "whole", "--resume")

    assert status == 0
    assert "complete" in capsys.readouterr().err
    assert contents(tmp_path / "whole") == before


def test_resuming_with_other_options_is_refused_and_changes_nothing(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupt(clip, found, tmp_path / "part", 10)
    before = contents(tmp_path / "part")

    status = track(
        clip, found, tmp_path / "part", "--resume", "--tracker-option", "low_thresh=0.2"
    )

    assert status == 2
    assert "--tracker-option was not given" in capsys.readouterr().err
    assert contents(tmp_path / "part") == before


def test_a_damaged_checkpoint_is_named(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupt(clip, found, tmp_path / "part", 10)
    (kept,) = (tmp_path / "part").glob(".*.resume")
    kept.write_text("{")

    status = track(clip, found, tmp_path / "part", "--resume")

    assert status == 1
    assert kept.name in capsys.readouterr().err


def test_motion_is_tracked_from_the_start_again(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = tmp_path / "failing.py"
    callback.write_text(FAILING.format(index=10))
    words = ["track", str(clip), "--model", "motion", "--records"]
    run([*words, str(tmp_path / "whole.jsonl")])
    part = str(tmp_path / "part.jsonl")
    run([*words, part, "--callback", f"{callback}:fail"])

    status = run([*words, part, "--resume"])

    assert status == 0
    assert "from its start" in capsys.readouterr().err
    assert Path(part).read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
