"""Files as annotators export them, also ones that were made to do harm."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from avio_cli.detections import Tracks
from avio_cli.errors import InputError
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.exchange import interpolation
from avio_cli.records.formats import FORMATS
from avio_cli.records.reader import read_tracks
from avio_cli.records.recorded import RecordedTracks
from avio_cli.records.writer import write_records
from tests.absent import without
from tests.records.recording import VIDEO

META = "<meta><task><name>a.mp4</name><stop_frame>9</stop_frame></task></meta>"


def box(frame: int, left: float, outside: int = 0, inner: str = "") -> str:
    return (
        f'<box frame="{frame}" outside="{outside}" occluded="0" keyframe="1" '
        f'xtl="{left}" ytl="10" xbr="{left + 10}" ybr="30">{inner}</box>'
    )


def xml(folder: Path, *tracks: str, meta: str = "") -> Path:
    path = folder / "a.xml"
    listed = "".join(
        f'<track id="{number}" label="person">{boxes}</track>'
        for number, boxes in enumerate(tracks)
    )
    path.write_text(f"<annotations>{meta}{listed}</annotations>")
    return path


def test_boxes_between_key_frames_are_on_straight_lines(tmp_path: Path) -> None:
    path = xml(tmp_path, box(0, 0) + box(4, 40) + box(6, 40, 1) + box(8, 50), meta=META)

    read = read_tracks(path)

    left = {e.number: e.tracks.boxes[:, 0].tolist() for e in read.entries}
    assert [left[n] for n in range(1, 7)] == [[0], [10], [20], [30], [40], [40]]
    assert left[7] == left[8] == []
    assert left[9] == left[10] == [50], "an object without an end goes on to the last"
    assert read.each_frame


def test_ids_of_the_records_count_and_a_split_object_is_two(tmp_path: Path) -> None:
    named = '<attribute name="track_id">7</attribute>'
    path = xml(tmp_path, box(0, 0), box(0, 20, inner=named), box(1, 40, inner=named))

    read = read_tracks(path)

    ids = {e.number: e.tracks.ids.tolist() for e in read.entries}
    assert ids == {1: [8, 7], 2: [9]}
    assert read_tracks(xml(tmp_path, box(0, 0), box(0, 9))).at(1).ids.tolist() == [0, 1]


def test_what_is_no_box_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    polygon = '<polygon frame="0" outside="0" points="1,1;2,2"/>'
    assert len(read_tracks(xml(tmp_path, box(0, 0) + polygon)).at(1)) == 1
    assert "only boxes are read, not 1 polygon" in caplog.text


LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<annotations>&b;</annotations>"
)
OUTSIDE = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations/>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "declares a document type"),
        (OUTSIDE, "declares a document type"),
        ("", "is not XML"),
        ('<?xml version="1.0" encoding="utf08"?><a/>', "has an unknown encoding"),
        ("<annotations><track", "is not XML"),
        ("<html/>", "begins with <html>"),
        ('<annotations><image id="0"/></annotations>', "is of images"),
        (f"<annotations>{box(0, 0)}</annotations>", "of no track"),
        ("<annotations><track/></annotations>", "missing key 'label'"),
        ("<annotations>" + "<meta>" * 64, "nested in more than 64 others"),
    ],
)
def test_what_is_no_cvat_is_one_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_tracks(path)


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        (box(0, 0).replace('xtl="0"', 'xtl="nan"'), "not finite"),
        (box(0, 0).replace('xtl="0"', ""), "missing key 'xtl'"),
        (box(10**8, 0), "frame 100000001 is impossible"),
        (box(-1, 0), "not a whole number"),
        (box(2, 0) + box(2, 5), "frame 3 twice"),
    ],
)
def test_an_impossible_box_is_one_error(
    tmp_path: Path, boxes: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_tracks(xml(tmp_path, boxes))


def test_key_frames_far_apart_do_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpolation, "MOST_BOXES", 1000)
    far = box(0, 0) + box(900, 0)
    assert len(read_tracks(xml(tmp_path, far)).entries) == 901
    with pytest.raises(InputError, match="more than 1,000 boxes"):
        read_tracks(xml(tmp_path, far, far))


def test_an_impossible_length_is_one_error(tmp_path: Path) -> None:
    meta = META.replace(">9<", ">99999999999<")
    with pytest.raises(InputError, match="its video has 100,000,000,000 frames"):
        read_tracks(xml(tmp_path, box(0, 0), meta=meta))


def archive(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/") + ".txt", text)
    return path


def test_an_archive_of_mot_has_its_classes_and_no_ignored_box(tmp_path: Path) -> None:
    rows = "1,3,1,2,10,20,1,2,1\n1,4,1,2,10,20,0,1,1\n2,3,1,2,10,20,1,1,0.5\n"
    path = archive(tmp_path / "a.zip", gt__gt=rows, gt__labels="car\nperson\n")

    read = read_tracks(path)

    assert [e.tracks.ids.tolist() for e in read.entries] == [[3], [3]]
    classes = [read.class_names[e.tracks.classes[0]] for e in read.entries]
    assert classes == ["person", "car"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"gt__gt": "1,3,1,2,10,20,1,3,1\n", "gt__labels": "car\n"}, "class 3 is none"),
        ({"gt__gt": "1,3,1,2,10\n", "gt__labels": "car\n"}, "5 columns, not 9"),
        ({"other": ""}, "neither gt/gt.txt nor annotations.xml"),
    ],
)
def test_a_wrong_archive_is_one_error(
    tmp_path: Path, members: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_tracks(archive(tmp_path / "a.zip", **members))


def test_a_damaged_archive_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("gt/gt.txt", "1,3,1,2,10,20,1,2,1\n" * 99)
    content = bytearray(path.read_bytes())
    for damaged in (
        content[:-10],
        content.replace(b"gt/gt.txt", b"gt/gt.txt\xff\xff", 1),
    ):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="not a complete archive"):
            read_tracks(path)


def task(folder: Path, *keys: dict[str, object], **more: object) -> Path:
    value = {"sequence": list(keys), "labels": ["dog"], "framesCount": 6}
    result = {"type": "videorectangle", "id": "x", "value": value}
    data = {"video": "/data/a.mp4", "width": 200, "height": 100}
    made = {"data": data, "annotations": [{"result": [result]}]} | more
    path = folder / "a.json"
    path.write_text(json.dumps([made]))
    return path


def key(frame: int, x: float, enabled: bool) -> dict[str, object]:
    size = {"y": 0, "width": 10, "height": 10, "rotation": 0}
    return {"frame": frame, "x": x, "enabled": enabled, **size}


def test_a_task_of_label_studio_is_read_in_pixels(tmp_path: Path) -> None:
    read = read_tracks(task(tmp_path, key(2, 0, True), key(4, 10, False)))

    boxes = [e.tracks.boxes.tolist() for e in read.entries]
    at = [[[left, 0, left + 20, 10]] for left in (0, 10, 20)]
    assert boxes == [[], *at, [], []]
    assert read.class_names == ("dog",)
    assert read.video == VideoInfo("a.mp4", 200, 100)


def test_what_label_studio_has_besides_boxes_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    turned = key(2, 0, False) | {"rotation": 30}
    path = task(tmp_path, turned)
    path.write_text(path.read_text().replace('["dog"]', '["dog", "old", "wet"]'))
    read_tracks(path)
    assert "not 2 further labels, 1 rotation" in caplog.text


@pytest.mark.parametrize(
    ("keys", "more", "message"),
    [
        ((key(0, 0, True),), {}, "not a whole number"),
        (({"frame": 1},), {}, "missing key 'x'"),
        ((key(1, 0, True),), {"data": {}}, "percent of a frame of unknown size"),
        ((), {"annotations": 5}, "not iterable"),
    ],
)
def test_a_wrong_task_is_one_error(
    tmp_path: Path,
    keys: tuple[dict[str, object], ...],
    more: dict[str, object],
    message: str,
) -> None:
    with pytest.raises(InputError, match=message):
        read_tracks(task(tmp_path, *keys, **more))


@without("pyarrow")
def test_a_wrong_parquet_is_one_error(tmp_path: Path) -> None:
    import pyarrow as arrow
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 but not really PAR1")
    with pytest.raises(InputError, match=r"a\.parquet is not Parquet"):
        read_tracks(path)
    ids = {"frame": [1], "id": [1]}
    twice = {"frame": [3, 3], "id": [1, 2]}
    twice |= {edge: [1, 2] for edge in ("x1", "y1", "x2", "y2")}
    for columns, message in (
        ({"frame": [1]}, "missing key 'id'"),
        ({"frame": [1], "id": [None]}, "no whole numbers"),
        (ids | {"id": [2**53 + 1]}, "column id has a number beyond"),
        (ids | {"id": arrow.array([2**63 + 1], arrow.uint64())}, "beyond"),
        (ids | {edge: ["a"] for edge in ("x1", "y1", "x2", "y2")}, "could not convert"),
        (twice | {"pts": [0, 5]}, "frame 3 has two presentation times, 0 and 5"),
        (twice | {"time": [0.0, None]}, "frame 3 has two times"),
    ):
        parquet.write_table(arrow.table(columns), path)
        with pytest.raises(InputError, match=message):
            read_tracks(path)


@without("pyarrow")
def test_parquet_has_bounds_and_rows_without_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow as arrow
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    edges = {edge: [1.0, 2.0] for edge in ("x1", "y1", "x2", "y2")}
    columns = {"frame": [1, 1], "id": [1, 2], "class": ["dog", None]} | edges
    parquet.write_table(arrow.table(columns), path)
    assert read_tracks(path).class_names == ("dog", "object")
    monkeypatch.setattr("avio_cli.records.exchange.parquet.MOST_BOXES", 1)
    with pytest.raises(InputError, match="2 rows are more than 1"):
        read_tracks(path)


@pytest.mark.parametrize("name", ["cvat", "label-studio"])
def test_the_largest_ids_come_back(name: str, tmp_path: Path) -> None:
    path, box = tmp_path / f"t{FORMATS[name].extension}", np.ones((2, 4), np.float32)
    ids = np.array([1, 2**53], np.int64)
    tracks = Tracks(box, np.ones(2, np.float32), np.zeros(2, np.int64), ids)
    given = RecordedTracks((FrameRecord(1, None, None, tracks),), ("person",))
    with path.open("wb") as file:
        write_records(FORMATS[name], given, VIDEO, file)
    (read,) = read_tracks(path, format=name).entries
    assert read.tracks.ids.tolist() == ids.tolist()
