import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from avio_cli.detections import Detections
from avio_cli.errors import InputError
from avio_cli.records.detections import read_detections
from avio_cli.records.entry import FrameRecord
from avio_cli.records.reader import read_tracks
from avio_cli.records.rows import detection_rows
from avio_cli.records.writer import open_records
from tests.records.recording import VIDEO, clip, frame, some_entries

EXTENSIONS = (".txt", ".jsonl", ".csv", ".json")


def _record(path: Path, entries: list[FrameRecord]) -> None:
    sink = open_records([str(path)], video=VIDEO, force=True)
    for each in entries:
        sink.put(each)
    sink.finish()


def _recorded(folder: Path, extension: str, count: int = 6) -> Path:
    path = folder / f"t{extension}"
    _record(path, clip(count))
    return path


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_formats_with_an_entry_for_each_frame_show_which_are_lacking(
    tmp_path: Path, extension: str
) -> None:
    recorded = read_tracks(_recorded(tmp_path, extension))
    known = recorded.knows(frame(5)), recorded.knows(frame(6))
    assert known == (True, extension in (".txt", ".csv"))
    numbers = [entry.number for entry in recorded.before(frame(4))]
    assert numbers == [
        n for n in (4, 3, 2, 1) if n in {e.number for e in recorded.entries}
    ]


