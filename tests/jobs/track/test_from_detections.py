"""A file of detections in place of a model: what can be asked of it, and what not."""

import json
from pathlib import Path
from typing import Any

import pytest

import avio_cli as avio
from avio_cli.cli.main import run
from tests.clips import make_clip

WALK = "".join(
    f"{frame},-1,{20 + 4 * frame},20,30,40,0.9,0\n"
    f"{frame},-1,{300 - 4 * frame},120,30,40,{0.75 if frame % 2 else 0.8},2\n"
    for frame in range(1, 51)
)
"""Two objects, of class 0 to the right and of class 2 to the left."""
GATE = "gate=160,0,160,240"


@pytest.fixture
def found(tmp_path: Path) -> Path:
    file = tmp_path / "det.txt"
    file.write_text(WALK)
    return file


def figures(found: Path, *words: str, source: str = "") -> dict[str, Any]:
    """The statistics of a run with these options."""
    stats = found.with_name("stats.json")
    given = [source] if source else []
    command = ["track", *given, "--detections", str(found), "--stats", str(stats)]
    assert run([*command, "-y", "--quiet", *words]) == 0
    figures: dict[str, Any] = json.loads(stats.read_text())
    return figures


@pytest.mark.parametrize(
    ("words", "detections", "ids"),
    [
        ("", 100, 2),
        ("--classes 2", 50, 1),
        ("--classes 0,2", 100, 2),
        ("--classes 7", 0, 0),
        ("--conf 0.8", 75, 1),
        ("--conf 0.85", 50, 1),
        ("--stride 2", 100, 2),
    ],
)
def test_detections_are_chosen_without_a_video(
    found: Path, words: str, detections: int, ids: int
) -> None:
    made = figures(found, *words.split())
    assert (made["detections"], made["identities"]) == (detections, ids)
    assert made["frames"] == 50


def test_a_video_makes_no_difference_to_them(found: Path, tmp_path: Path) -> None:
    clip = str(make_clip(tmp_path / "a.mp4", frames=50).path)
    words = ("--classes", "2", "--conf", "0.8", "--line", GATE)
    alone, shown = figures(found, *words), figures(found, *words, source=clip)
    for key in ("frames", "detections", "identities", "counts"):
        assert alone[key] == shown[key]
    assert alone["detections"] == 25


def test_lines_and_zones_count_without_a_video(
    found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = tmp_path / "t.jsonl"
    zone = "yard=100,0,220,0,220,240,100,240:class=0"
    command = ["track", "--detections", str(found), "--line", GATE, "--zone", zone]
    assert run([*command, "--records", str(records)]) == 0
    shown = capsys.readouterr().err
    assert "gate: 1 in, 1 out (2: 1 in, 0 out; 0: 0 in, 1 out)" in shown
    assert "yard: 1 in, 1 out" in shown
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    events = [event for line in lines for event in line.get("events", ())]
    assert sorted((e["name"], e["class"]) for e in events) == [
        ("gate", "0"),
        ("gate", "2"),
        ("yard", "0"),
        ("yard", "0"),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--classes person", "no class 'person': it has numbers"),
        ("--line g=9,9,9,99:class=person", "called 'person'"),
        ("--stats det.txt", "det.txt"),
    ],
)
def test_a_wrong_choice_is_one_error(
    found: Path,
    words: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(found.parent)
    assert run(["track", "--detections", "det.txt", "-y", *words.split()]) in (1, 2)
    assert says in capsys.readouterr().err
    assert found.read_text() == WALK


def test_a_start_would_shift_the_file(found: Path, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=50).path
    with pytest.raises(avio.UsageError, match="start would shift detections"):
        avio.track(clip, detections=found, start=0.4)
    ended = list(avio.track(clip, detections=found, end=0.4))
    assert len(ended) == 10


def test_python_has_the_same_choices(found: Path) -> None:
    summary = avio.track(
        None,
        detections=found,
        classes=["2"],
        conf=0.7,
        lines={"gate": "160,0,160,240:margin=3", "end": (9, 0, 9, 240)},
    )
    assert isinstance(summary, avio.TrackSummary)
    assert summary.detections == 50
    assert [count.entered for count in summary.counts] == [1, 0]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"model": "motion", "nms": 0.3}, "model, nms would be ignored"),
        ({"end": 3, "hwaccel": "auto"}, "end, hwaccel would be ignored"),
        ({"display": True}, "display would be ignored"),
    ],
)
def test_python_refuses_what_it_would_ignore(
    found: Path, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(avio.UsageError, match=named):
        avio.track(None, detections=found, **options)


def test_python_refuses_a_model_beside_a_file(found: Path, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=2).path
    with pytest.raises(avio.UsageError, match="model would be ignored: detections"):
        avio.track(clip, detections=found, model="yolox-nano")


def test_a_class_that_no_detection_has_is_named(
    found: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--line", f"{GATE}:class=7,2", "--classes", "2,7"]
    assert run(["track", "--detections", str(found), *words]) == 0
    assert "no detection is of class 7: they are of 0, 2" in capsys.readouterr().err


@pytest.mark.parametrize("with_video", [False, True])
def test_a_line_that_counts_what_is_left_out_is_refused(
    found: Path, with_video: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(found.with_name("a.mp4"), frames=2).path
    source = [str(clip)] if with_video else []
    words = ["--detections", str(found), "--classes", "2", "--line", f"{GATE}:class=0"]
    assert run(["track", *source, *words]) == 2
    said = capsys.readouterr().err
    assert "line 'gate' counts class '0', which --classes leaves out" in said
    assert "--classes 2,0" in said


@pytest.mark.parametrize("rate", ["abc", "1/0", "0"])
@pytest.mark.parametrize("late", [[], ["--lag", "2"], ["--refine", "fast"]])
@pytest.mark.sampled(5)
def test_a_rate_that_is_none_is_one_error(
    rate: str, late: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "det.txt"
    file.write_text("1,-1,10,10,20,20,0.9\n")
    words = ["track", "--detections", str(file), "--tracker-option"]
    assert run([*words, f"frame_rate={rate}", *late]) == 2
    assert "frame_rate must be" in capsys.readouterr().err
