"""avio track with events, metrics and parts: over a file, and over a camera."""

import contextlib
import io
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avio_cli.cli.main import run as run_cli
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run
from tests.decode.reading import make
from tests.live.camera import Camera
from tests.monitoring.events.test_outputs import COPY, words
from tests.reference import timeline

AVIO = [sys.executable, "-m", "avio_cli"]
BOX = (
    "-f lavfi -i color=gray:s=320x240:r=25:d=4 -f lavfi -i color=white:s=40x40:r=25 "
    "-filter_complex overlay=x='80*t':y=100:shortest=1 -c:v mpeg4 -q:v 3"
)
"""A box that goes from left to right, 80 pixels a second."""
GATE, YARD = "gate=160,240,160,0", "yard=200,0,320,0,320,240,200,240:dwell=0.5"


def lines_of(file: Path) -> list[dict[str, Any]]:
    text = file.read_text() if file.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]


def test_events_of_a_file_are_those_of_its_records(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = make(tmp_path / "box.mp4", BOX)
    records, got = tmp_path / "t.jsonl", tmp_path / "events.jsonl"
    options = ["--line", GATE, "--zone", YARD, "--records", str(records), "-q"]
    options += ["--model", "motion", "--on-event", words(COPY, got)]
    stats = tmp_path / "stats.json"
    done = run([*AVIO, "track", str(source), *options, "--stats", str(stats)])
    assert done.status == 0, done.stderr
    events = lines_of(got)
    crossed = [e for e in events if e["event"] in ("line_crossed", "zone_entered")]
    rows = {row["frame"]: row for row in lines_of(records)}
    for event in crossed:
        row = rows[event["frame"]]
        assert event["pts"] == row["time"]
        kinds = [(e["name"], e["direction"], e["id"]) for e in row["events"]]
        assert (event["name"], event["direction"], event["id"]) in kinds
        boxes = {track["id"]: track["box"] for track in row["tracks"]}
        assert event["box"] == pytest.approx(boxes[event["id"]], abs=0.01)
    assert [e["name"] for e in crossed] == ["gate", "yard"]
    (stayed,) = (e for e in events if e["event"] == "zone_dwell")
    assert stayed["pts"] - crossed[1]["pts"] == pytest.approx(0.5, abs=0.05)
    assert events[0]["event"] == "track_first_seen"
    assert json.loads(stats.read_text())["events"]["sent"] == len(events)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--segment", "10m", "-o", "a.mp4"], "--segment would be ignored"),
        (["--keep", "7d", "-o", "a.mp4"], "--keep would be ignored"),
        (["--segment", "0.5", "-o", "a.mp4"], "--segment must be at least 1 s"),
        (["--zone", YARD], "the dwell of zone 'yard' would be ignored"),
        (["--safe", "--on-event", "cat"], "--safe opens no URL and starts no command"),
        (["--on-event", "no-such-program"], "there is no program"),
        (["--metrics", "x"], "is not \\[HOST:\\]PORT"),
    ],
)
def test_what_would_be_ignored_or_cannot_work_is_refused(
    options: list[str], says: str, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = make(tmp_path / "box.mp4", BOX)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setattr("avio_cli.ffmpeg.process.bounds._bounds", None)
        messages = _messages(
            lambda: run_cli(["track", str(source), "--model", "motion", *options])
        )
    assert re.search(says, messages), messages
    assert sorted(path.name for path in tmp_path.iterdir()) == ["box.mp4"]


def _messages(work: Callable[[], object]) -> str:
    text = io.StringIO()
    with contextlib.redirect_stderr(text):
        work()
    return text.getvalue()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_a_camera_is_recorded_in_parts_until_ctrl_c(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """It drops its connection once; a second run goes on with the same index."""
    records, index = tmp_path / "t.jsonl", tmp_path / "front.mp4.parts.jsonl"
    with Camera(ffmpeg.path, audio=True) as camera:
        common = [*AVIO, "track", camera.url, "--model", "motion", "--segment", "2s"]
        common += ["-o", str(tmp_path / "front.mp4")]
        with Process([*common, "--records", str(records)]) as first:
            wait_until(lambda: finished(index) >= 1)
            camera.drop()
            wait_until(lambda: finished(index) >= 3)
            os.kill(first.pid, signal.SIGINT)
            assert first.ends_within(20)
            assert first.stop() == 0, first.log.lines
        parts = [e for e in lines_of(index) if e.get("state") == "finished"]
        rows = lines_of(records)
        assert [row["frame"] for row in rows] == list(range(1, len(rows) + 1))
        assert sum(part["frames"] for part in parts) == len(rows)
        times = {row["frame"]: row["pts"] for row in rows}
        for part in parts:
            video = timeline(tmp_path / part["part"])
            assert video.times[0] == 0
            assert len(video.times) == part["frames"]
            assert part["first_pts"] == times[part["first_frame"]]
            assert part["last_pts"] == times[part["last_frame"]]
            audio = timeline(tmp_path / part["part"], "a:0")
            assert audio.times[-1] >= video.times[-1] - 0.1
        text = index.read_text()
        index.write_text(text.replace('"end": "20', '"end": "19'))  # a century ago
        with Process([*common, "--duration", "1s", "--keep", "7d"]) as second:
            assert second.ends_within(60)
            assert second.stop() == 0, second.log.lines
    assert not any((tmp_path / part["part"]).exists() for part in parts)
    assert len(list(tmp_path.glob("front-*.mp4"))) == 1


def finished(index: Path) -> int:
    return sum(entry.get("state") == "finished" for entry in lines_of(index))


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
