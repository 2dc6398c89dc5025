"""``avio track --report``: a run, and a page of it."""

import json
import re
from pathlib import Path

import pytest

import avio_cli as avio
from avio_cli.cli.main import run as avio_run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import Clip, make_clip


@pytest.fixture
def clip(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Clip:
    """With detections of one object beside it, that crosses a line."""
    monkeypatch.chdir(tmp_path)
    made = make_clip(tmp_path / "in.mp4")
    rows = (f"{n + 1},-1,{10 + 2 * n},20,40,50,0.9,0\n" for n in range(made.count))
    Path("found.txt").write_text("".join(rows))
    return made


def contents(page: str) -> dict[str, object]:
    """What a page has as JSON."""
    found = re.search('<script type="application/json" id="data">(.*?)</script>', page)
    assert found is not None
    parsed: dict[str, object] = json.loads(found[1])
    return parsed


def test_the_page_of_a_run_is_that_of_its_records(clip: Clip) -> None:
    words = "in.mp4 --detections found.txt --line gate=60,90,60,10 -q"
    given = [*words.split(), "--records", "t.jsonl", "--report", "run.html"]
    assert avio_run(["track", *given]) == 0
    made = ["t.jsonl", "in.mp4", "-o", "made.html", "--line", "gate=60,90,60,10", "-q"]
    assert avio_run(["report", *made]) == 0
    page = Path("run.html").read_text()
    assert page == Path("made.html").read_text()
    assert [event[1:5] for event in contents(page)["events"]] == [  # type: ignore[attr-defined]
        ["gate", "line", "in", 1]
    ]


def test_a_run_without_records_has_a_page_too(clip: Clip) -> None:
    avio.track("in.mp4", detections="found.txt", report="run.html")
    assert contents(Path("run.html").read_text())["records"] == ""
    assert sorted(path.name for path in Path().iterdir()) == [
        *("found.txt", "in.mp4", "run.html")
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("in.mp4 --report run.ass", "is no page: .html"),
        ("in.mp4 --report in.mp4 -y", "in.mp4"),
        ("in.mp4 --report run.html --records run.html", "run.html"),
        ("in.mp4 --report there.html", "there.html exists"),
        ("in.mp4 --report run.html --resume --records t.txt", "--records FILE.jsonl"),
        ("--report run.html", "--report"),
    ],
)
def test_what_cannot_become_a_page_is_refused_before_the_run(
    clip: Clip, capsys: pytest.CaptureFixture[str], words: str, message: str
) -> None:
    Path("there.html").touch()
    status = avio_run(["track", *words.split(), "--detections", "found.txt"])
    assert status != 0
    assert message in capsys.readouterr().err
    assert not Path("run.html").exists()
    assert not Path("t.txt").exists()
