"""Segments that are detected in children give the records of an ordinary run."""

import os
import signal
import sys
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg, locate_ffmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.track.shards.segments import plan_segments
from tests.absent import SYSTEM_FFMPEG
from tests.cli.test_interruptions import children, end_of, wait_for
from tests.clips import VARIABLE, make_clip
from tests.conftest import BOTH_FFMPEGS
from tests.jobs.track.shards.conftest import GREY, NOISE, SMALL, made


def words(video: Path, model: Path, records: Path, *options: str) -> list[str]:
    tracker = ("--tracker-option", "track_thresh=0.2", "--conf", "0.05", "-y", "-q")
    files = ("--records", str(records), *tracker)
    return ["track", str(video), "--model", str(model), *files, *options]


def records_of(video: Path, model: Path, *options: str) -> bytes:
    path = model.with_name("tracks.jsonl")
    assert run(words(video, model, path, *options)) == 0
    return path.read_bytes()


@BOTH_FFMPEGS
def test_segments_give_the_same_records(
    video: Path, model: Path, ffmpeg: FFmpeg
) -> None:
    line = ("--line", "middle=80,0,80,128")
    whole = records_of(video, model, *line)
    assert whole.count(b'"score"') > 50

    assert records_of(video, model, "--shards", "3", *line) == whole


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize(
    "options",
    [
        "--stride 3",
        "--lag 5",
        "--refine fast",
        "--start 0.5 --end 2.1",
        "--tracker steadytrack --camera-motion image",
    ],
)
def test_whatever_is_made_of_the_detections(
    count: int, options: str, video: Path, model: Path, bundled_ffmpeg: FFmpeg
) -> None:
    whole = records_of(video, model, *options.split())

    shards = ("--shards", str(count))
    assert records_of(video, model, *shards, *options.split()) == whole


@pytest.mark.slow
@pytest.mark.parametrize("name", ["media/vtest.avi", "media/TUD-Campus.mp4"])
def test_real_videos_give_the_same_records(
    name: str, shared: Path, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    weights = tmp_path / "yolox_nano.onnx"
    weights.symlink_to(shared / "models/yolox_nano.onnx")
    small = ("--input-size", "160x128")
    whole = records_of(shared / name, weights, *small)

    for count in "1237":
        assert records_of(shared / name, weights, *small, "--shards", count) == whole


@pytest.mark.slow
def test_a_long_video_gives_the_same_records(
    tmp_path: Path, model: Path, bundled_ffmpeg: FFmpeg
) -> None:
    video = made(tmp_path / "long.mp4", GREY.replace("d=3", "d=600"), *SMALL)
    whole = records_of(video, model)
    assert whole.count(b"\n") == 15000

    assert records_of(video, model, "--shards", "7") == whole


@pytest.mark.slow
@BOTH_FFMPEGS
@pytest.mark.parametrize("kind", ["truncated", "zeroed"])
@pytest.mark.parametrize("options", ["", "--refine fast", "--allow-damaged"])
def test_a_damaged_file_gives_the_same_records_status_and_message(
    kind: str,
    options: str,
    tmp_path: Path,
    model: Path,
    ffmpeg: FFmpeg,
    capsys: pytest.CaptureFixture[str],
) -> None:
    video = made(tmp_path / "in.mp4", NOISE, *SMALL, "-movflags", "+faststart")
    content = bytearray(video.read_bytes())
    size = len(content)
    content[size // 2 : size // 2 + 3000] = bytes(3000)
    video.write_bytes(content[: size * 3 // 5] if kind == "truncated" else content)

    def ended(*more: str) -> tuple[int, list[str], bytes]:
        records = tmp_path / "tracks.jsonl"
        given = words(video, model, records, *options.split(), *more)
        status = run([word for word in given if word != "-q"])
        said = capsys.readouterr().err.splitlines()
        messages = [line for line in said if line.startswith(("avio: ", "hint: "))]
        return status, messages, records.read_bytes()

    status, said, whole = ended()
    assert status == (0 if "allow" in options else 1)
    assert any("is cut off" in line or "is damaged" in line for line in said)
    sharded = ended("--shards", "3")
    assert sharded[:2] == (status, said)
    assert sharded[2].count(b"\n") == whole.count(b"\n") > 10
    # What 5.1 shows in place of what is missing depends on its threads.
    if kind == "truncated" or ffmpeg.path != str(SYSTEM_FFMPEG):
        assert sharded[2] == whole


def test_what_the_detector_warns_of_is_said(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    black = made(tmp_path / "black.mp4", "color=black:s=160x128:r=25:d=8", *SMALL)

    def warnings(*options: str) -> list[str]:
        given = words(black, model, tmp_path / "tracks.jsonl", *options)
        assert run([word for word in given if word != "-q"]) == 0
        lines = capsys.readouterr().err.splitlines()
        return [line for line in lines if line.startswith("avio: warning: ")]

    said = warnings()
    assert ["nothing scores above 0.01" in line for line in said] == [True]
    assert warnings("--shards", "3") == said


@pytest.mark.slow
def test_a_killed_child_changes_nothing(
    video: Path, model: Path, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    whole, path = records_of(video, model), tmp_path / "killed.jsonl"
    start = [sys.executable, "-m", "avio_cli"]

    with Process([*start, *words(video, model, path, "--shards", "2")]) as process:
        wait_for(lambda: detecting(process.pid))
        os.kill(detecting(process.pid)[0], signal.SIGKILL)
        assert end_of(process) == 0

    assert path.read_bytes() == whole


def detecting(pid: int) -> list[int]:
    """Children that detect."""
    found = []
    for child in children(pid):
        try:
            command = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"shards.child" in command:
            found.append(child)
    return found


def segments(path: Path, count: int, **given: Fraction) -> Sequence[tuple[int, float]]:
    source = MediaSource.probe(locate_ffmpeg(), parse_url(path))
    start, end = given.get("start", Fraction(0)), given.get("end")
    found = plan_segments(source, start, end, first=10, count=count)
    for one, other in pairwise(found):
        assert one.end == other.start
    assert (found[0].start, found[-1].end) == (start, end)
    return [(segment.first, float(segment.start)) for segment in found]


def test_segments_begin_between_frames_and_at_keyframes_where_these_are_near(
    tmp_path: Path, video: Path, bundled_ffmpeg: FFmpeg
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", ticks=VARIABLE).path

    assert [first for first, _ in segments(video, 2)] == [10, 40]  # 30: a keyframe
    assert [first for first, _ in segments(clip, 2)] == [10, 30]
    times = [Fraction(tick, 90000) for tick in VARIABLE]
    assert segments(clip, 2)[1][1] == pytest.approx(float((times[19] + times[20]) / 2))
    assert len(segments(clip, 100)) == 40
    assert segments(clip, 1) == [(10, 0.0)]
    part = segments(clip, 2, start=times[10], end=times[20])
    assert [first for first, _ in part] == [10, 15]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--model motion", "motion: it needs the frames in order"),
        ("--safe", "--shards does not go with --safe"),
    ],
)
def test_what_cannot_be_divided_is_refused(
    options: str,
    said: str,
    video: Path,
    bundled_ffmpeg: FFmpeg,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["track", str(video), "--shards", "2", *options.split()]) == 2
    assert said in capsys.readouterr().err
