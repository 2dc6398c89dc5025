"""Records, counts and restarts of runs whose tracks are voted on, held and renamed."""

import json
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.records.reader import read_tracks
from tests.clips import VARIABLE
from tests.jobs.track.passing import FAILING, FRAMES, contents

pytestmark = pytest.mark.usefixtures("checkpoint_each_frame")

RESULTS = ["--class-vote", "--min-length", "4", "--compact-ids"]
NAMES = ("tracks.jsonl", "tracks.csv", "tracks.txt")
LEFT = {4, 5, 6}
"""Frames of an object that is gone before it is four frames old."""


@pytest.fixture
def found(tmp_path: Path) -> Path:
    """A short-lived object, then one whose class is wrong in one frame."""
    rows = [f"{n},-1,5,5,20,20,0.9,1\n" for n in sorted(LEFT)]
    rows += [
        f"{n},-1,{20 + 2 * n},20,30,40,0.9,{3 if n == 12 else 2}\n"
        for n in range(6, FRAMES + 1)
    ]
    file = tmp_path / "det.txt"
    file.write_text("".join(sorted(rows, key=lambda row: int(row.split(",")[0]))))
    return file


def words_for(clip: Path, found: Path, folder: Path, *options: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    words = ["track", str(clip), "--detections", str(found), "--quiet"]
    for name in NAMES:
        words += ["--records", str(folder / name)]
    return [*words, *RESULTS, "--line", "gate=60,0,60,200", *options]


def rows_of(records: Path) -> list[tuple[int, int, int]]:
    """Frame, id and class of each row."""
    return [
        (entry.number, id_, kind)
        for entry in read_tracks(records, [*map(str, range(9))]).entries
        for id_, kind in zip(
            entry.tracks.ids.tolist(), entry.tracks.classes.tolist(), strict=True
        )
    ]


@pytest.mark.parametrize("late", [[], ["--lag", "3"], ["--refine", "fast"]])
@pytest.mark.sampled(3)
def test_short_tracks_are_left_out_and_classes_and_ids_are_steady(
    late: list[str], clip: Path, found: Path, tmp_path: Path
) -> None:
    assert run(words_for(clip, found, tmp_path / "r", *late)) == 0
    records = tmp_path / "r" / "tracks.jsonl"
    entries = read_tracks(records).entries
    assert [entry.number for entry in entries] == list(range(1, len(VARIABLE) + 1))
    rows = rows_of(records)
    assert {(id_, kind) for _, id_, kind in rows} == {(1, 2)}
    numbers = [number for number, _, _ in rows]
    assert numbers == list(range(numbers[0], FRAMES + 1))
    events = [
        event
        for line in records.read_text().splitlines()
        for event in json.loads(line).get("events", [])
    ]
    assert [(event["id"], event["class"]) for event in events] == [(1, "2")]


@pytest.mark.parametrize("index", [5, 24])
@pytest.mark.parametrize("late", [[], ["--lag", "3"]])
@pytest.mark.sampled(4)
def test_resumed_it_leaves_the_same_bytes(
    index: int, late: list[str], clip: Path, found: Path, tmp_path: Path
) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    assert run(words_for(clip, found, whole, *late)) == 0
    callback = tmp_path / "failing.py"
    callback.write_text(FAILING.format(index=index))
    failing = ["--callback", f"{callback}:fail", *late]
    assert run(words_for(clip, found, part, *failing)) == 1
    assert run(words_for(clip, found, part, *late, "--resume")) == 0
    assert contents(part, NAMES) == contents(whole, NAMES)


def test_a_run_with_other_results_is_not_continued(
    clip: Path,
    found: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(words_for(clip, found, tmp_path)) == 0
    words = words_for(clip, found, tmp_path, "--min-length", "5", "--resume")
    assert run(words) == 2
    assert "--min-length was 4, now it is 5" in capsys.readouterr().err


@pytest.mark.parametrize("late", [{}, {"lag": 3}, {"refine": "best"}])
def test_a_file_of_detections_and_python_give_the_same_tracks(
    late: dict[str, object], clip: Path, found: Path, tmp_path: Path
) -> None:
    options = {"class_vote": True, "min_length": 4, "compact_ids": True, **late}
    records = tmp_path / "tracks.jsonl"
    summary = api.track(None, detections=found, records=records, **options)
    assert summary.track_ids == 1
    # A refined track has five detections in any case.
    assert f"{5 if 'refine' in late else 4} frames long at least" in summary.tracker
    with api.track(clip, detections=found, **options) as tracking:  # type: ignore[call-overload]
        given = [
            (frame.index + 1, id_, kind)
            for frame in tracking
            for id_, kind in zip(
                frame.ids.tolist(), frame.classes.tolist(), strict=True
            )
        ]
    assert given == rows_of(records)
    assert {row[1:] for row in given} == {(1, 2)}


def test_where_no_track_is_long_enough_that_is_said(
    found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = tmp_path / "tracks.jsonl"
    words = ["track", "--detections", str(found), "--records", str(records)]
    assert run([*words, "--min-length", "30"]) == 0
    assert "none is as long as --min-length asks" in capsys.readouterr().err
    assert rows_of(records) == []


@pytest.mark.parametrize(
    ("name", "start", "said"),
    [
        ("a.xml", "0.2", True),
        ("a.xml", "0", False),
        ("a.txt", "0.2", True),
        ("a.txt", "0", False),
        ("a.jsonl", "0.2", False),
        ("a.csv", "0.2", False),
    ],
)
def test_files_without_times_count_frames_that_a_start_leaves_out(
    name: str,
    start: str,
    said: bool,
    clip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    records = str(tmp_path / name)
    words = ["track", str(clip), "--model", "motion", "--start", start]
    assert run([*words, "--records", records]) == 0
    warned = f"{records} counts frames from --start on" in capsys.readouterr().err
    assert warned == said


@pytest.mark.parametrize("options", [["--start", "0.2"], []])
def test_saved_detections_count_frames_from_the_start_on(
    options: list[str], clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = str(tmp_path / "saved.txt")
    words = ["track", str(clip), "--model", "motion", "--save-detections", saved]
    assert run([*words, *options]) == 0
    warned = f"{saved} counts frames from --start on" in capsys.readouterr().err
    assert warned == bool(options)
