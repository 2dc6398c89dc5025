"""`avio records convert` as users call it."""

import json
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.records.reader import read_tracks
from tests.clips import VARIABLE, make_clip
from tests.reference import timeline


def rows(path: Path, *numbers: int) -> Path:
    path.write_text("".join(f"{n},3,{10 * n},20,30,40,0.9,-1,-1,-1\n" for n in numbers))
    return path


def convert(*words: str | Path) -> int:
    return run(["records", "convert", *map(str, words)])


def test_the_video_has_the_times_and_the_frames_without_tracks(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE[:8])
    tracks, output = rows(tmp_path / "a.txt", 2, 3, 5), tmp_path / "a.jsonl"

    assert convert(tracks, output, "--video", clip.path) == 0

    read = read_tracks(output)
    assert [len(e.tracks) for e in read.entries] == [0, 1, 1, 0, 1, 0, 0, 0]
    frames = timeline(clip.path)
    shown = [time / frames.tick for time in frames.times]
    assert [e.pts for e in read.entries] == shown
    assert convert(output, tmp_path / "b.json", "--video", clip.path) == 0
    assert [e.pts for e in read_tracks(tmp_path / "b.json").entries] == shown


def test_annotators_count_the_frames_of_the_whole_video(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE[:8])
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    assert convert(rows(tmp_path / "a.txt", 6), whole, "--video", clip.path) == 0
    lines = [json.loads(line) for line in whole.read_text().splitlines()[4:]]
    for number, line in enumerate(lines, 1):
        line["frame"] = number
    part.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert convert(part, tmp_path / "a.xml", "--video", clip.path) == 0

    read = read_tracks(tmp_path / "a.xml")
    assert [len(entry.tracks) for entry in read.entries] == [0] * 5 + [1, 0, 0]


def test_the_video_has_the_size_of_boxes_in_percent(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE[:8])
    box = {"x": 25, "y": 50, "width": 50, "height": 50, "rotation": 0}
    value = {"sequence": [{"frame": 2, "enabled": False, **box}], "labels": ["dog"]}
    result = {"type": "videorectangle", "value": value}
    task = {"data": {"video": "x"}, "annotations": [{"result": [result]}]}
    (tmp_path / "a.json").write_text(json.dumps(task))
    words = (tmp_path / "a.json", tmp_path / "a.csv", "--from", "label-studio")

    assert convert(*words) == 1
    assert convert(*words, "--video", clip.path) == 0

    width, height = clip.width, clip.height
    edges = [[width / 4, height / 2, width * 3 / 4, height]]
    assert read_tracks(tmp_path / "a.csv").at(2).boxes.tolist() == edges


def test_frames_a_millisecond_apart_keep_their_boxes(
    tmp_path: Path, ffmpeg: FFmpeg, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=range(0, 720, 90))
    timed, output = tmp_path / "a.jsonl", tmp_path / "a.xml"
    tracks = rows(tmp_path / "a.txt", 3, 4, 5, 8)
    assert convert(tracks, timed, "--video", clip.path) == 0

    assert convert(timed, output, "--video", clip.path) == 0

    shown = [e.number for e in read_tracks(output).entries if len(e.tracks)]
    assert shown == [3, 4, 5, 8]
    lines = [json.loads(line) for line in timed.read_text().splitlines()]
    rounded = [{**line, "pts": None, "time": 0.0051} for line in lines[4:6]]
    timed.write_text("".join(json.dumps(line) + "\n" for line in rounded))
    assert convert(timed, output, "--video", clip.path, "-y") == 1
    assert "frames 5 and 6 would both be frame 6" in capsys.readouterr().err


def test_the_video_adds_frames_without_tracks_to_rows_with_times(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE[:8])
    timed, output = tmp_path / "a.csv", tmp_path / "a.jsonl"
    assert convert(rows(tmp_path / "a.txt", 2, 5), timed, "--video", clip.path) == 0
    assert convert(timed, output, "--video", clip.path) == 0
    counts = [len(entry.tracks) for entry in read_tracks(output).entries]
    assert counts == [0, 1, 0, 0, 1, 0, 0, 0]


