"""Files that no tool wrote: each is one error that names file and line."""

import json
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.errors import InputError
from avio_cli.jobs.track.checkpoint import VERSION, read_checkpoint
from avio_cli.jobs.track.result_files import load_detections, most_frames
from avio_cli.records.detections import read_detections
from avio_cli.records.reader import read_tracks
from tests.clips import make_clip

DEEP = "[" * 100_000
BOX = '"box":[1,1,2,2],"score":0.9,"class":"a"'


@pytest.mark.parametrize(
    "line",
    [
        "1,-1,10,10,20,20,0.9,inf",
        "1,-1,10,10,20,20,0.9,1e20",
        "1,-1,10,10,20,20,nan",
        "1,-1,1e39,10,20,20,0.9",
        "inf,-1,10,10,20,20,0.9",
        "nan,-1,10,10,20,20,0.9",
        "1,1_0,10,10,20,20,0.9",
    ],
)
def test_impossible_numbers_of_detections(tmp_path: Path, line: str) -> None:
    path = tmp_path / "d.txt"
    path.write_text(f"1,-1,1,1,2,2,0.5,0\n{line}\n")
    with pytest.raises(InputError, match=r"d\.txt, line 2: "):
        read_detections(path)


@pytest.mark.parametrize(
    "text",
    [
        "hello world",
        '[{"image_id": 1, "bbox": [1, 2, 3, 4], "score": 0.9}]',
        "1,-1,1,1,2,2,0.5\r2,-1,1,1,2,2,0.5\r",
    ],
)
def test_one_line_without_an_end_that_is_no_detection(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "d.txt"
    path.write_bytes(text.encode())
    with pytest.raises(InputError, match=r"d\.txt, line 1: "):
        read_detections(path)


def test_a_decimal_comma_is_no_further_column(tmp_path: Path) -> None:
    path = tmp_path / "d.txt"
    path.write_text("1 -1 10 50 40 80 0,9\n")
    with pytest.raises(InputError, match="2 columns, not 7 to 10"):
        read_detections(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.jsonl", DEEP),
        ("t.jsonl", "[]"),
        ("t.jsonl", '{"frame":"x","tracks":[]}'),
        ("t.jsonl", '{"frame":1e20,"tracks":[]}'),
        ("t.jsonl", '{"frame":1,"pts":"x","tracks":[]}'),
        ("t.jsonl", '{"frame":1,"time":NaN,"tracks":[]}'),
        ("t.jsonl", f'{{"frame":1,"tracks":[{{"id":1e20,{BOX}}}]}}'),
        ("t.jsonl", f'{{"frame":1,"tracks":[{{"id":Infinity,{BOX}}}]}}'),
        ("t.jsonl", f'{{"frame":1,"tracks":[{{"id":null,{BOX}}}]}}'),
        ("t.jsonl", '{"frame":1,"tracks":5}'),
        ("t.txt", "1,inf,1,1,2,2,0.5"),
        ("t.txt", "1e20,1,1,1,2,2,0.5"),
        ("t.txt", "1,1,nan,1,2,2,0.5"),
        ("t.csv", "1,0,0.0,1e20,1,1,2,2,0.9,a,"),
        ("t.csv", "1,0,inf,1,1,1,2,2,0.9,a,"),
    ],
)
def test_impossible_records(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text + "\n")
    with pytest.raises(InputError, match=rf"{name}, line 1: "):
        read_tracks(path)


@pytest.mark.parametrize(
    "text",
    [
        DEEP,
        '{"images":[{"id":1,"frame_id":"x"}],"annotations":[],"categories":[]}',
        '{"images":5,"annotations":[],"categories":[]}',
        '{"images":[{"id":[]}],"annotations":[],"categories":[]}',
        '{"videos":[1],"images":[],"annotations":[5],"categories":[]}',
        '{"images":[{"id":1}],"categories":[{"id":1,"name":"a"}],"annotations":'
        '[{"image_id":1,"category_id":1,"track_id":1,"bbox":[3e38,1,3e38,1]}]}',
    ],
)
def test_impossible_coco(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"t\.json is not (COCO|JSON)"):
        read_tracks(path)


@pytest.mark.parametrize(
    "change",
    [{"frames": "x"}, {"frames": 1e20}, {"ids": [None]}, {"tracker": 5}, {"asked": []}],
)
def test_impossible_checkpoints(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / ".t.jsonl.resume"
    stored = {"asked": {}, "frames": 1, "pts": 0, "detections": 0, "ids": []}
    stored |= {"version": VERSION, "tracker": {}, "counter": {}}
    path.write_text(json.dumps(stored | change))
    with pytest.raises(InputError, match="cannot resume from"):
        read_checkpoint(path)


def test_a_deep_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / ".t.jsonl.resume"
    path.write_text(DEEP)
    with pytest.raises(InputError, match="nested too deeply"):
        read_checkpoint(path)


@pytest.mark.parametrize("number", ["9000000000000", "10000001", "1764390000.0"])
def test_a_time_is_no_frame_number(tmp_path: Path, number: str) -> None:
    path = tmp_path / "d.txt"
    path.write_text(f"1,-1,1,1,2,2,0.5,0\n{number},-1,1,1,2,2,0.5,0")
    with pytest.raises(
        InputError, match=f"line 2: frame {number} is beyond 10,000,000"
    ):
        read_detections(path)


def test_a_video_has_no_frames_far_beyond_its_end(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=25)
    info = api.probe(clip.path)
    path = tmp_path / "d.txt"
    path.write_text("30,-1,1,1,2,2,0.5,0\n1000,-1,1,1,2,2,0.5,0\n")
    with pytest.raises(InputError, match=r"line 2: frame 1000 is beyond"):
        load_detections(path, most_frames(info))
