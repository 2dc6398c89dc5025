"""Refined runs: two passes, and everything after them by the refined tracks."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.cli.main import run
from avio_cli.detections import Detections
from avio_cli.errors import InputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.jobs.track import refinement
from avio_cli.jobs.track.kept_detections import KeptDetections
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.jobs.track.trackers.refined import RefinedTracker
from avio_cli.records.reader import read_tracks
from tests.clips import make_clip
from tests.jobs.track.passing import FAILING, FRAMES, NAMES, contents, passing
from tests.reference import timeline
from tests.vision.scenes import person

BOXES = passing((9, 10, 11), 6)
"""Two objects that pass each other, both missed in three frames."""


pytestmark = pytest.mark.usefixtures("checkpoint_each_frame")


@pytest.fixture
def found(tmp_path: Path) -> Path:
    file = tmp_path / "det.txt"
    file.write_text(BOXES)
    return file


def words_for(clip: Path, found: Path, folder: Path, *options: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    words = ["track", str(clip), "--detections", str(found), "--refine", "fast"]
    for name in NAMES[:-1]:
        words += ["--records", str(folder / name)]
    words += ["--save-detections", str(folder / NAMES[-1])]
    return [*words, "--line", "middle=70,0,70,200", "--quiet", *options]


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".*"))


def test_missed_frames_are_filled_and_all_files_agree(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    assert run(words_for(clip, found, tmp_path / "r")) == 0
    for name in NAMES[:-1]:
        recorded = read_tracks(tmp_path / "r" / name)
        for number in (1, 9, 10, 11, FRAMES):
            assert recorded.at(number).ids.tolist() == [1, 2], (name, number)
    assert hidden(tmp_path / "r") == [".tracks.csv.resume"]


def test_counts_are_those_of_the_refined_tracks(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    """Where the first one crosses the line, nobody detects it."""
    line = "edge=54.5,0,54.5,200"
    folder = tmp_path / "r"
    assert run(words_for(clip, found, folder, "--line", line)) == 0
    events = [
        row for row in (folder / "tracks.csv").read_text().splitlines() if "edge" in row
    ]
    assert [row.split(",")[0] for row in events] == ["11"]


def test_the_annotated_video_has_the_times_and_audio_of_the_source(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.mp4"
    status = run(words_for(clip, found, tmp_path / "r", "-o", str(output)))
    assert status == 0
    assert timeline(output).relative == timeline(clip).relative


@pytest.mark.slow
def test_callbacks_see_the_refined_tracks(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    callback = tmp_path / "seen.py"
    callback.write_text(
        "from pathlib import Path\n"
        f"file = Path({str(tmp_path / 'seen.txt')!r})\n"
        "def see(frame):\n"
        "    with file.open('a') as seen:\n"
        "        print(frame.index, len(frame.tracks), file=seen)\n"
    )
    words = words_for(clip, found, tmp_path / "r", "--callback", f"{callback}:see")
    assert run(words) == 0
    seen = (tmp_path / "seen.txt").read_text().splitlines()
    assert seen[:FRAMES] == [f"{index} 2" for index in range(FRAMES)]


@pytest.mark.parametrize("index", [0, 1, 10, 23])
@pytest.mark.sampled(4)
def test_resumed_in_the_second_pass_it_leaves_the_same_bytes(
    index: int, clip: Path, found: Path, tmp_path: Path
) -> None:
    assert run(words_for(clip, found, tmp_path / "whole")) == 0
    callback = tmp_path / "failing.py"
    callback.write_text(FAILING.format(index=index))
    part = tmp_path / "part"
    failing = words_for(clip, found, part, "--callback", f"{callback}:fail")
    assert run(failing) == 1
    assert ".tracks.csv.detections" in hidden(part)

    assert run(words_for(clip, found, part, "--resume")) == 0
    assert contents(part) == contents(tmp_path / "whole")
    assert hidden(part) == [".tracks.csv.resume"]


@pytest.mark.parametrize("index", [0, 7, 24])
@pytest.mark.sampled(3)
def test_resumed_in_the_first_pass_it_detects_only_the_rest(
    index: int,
    clip: Path,
    found: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(words_for(clip, found, tmp_path / "whole")) == 0
    part, append, seconds = tmp_path / "part", KeptDetections.append, []

    def stop(
        kept: KeptDetections, pts: int, time: float, new: Detections, *_: None
    ) -> None:
        if len(kept) == index:
            raise InputError("stop here")
        append(kept, pts, time, new)

    def count(
        kept: KeptDetections, pts: int, time: float, new: Detections, *_: None
    ) -> None:
        seconds.append(time)
        append(kept, pts, time, new)

    monkeypatch.setattr(KeptDetections, "append", stop)
    assert run(words_for(clip, found, part)) == 1
    monkeypatch.setattr(KeptDetections, "append", count)
    assert run(words_for(clip, found, part, "--resume")) == 0
    assert contents(part) == contents(tmp_path / "whole")
    frames = len((part / "tracks.jsonl").read_text().splitlines())
    assert len(seconds) == frames - index


@pytest.mark.slow
def test_a_run_killed_in_the_second_pass_can_be_resumed(
    clip: Path, found: Path, tmp_path: Path
) -> None:
    assert run(words_for(clip, found, tmp_path / "whole")) == 0
    part, callback = tmp_path / "part", tmp_path / "slow.py"
    callback.write_text("import time\ndef slow(frame): time.sleep(0.1)\n")
    words = words_for(clip, found, part, "--callback", f"{callback}:slow")
    kill_after_lines(words, part / "tracks.jsonl", 5)

    assert run(words_for(clip, found, part, "--resume")) == 0
    assert contents(part) == contents(tmp_path / "whole")


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
    run(words_for(clip, found, tmp_path / "whole"))
    before = contents(tmp_path / "whole")
    assert run(words_for(clip, found, tmp_path / "whole", "--resume")) == 0
    assert "complete" in capsys.readouterr().err
    assert contents(tmp_path / "whole") == before
    assert hidden(tmp_path / "whole") == [".tracks.csv.resume"]


@pytest.mark.slow
def test_resuming_without_refinement_is_refused(
    clip: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = words_for(clip, found, tmp_path / "r")
    assert run(words) == 0
    plain = [word for word in words if word not in ("--refine", "fast")]
    assert run([*plain, "--resume"]) == 2
    assert "--refine was fast, now it is not given" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--refine", "slow"], "--refine cannot be 'slow'"),
        (["--refine", "best", "--stride", "2"], "--stride"),
        (["--refine", "best", "--display"], "--display"),
    ],
)
def test_what_cannot_be_refined_is_refused_by_name(
    options: list[str],
    named: str,
    clip: Path,
    found: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    records = tmp_path / "tracks.jsonl"
    words = ["track", str(clip), "--detections", str(found), *options]
    assert run([*words, "--records", str(records)]) == 2
    assert named in capsys.readouterr().err
    assert not records.exists()


def test_a_source_that_cannot_be_read_twice_is_refused(
    clip: Path,
    found: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(MediaUrl, "can_reopen", property(lambda url: False))
    assert run(words_for(clip, found, tmp_path / "r")) == 2
    assert "cannot be read twice" in capsys.readouterr().err
    assert not any((tmp_path / "r").iterdir())


def test_a_file_of_detections_is_refined_without_a_video(
    found: Path, tmp_path: Path
) -> None:
    records = tmp_path / "tracks.txt"
    words = ["track", "--detections", str(found), "--records", str(records)]
    assert run([*words, "--refine", "best"]) == 0
    recorded = read_tracks(records)
    assert [recorded.at(n).ids.tolist() for n in range(1, 26)] == [[1, 2]] * 25
    assert run([*words, "--refine", "better", "-y"]) == 2


def test_an_input_that_changed_between_the_passes_is_one_error(
    clip: Path,
    found: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    detect_all: Callable[..., str] = refinement.detect_all

    def shortened(
        job: object, source: object, kept: KeptDetections, *more: object
    ) -> str:
        damage = detect_all(job, source, kept, *more)
        kept._offsets.pop()
        return damage

    monkeypatch.setattr(refinement, "detect_all", shortened)
    assert run(words_for(clip, found, tmp_path / "r")) == 1
    assert "changed while it was tracked" in capsys.readouterr().err


def test_kept_detections_are_read_as_they_were_written(tmp_path: Path) -> None:
    path, asked = tmp_path / "kept", {"INPUT": "a.mp4"}
    frames = [person(7.3), Detections(), person(1e6, score=0.123, kind=-1)]
    with KeptDetections(path, asked, resume=False) as kept:
        for index, found in enumerate(frames):
            kept.append(index - 1, index / 3, found)
        kept.finish()
    with KeptDetections(path, asked, resume=True) as again:
        assert again.complete
        assert len(again) == 3
        for index, found in enumerate(frames):
            pts, seconds, read, _ = again.at(index)
            assert (pts, seconds) == (index - 1, index / 3)
            assert np.array_equal(read.boxes, found.boxes)
            assert np.array_equal(read.scores, found.scores)
            assert np.array_equal(read.classes, found.classes)


@pytest.mark.parametrize("lost", range(1, 120, 7))
def test_what_a_kill_left_unfinished_is_dropped(lost: int, tmp_path: Path) -> None:
    path, asked = tmp_path / "kept", {"INPUT": "a.mp4"}
    with KeptDetections(path, asked, resume=False) as kept:
        for index in range(4):
            kept.append(index, index / 3, person(index))
        kept.finish()
    os.truncate(path, path.stat().st_size - lost)
    with KeptDetections(path, asked, resume=True) as again:
        assert not again.complete
        assert len(again) < 5
        again.append(9, 9.0, person(9))
        assert again.at(len(again) - 1).pts == 9


def test_damaged_bytes_end_what_is_kept(tmp_path: Path) -> None:
    path, asked = tmp_path / "kept", {"INPUT": "a.mp4"}
    with KeptDetections(path, asked, resume=False) as kept:
        for index in range(4):
            kept.append(index, index / 3, person(index))
        middle = kept._offsets[2] + 4
    content = bytearray(path.read_bytes())
    content[middle] ^= 1
    path.write_bytes(content)
    with KeptDetections(path, asked, resume=True) as again:
        assert len(again) == 2


def test_detections_of_another_run_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    with KeptDetections(path, {"--conf": "0.1"}, resume=False) as kept:
        kept.append(0, 0.0, person(0))
    with KeptDetections(path, {"--conf": "0.2"}, resume=True) as again:
        assert not len(again)


def test_a_damaged_state_is_one_error() -> None:
    tracker = RefinedTracker(TrackerOptions(refine="fast"), Fraction(30))
    for state in ({}, {"frames": "many"}, {"frames": None}):
        with pytest.raises(InputError, match="damaged"):
            tracker.restore(state)


def test_there_are_two_refinements() -> None:
    with pytest.raises(UsageError, match="'none'"):
        RefinedTracker(TrackerOptions(refine="none"), Fraction(30))


def test_a_pause_that_may_be_damage_is_said_once(
    found: Path,
    tmp_path: Path,
    bundled_ffmpeg: FFmpeg,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ticks = [number * 3600 + 180_000 * (number > 12) for number in range(FRAMES)]
    clip = make_clip(tmp_path / "pause.mkv", ticks=ticks).path
    words = ["track", str(clip), "--detections", str(found)]
    for options in ([], ["--refine", "fast"]):
        assert run([*words, *options]) == 0
        assert capsys.readouterr().err.count("may be damaged") == 1, options
