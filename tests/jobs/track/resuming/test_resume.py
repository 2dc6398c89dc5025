"""Runs that ended early and go on: the same records as without the interruption."""

import json
import math
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.errors import InputError
from avio_cli.ffmpeg.process.process import Process
from avio_cli.jobs.track.resuming.checkpoint import (
    Checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from avio_cli.jobs.track.resuming.run_files import only_writer
from avio_cli.records.formats import plan_records
from avio_cli.records.marks import mark_of
from avio_cli.records.reader import read_tracks
from tests.jobs.track.passing import FAILING, contents, passing
from tests.reference import timeline

ZONE = ("--zone", "left=0,0,70,0,70,200,0,200")
EXTENSIONS = ("jsonl", "csv", "txt", "json")
BOXES = passing((7, 14, 21), 5)
"""Two objects that pass each other, missed in every seventh frame."""


pytestmark = pytest.mark.usefixtures("checkpoint_each_frame")


@pytest.fixture
def found(tmp_path: Path) -> Path:
    file = tmp_path / "det.txt"
    file.write_text(BOXES)
    return file


def track(clip: Path, found: Path, folder: Path, *options: str) -> int:
    folder.mkdir(exist_ok=True)
    words = ["track", str(clip), "--detections", str(found), "--stride", "2"]
    for extension in EXTENSIONS:
        words += ["--records", str(folder / f"tracks.{extension}")]
    words += ["--save-detections", str(folder / "saved.det")]
    words += ["--line", "middle=70,0,70,200", *ZONE, "--quiet", *options]
    return run(words)


def interrupt(clip: Path, found: Path, folder: Path, index: int) -> None:
    callback = folder.parent / "failing.py"
    callback.write_text(FAILING.format(index=index))
    assert track(clip, found, folder, "--callback", f"{callback}:fail") == 1


@pytest.mark.parametrize("index", [0, 1, 10, 23])
@pytest.mark.sampled(4)
def test_a_resumed_run_leaves_the_records_of_an_uninterrupted_one(
    index: int, clip: Path, found: Path, tmp_path: Path
) -> None:
    assert track(clip, found, tmp_path / "whole") == 0
    interrupt(clip, found, tmp_path / "part", index)

    status = track(clip, found, tmp_path / "part", "--resume")

    assert status == 0
    assert contents(tmp_path / "part") == contents(tmp_path / "whole")
    assert [p.name for p in (tmp_path / "part").glob(".*")] == [".tracks.csv.resume"]


def test_the_annotated_video_of_a_resumed_run_is_whole(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    interrupt(clip, found, tmp_path / "part", 10)
    output = tmp_path / "out.mp4"

    status = track(clip, found, tmp_path / "part", "--resume", "-o", str(output))

    assert status == 0
    assert timeline(output).relative == timeline(clip).relative


def test_mot_rows_with_classes_are_continued_and_drawn(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    callback, files = tmp_path / "failing.py", (tmp_path / "a.txt", tmp_path / "b.txt")
    callback.write_text(FAILING.format(index=10))
    words = ["track", str(clip), "--detections", str(found)]
    words += ["--records-format", "mot-classes", "--records"]
    whole, part = ([*words, str(file)] for file in files)
    assert run(whole) == 0
    assert run([*part, "--callback", f"{callback}:fail"]) == 1

    output = tmp_path / "out.mp4"
    assert run([*part, "--resume", "-o", str(output)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert "tracked again" not in capsys.readouterr().err
    assert timeline(output).relative == timeline(clip).relative


def test_formats_that_are_made_at_the_end_are_the_same_after_a_failure(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    callback, names = tmp_path / "failing.py", ("tracks.xml", "tracks.zip")
    callback.write_text(FAILING.format(index=10))
    words = ["track", str(clip), "--detections", str(found)]
    for folder in ("whole", "part"):
        (tmp_path / folder).mkdir()
    whole, part = (
        [*words, *(w for n in names for w in ("--records", str(tmp_path / folder / n)))]
        for folder in ("whole", "part")
    )
    assert run(whole) == 0
    assert run([*part, "--callback", f"{callback}:fail"]) == 1
    left = read_tracks(tmp_path / "part" / "tracks.xml")
    assert [entry.number for entry in left.entries][-1] in (10, 11)

    assert run([*part, "--resume"]) == 0
    assert contents(tmp_path / "part", names) == contents(tmp_path / "whole", names)
    hidden = {path.name for path in (tmp_path / "part").glob(".*")}
    assert hidden == {".tracks.xml.resume"}
    assert run([*part, "--resume", "-o", str(tmp_path / "out.mp4")]) == 0


def test_a_killed_run_can_be_resumed(clip: Path, found: Path, tmp_path: Path) -> None:
    assert track(clip, found, tmp_path / "whole") == 0
    folder, callback = tmp_path / "part", tmp_path / "slow.py"
    folder.mkdir()
    callback.write_text("import time\ndef slow(frame): time.sleep(0.1)\n")
    words = ["track", str(clip), "--detections", str(found), "--stride", "2"]
    words += ["--line", "middle=70,0,70,200", *ZONE]
    words += ["--callback", f"{callback}:slow"]
    words += ["--save-detections", str(folder / "saved.det")]
    for extension in EXTENSIONS:
        words += ["--records", str(folder / f"tracks.{extension}")]
    kill_after_lines(words, folder / "tracks.jsonl", 5)

    assert track(clip, found, folder, "--resume") == 0
    assert contents(folder) == contents(tmp_path / "whole")


def kill_after_lines(words: Sequence[str], file: Path, count: int) -> None:
    program = (
        "from avio_cli.jobs.track.resuming import checkpoint; checkpoint.PERIOD = 0\n"
        f"from avio_cli.cli.main import run; run({list(words)!r})"
    )
    with Process([sys.executable, "-c", program]) as child:
        while not file.exists() or file.read_bytes().count(b"\n") < count:
            assert not child.ends_within(0.05)
        os.killpg(child.pid, signal.SIGKILL)
        assert child.ends_within(60)


@pytest.mark.slow
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


HOSTILE = {
    "torn": b"{",
    "binary": bytes(range(256)),
    "nested": b"[" * 100_000,
    "list": b"[]",
    "infinite": b'{"version": 2, "digest": "", "state": Infinity}',
    "digits": b'{"version": 2, "digest": "", "state": ' + b"9" * 5000 + b"}",
    "empty": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_checkpoint_is_one_error(content: bytes, tmp_path: Path) -> None:
    (kept := tmp_path / ".tracks.csv.resume").write_bytes(content)
    with pytest.raises(InputError, match=re.escape(kept.name)) as caught:
        read_checkpoint(kept)
    assert caught.value.exit_status == 1
    assert "-y" in caught.value.hint


WRONG = {
    "frames": [math.inf, 1e20, -1, "7", None, [], 2**70, True],
    "pts": [math.nan, 1.5, {}],
    "ids": [7, ["a"], [1e20], [[]]],
    "files": [[], {"t.csv": 3}, {"t.csv": [["a", "b"]]}, {"t.csv": [[-1, ""]]}],
    "asked": [3, {"--stride": 1}],
    "output": [[3], [[1e20, ""]]],
    "tracker": [[], 3],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]]
)
@pytest.mark.parametrize("signed", [False, True])
def test_a_checkpoint_with_a_wrong_value_is_one_error(
    name: str, value: object, signed: bool, tmp_path: Path
) -> None:
    path = tmp_path / ".t.csv.resume"
    stored = Checkpoint({}, 1, 0, 0, [1], {}, {}, {"t.csv": [mark_of(Path(__file__))]})
    if signed:
        write_checkpoint(path, replace(stored, **{name: value}))  # type: ignore[arg-type]  # wrong on purpose
    else:
        write_checkpoint(path, stored)
        content = json.loads(path.read_text())
        content["state"][name] = value
        path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="cannot resume from"):
        read_checkpoint(path)


def test_a_checkpoint_that_is_no_file_is_not_opened(tmp_path: Path) -> None:
    stored = Checkpoint({}, 1, 0, 0, [], {}, {}, {})
    write_checkpoint(tmp_path / "real", stored)
    (tmp_path / "link").symlink_to("real")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    assert read_checkpoint(tmp_path / "real").frames == 1
    for name in ("link", "fifo", "folder"):
        with pytest.raises(InputError, match=name):
            read_checkpoint(tmp_path / name)


def cut(folder: Path) -> None:
    file = folder / "tracks.txt"
    file.write_bytes(file.read_bytes()[:-400])


def empty(folder: Path) -> None:
    (folder / "tracks.json").write_bytes(b"")


def alter(folder: Path) -> None:
    file = folder / "tracks.csv"
    file.write_bytes(file.read_bytes().replace(b"0", b"1"))


def lose(folder: Path) -> None:
    (folder / "saved.det").unlink()


def lose_checkpoint(folder: Path) -> None:
    (folder / ".tracks.csv.resume").unlink()


@pytest.mark.parametrize("harm", [cut, empty, alter, lose, lose_checkpoint])
@pytest.mark.parametrize("stopped", [None, 23])
@pytest.mark.sampled(4)
def test_records_that_are_not_as_their_run_left_them_are_refused_and_kept(
    harm: Callable[[Path], None],
    stopped: int | None,
    clip: Path,
    found: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "part"
    if stopped is None:
        assert track(clip, found, folder) == 0
    else:
        interrupt(clip, found, folder, stopped)
    harm(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}

    status = track(clip, found, folder, "--resume")

    said = capsys.readouterr().err
    assert status == 1, said
    assert "avio: error: cannot resume: " in said
    assert "hint: start again with -y" in said
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert track(clip, found, folder, "--resume", "-y") == 0
    assert track(clip, found, tmp_path / "whole") == 0
    assert contents(folder) == contents(tmp_path / "whole")


def test_complete_records_are_of_one_video_and_its_options(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "whole"
    assert track(clip, found, folder) == 0
    assert track(clip, found, folder, "--resume", "--end", "0.5") == 2
    assert "--end was not given" in capsys.readouterr().err
    content = bytearray(clip.read_bytes())
    content[len(content) // 2] ^= 1
    clip.write_bytes(content)
    assert track(clip, found, folder, "--resume") == 2
    assert "INPUT was" in capsys.readouterr().err


@pytest.mark.slow
def test_an_annotated_video_is_made_of_complete_records_and_made_once(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, output = tmp_path / "whole", tmp_path / "out.mp4"
    assert track(clip, found, folder) == 0
    before = contents(folder)

    for _ in range(2):
        assert track(clip, found, folder, "--resume", "-o", str(output)) == 0
    assert "complete" in capsys.readouterr().err
    assert timeline(output).relative == timeline(clip).relative
    assert contents(folder) == before

    again = ("--resume", "-o", str(output))
    assert track(clip, found, folder, *again, "--draw", "boxes") == 1
    assert "out.mp4 exists" in capsys.readouterr().err
    output.write_bytes(b"another")
    assert track(clip, found, folder, "--resume", "-o", str(output)) == 1
    assert "out.mp4 exists" in capsys.readouterr().err


def test_classes_of_any_number_are_drawn_alike_from_records(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    rows = (line.rsplit(",", 4)[0] for line in BOXES.splitlines())
    found.write_text("".join(f"{row},0.9,5000\n" for row in rows))
    whole, drawn = tmp_path / "whole.mp4", tmp_path / "drawn.mp4"
    assert track(clip, found, tmp_path / "a", "-o", str(whole)) == 0
    classes = read_tracks(tmp_path / "a" / "tracks.jsonl").class_names
    assert classes == ("5000",)

    assert track(clip, found, tmp_path / "a", "--resume", "-o", str(drawn)) == 0

    assert drawn.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("shared", [EXTENSIONS, EXTENSIONS[:1], EXTENSIONS[-1:]])
def test_two_runs_never_write_the_same_records(
    clip: Path,
    found: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    shared: Sequence[str],
) -> None:
    folder = tmp_path / "part"
    folder.mkdir()
    with only_writer(plan_records([str(folder / f"tracks.{e}") for e in shared])):
        assert track(clip, found, folder, "--resume") == 1
    assert "another avio is writing" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_what_killed_runs_left_is_removed(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "part"
    folder.mkdir()
    for name in ("tracks.json.0123abcd", "tracks.csv.resume.0123abcd"):
        (folder / f".{name}.new").write_text("left")
    assert track(clip, found, folder) == 0
    assert [p.name for p in folder.glob(".*")] == [".tracks.csv.resume"]


@pytest.mark.slow
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