@pytest.mark.parametrize("extension", EXTENSIONS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(entries=some_entries())
@pytest.mark.sampled(4)
def test_what_is_written_is_read(
    tmp_path: Path, extension: str, entries: list[FrameRecord]
) -> None:
    path = tmp_path / f"t{extension}"
    _record(path, entries)

    read = read_tracks(path, VIDEO.class_names)

    if extension in (".txt", ".csv"):
        entries = [each for each in entries if len(each.tracks)]
    assert [each.number for each in read.entries] == [e.number for e in entries]
    for back, each in zip(read.entries, entries, strict=True):
        np.testing.assert_allclose(back.tracks.boxes, each.tracks.boxes, atol=0.011)
        np.testing.assert_allclose(back.tracks.scores, each.tracks.scores, atol=6e-5)
        np.testing.assert_array_equal(back.tracks.ids, each.tracks.ids)
        if extension != ".txt":
            np.testing.assert_array_equal(back.tracks.classes, each.tracks.classes)
            assert (back.pts, back.seconds) == (each.pts, each.seconds)


def test_tracks_are_found_by_frame_number_and_by_time(tmp_path: Path) -> None:
    recorded = read_tracks(_recorded(tmp_path, ".jsonl"))

    assert recorded.at(3).ids.tolist() == [7]
    assert recorded.at(2).ids.tolist() == []
    assert recorded.at(99).ids.tolist() == []
    late = frame(2)
    late.index = 1234
    assert recorded.of(late).ids.tolist() == [7]


def test_a_path_may_be_a_text(tmp_path: Path) -> None:
    assert len(read_tracks(str(_recorded(tmp_path, ".csv"))).entries) == 4


def test_without_times_a_frame_is_found_by_its_index(tmp_path: Path) -> None:
    recorded = read_tracks(_recorded(tmp_path, ".txt"))

    assert recorded.of(frame(0)).ids.tolist() == [7, 8]
    assert recorded.class_names == ("object",)


def test_classes_get_the_requested_numbers(tmp_path: Path) -> None:
    path = _recorded(tmp_path, ".jsonl", 1)

    assert read_tracks(path).at(1).classes.tolist() == [0, 1]
    recorded = read_tracks(path, ("car", "dog"))
    assert recorded.class_names == ("car", "dog", "person")
    assert recorded.at(1).classes.tolist() == [2, 0]


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_truncated_end_is_skipped(tmp_path: Path, extension: str) -> None:
    path = _recorded(tmp_path, extension, 12)
    whole = path.read_bytes()

    for cut in range(1, 60):
        path.write_bytes(whole[:-cut])
        read = read_tracks(path)
        assert read.entries[0].number == 1
        assert len(read.entries) >= 6


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_wrong_line_is_named(tmp_path: Path, extension: str) -> None:
    path = _recorded(tmp_path, extension)
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = "nonsense\n"
    path.write_text("".join(lines))

    if extension == ".json":  # lines mean nothing in JSON; what can be is saved
        assert len(read_tracks(path).entries) == 6
        return
    with pytest.raises(InputError, match=rf"t\{extension}, line 2: "):
        read_tracks(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"frame": 1}\n', "line 1: missing key 'tracks'"),
        ("a.jsonl", "3\n", "line 1"),
        ("a.txt", "1,2,3\n", "line 1: it has 3 columns, not 7 to 10"),
        ("a.csv", "1,2,3\n", "line 1: 3 columns, not 11"),
        ("a.json", "[]", "has no images"),
        ("a.json", "[{}]", "no task of Label Studio: missing key 'data'"),
        ("a.json", "hello", "is not JSON"),
        ("a.json", '{"images": 1, "annotations": 2, "categories": 3}', "COCO"),
        ("a.html", "", "not a record format"),
    ],
)
def test_what_cannot_be_read_is_explained(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content)

    with pytest.raises(InputError, match=message):
        read_tracks(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.txt"):
        read_tracks(tmp_path / "gone.txt")


@pytest.mark.parametrize(
    "named", [{"instance_id": 5}, {"attributes": {"occluded": False, "track_id": 5}}]
)
def test_coco_of_others_with_other_names_of_ids_is_read(
    named: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    content = {
        "videos": [{"id": 3, "name": "v"}],
        "images": [{"id": 40, "frame_id": 0}, {"id": 41, "frame_id": 1}],
        "categories": [{"id": 9, "name": "dog"}],
        "annotations": [
            {"image_id": 41, "category_id": 9, "bbox": [1, 2, 3, 4], **named}
        ],
    }
    path.write_text(json.dumps(content))

    recorded = read_tracks(path)

    assert recorded.class_names == ("dog",)
    assert recorded.at(2).boxes.tolist() == [[1, 2, 4, 6]]
    assert recorded.at(2).ids.tolist() == [5]


def test_detections_of_seven_to_ten_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text(
        "1,-1,10,20,30,40,0.9\n"
        "1,-1,1,2,3,4,0.5,-1,-1,-1\n"
        "\n"
        "3 5 1 2 3 4 0.25 -1 -1\n"
        "4,-1,1,2,3,4,0.5,2\n"
        "4,-1,1,2,3"
    )

    detections = read_detections(path)

    assert detections.last == 4
    assert detections.at(1).boxes.tolist() == [[10, 20, 40, 60], [1, 2, 4, 6]]
    assert detections.at(1).scores.tolist() == pytest.approx([0.9, 0.5])
    assert len(detections.at(2)) == 0
    assert detections.detect(frame(2)).scores.tolist() == [0.25]
    assert [detections.at(n).classes.tolist() for n in (1, 3, 4)] == [[0, 0], [0], [2]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,-1,10,20,30,40\n", "6 columns"),
        ("0,-1,10,20,30,40,0.9\n", "not a frame number"),
        ("1.5,-1,10,20,30,40,0.9\n", "not a frame number"),
        ("1,-1,10,x,30,40,0.9\n", "'x'"),
        ("1,-1,10,nan,30,40,0.9\n", "not finite"),
    ],
)
def test_wrong_detections_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "det.txt"
    path.write_text("1,-1,10,20,30,40,0.9\n" + line)

    with pytest.raises(InputError, match=rf"det\.txt, line 2: .*{message}"):
        read_detections(path)


def test_saved_detections_come_back_exactly(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    boxes = random.uniform(-50, 3840, (200, 4)).astype(np.float32)
    boxes[:, 2:] = boxes[:, :2] + random.uniform(0, 999, (200, 2)).astype(np.float32)
    scores = random.random(200, np.float32)
    saved = Detections(boxes, scores, random.integers(0, 80, 200))
    path = tmp_path / "det.txt"
    path.write_text(detection_rows(5, saved))

    back = read_detections(path).at(5)

    np.testing.assert_array_equal(back.boxes, saved.boxes)
    np.testing.assert_array_equal(back.scores, saved.scores)
    np.testing.assert_array_equal(back.classes, saved.classes)


def test_real_detections_are_read(shared: Path) -> None:
    for sequence in ("PETS09-S2L1", "ADL-Rundle-6", "MOT17-02-train_half"):
        path = shared / "mot" / sequence / "det" / "det.txt"
        detections = read_detections(path)
        lines = path.read_text().splitlines()
        assert sum(map(len, detections.frames.values())) == len(lines)


def test_real_tracks_are_read(shared: Path) -> None:
    path = shared / "mot" / "PETS09-S2L1" / "bytetrack" / "eval.txt"

    recorded = read_tracks(path)

    rows = [line.split(",") for line in path.read_text().splitlines()]
    assert sum(len(e.tracks) for e in recorded.entries) == len(rows)
    assert recorded.at(1).boxes[0, 0] == pytest.approx(float(rows[0][2]))