def test_records_of_another_video_are_refused(
    tmp_path: Path, ffmpeg: FFmpeg, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE[:8])
    tracks, output = rows(tmp_path / "a.txt", 9), tmp_path / "a.jsonl"

    assert convert(tracks, output, "--video", clip.path) == 1

    assert "that has no frame 9" in capsys.readouterr().err
    assert not output.exists()


def test_what_is_lost_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track = {"id": 1, "box": [1, 2, 3, 4], "score": 0.5, "class": "dog"}
    lines = [
        {"frame": 1, "pts": 0, "time": 0.0, "tracks": [track]},
        {"frame": 2, "pts": 1, "time": 0.5, "tracks": []},
    ]
    source = tmp_path / "a.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert convert(source, tmp_path / "a.txt") == 0

    warning = "mot does not keep: frames without tracks, times, names of classes\n"
    assert capsys.readouterr().err.splitlines(keepends=True)[0].endswith(warning)


def test_standard_output_gets_only_records(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    tracks = rows(tmp_path / "a.txt", 1)
    assert convert(tracks, "-", "--to", "mot") == 0
    assert (
        capfdbinary.readouterr().out == b"1,3,10.00,20.00,30.00,40.00,0.9000,-1,-1,-1\n"
    )


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("a.txt", "b.csv", "--tolerance", "1"), 2, "csv has no key frames"),
        (("a.txt", "b.xml", "--tolerance", "-1"), 2, "no number of pixels"),
        (("a.txt", "b.xml", "--from", "yolo"), 2, "unknown record format 'yolo'"),
        (("a.txt", "b", "--quiet"), 2, "has no extension"),
        (("a.txt", "-", "--to", "cvat"), 2, "cannot be written to standard output"),
        (("a.txt", "a.txt"), 1, "a.txt exists"),
        (("a.txt", "a.txt", "-y"), 1, "input"),
        (("a.txt", "b.json", "--to", "label-studio"), 1, "the size of the frame"),
        (("gone.txt", "b.csv"), 1, "cannot read gone.txt"),
        (("a.txt", "b.csv", "--from", "cvat"), 1, "a.txt is not XML"),
    ],
)
def test_what_cannot_be_done_is_explained_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = rows(tmp_path / "a.txt", 1).read_bytes()

    assert convert(*words) == status

    assert message in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == before


def numbered(path: Path, *names: str) -> Path:
    boxes = [
        {"id": n, "box": [n, 2, n + 3, 4], "score": 1, "class": name}
        for n, name in enumerate(names, 1)
    ]
    path.write_text(json.dumps({"frame": 1, "tracks": boxes}) + "\n")
    return path


@pytest.mark.parametrize("names", [("7", "2", "7"), ("99999",), ("0",)])
def test_numbers_of_classes_stay_what_they_are(
    names: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, rows = numbered(tmp_path / "a.jsonl", *names), tmp_path / "a.txt"

    assert convert(source, rows, "--to", "mot-classes") == 0

    assert "not keep" not in capsys.readouterr().err
    columns = [line.split(",")[7] for line in rows.read_text().splitlines()]
    assert columns == [str(int(name) + 1) for name in names]
    assert convert(source, "-", "--to", "mot-classes") == 0
    assert capsys.readouterr().out == rows.read_text()


@pytest.mark.parametrize(
    ("names", "format_", "lost"),
    [
        (("7",), "mot", "classes"),
        (("007",), "mot-classes", "names of classes"),
        (("100000",), "mot-classes", "names of classes"),
        (("object", "3"), "mot-classes", "names of classes"),
        (("3", "dog"), "mot-classes", "names of classes"),
    ],
)
def test_classes_that_another_format_cannot_have_are_named(
    names: tuple[str, ...],
    format_: str,
    lost: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = numbered(tmp_path / "a.jsonl", *names)

    assert convert(source, tmp_path / "a.txt", "--to", format_) == 0

    assert f"{format_} does not keep: {lost}\n" in capsys.readouterr().err
