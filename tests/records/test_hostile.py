"""Files that no tool wrote: each is one error that names file and line."""

import json
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.errors import InputError
from avio_cli.jobs.track.result_files import load_detections, most_frames
from avio_cli.jobs.track.resuming.checkpoint import VERSION, read_checkpoint
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


def test_a_frame_that_is_there_twice(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"frame":1,"tracks":[]}\n' * 2)
    with pytest.raises(InputError, match=r"t\.jsonl has frame 1 twice"):
        read_tracks(path)


def test_two_frames_at_one_time(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(f'{{"frame":{n},"pts":7,"tracks":[]}}\n' for n in (1, 2)))
    with pytest.raises(InputError, match=r"frames 1 and 2 have the same presentation"):
        read_tracks(path)


@pytest.mark.parametrize(
    ("images", "message"),
    [([1, 1], "image 1 twice"), ([2], "annotations of image 1, but not the image")],
)
def test_coco_of_other_images(tmp_path: Path, images: list[int], message: str) -> None:
    box = {"image_id": 1, "category_id": 1, "track_id": 1, "bbox": [1, 2, 3, 4]}
    lists = {"annotations": [box], "categories": [{"id": 1, "name": "a"}]}
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"images": [{"id": i} for i in images], **lists}))
    with pytest.raises(InputError, match=message):
        read_tracks(path)


@pytest.mark.parametrize(
    ("names", "skipped"),
    [
        (["frame_000000.PNG", "frame_000001.PNG"], ""),
        (["a/7.jpg", "a/8.jpg"], ""),
        (["x.jpg", "y.jpg"], ""),
        (["frame_000000.PNG", "frame_000005.PNG"], "frame_000000.PNG"),
        (["2.jpg", "1.jpg"], "2.jpg"),
    ],
)
def test_coco_images_without_a_frame_are_counted_only_where_they_follow_each_other(
    tmp_path: Path, names: list[str], skipped: str
) -> None:
    images = [{"id": i, "file_name": name} for i, name in enumerate(names)]
    path = tmp_path / "t.json"
    lists = {"images": images, "annotations": [], "categories": []}
    path.write_text(json.dumps(lists))
    if skipped:
        with pytest.raises(InputError, match=f"which frames {skipped} and"):
            read_tracks(path)
    else:
        assert [entry.number for entry in read_tracks(path).entries] == [1, 2]


@pytest.mark.parametrize(
    ("other", "message"),
    [("1,5,0.0", "two presentation times, 0 and 5"), ("1,0,0.5", "two times, 0.0 and")],
)
def test_a_frame_of_two_times(tmp_path: Path, other: str, message: str) -> None:
    path = tmp_path / "t.csv"
    rows = (f"{times},{i},1,1,2,2,1,a,\n" for i, times in enumerate(("1,0,0.0", other)))
    path.write_text("".join(rows))
    with pytest.raises(InputError, match=f"frame 1 has {message}"):
        read_tracks(path)


@pytest.mark.parametrize("cut", ["door i", "doo", "door in; gat"])
def test_a_crossing_that_is_cut_off_is_left_out_and_said(
    tmp_path: Path, cut: str, caplog: pytest.LogCaptureFixture
) -> None:
    path, row = tmp_path / "t.csv", "0,0.0,1,1,1,2,2,1,a"
    path.write_text(f"1,{row},\n2,{row},{cut}".replace("2,0,0.0", "2,1,0.1"))
    with pytest.raises(InputError, match="is no direction of a crossing"):
        read_tracks(path, whole=True)
    assert [entry.number for entry in read_tracks(path).entries] == [1]
    assert "line 2 is incomplete and left out" in caplog.text


def test_rows_of_csv_that_may_be_cut_off_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1,0,0.0,1,1,1,2,2,1,a,door in")
    assert len(read_tracks(path, whole=True).entries[0].events) == 1
    assert "its last line may be incomplete" in caplog.text


@pytest.mark.parametrize("name", ["null", "true", "[]"])
def test_a_class_without_a_name(tmp_path: Path, name: str) -> None:
    path, row = tmp_path / "t.jsonl", '"id":1,"box":[1,1,2,2],"score":1'
    path.write_text(f'{{"frame":1,"tracks":[{{{row},"class":{name}}}]}}\n')
    with pytest.raises(InputError, match="is not the name of a class"):
        read_tracks(path)


@pytest.mark.parametrize(
    "row",
    ["1,7,5,5,-2,3,1,-1,-1,-1", "1,0,0.0,7,5,5,3,8,1,a,", "1,0,0.0,7,5,5,6,4,1,a,"],
)
def test_boxes_that_end_before_they_begin_are_said(
    tmp_path: Path, row: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / ("t.csv" if row.endswith(",") else "t.txt")
    path.write_text(f"{row}\n")
    assert len(read_tracks(path).entries) == 1
    assert "1 boxes end before they begin, the first in frame 1 of id 7" in caplog.text


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
