"""MOT rows: one parser for tracks, detections and ground truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from avio_cli.errors import InputError
from avio_cli.evaluation.reading import read_boxes
from avio_cli.records.detections import read_detections
from avio_cli.records.formats import plan_records
from avio_cli.records.mot import MotForm, read_mot
from avio_cli.records.reader import read_tracks
from avio_cli.records.writer import open_records
from tests.records.recording import ONE, TWO, VIDEO, entry

FORM = MotForm(least=7, most=10, hint="like this")


def rows_file(folder: Path, *rows: str, end: str = "\n") -> Path:
    path = folder / "rows.txt"
    path.write_text("\n".join(rows) + end)
    return path


def test_rows_of_several_widths_and_separators_are_one_table(tmp_path: Path) -> None:
    path = rows_file(tmp_path, "1,-1,1,2,3,4,0.5,", "", "2 -1 1 2 3 4 1 -1 7")
    rows = read_mot(path, FORM)
    assert rows.counts.tolist() == [7, 9]
    assert rows.numbers == [1, 3]
    assert rows.values[:, :9].tolist() == [
        [1, -1, 1, 2, 3, 4, 0.5, 0, 0],
        [2, -1, 1, 2, 3, 4, 1, -1, 7],
    ]
    assert rows.corners.tolist() == [[1, 2, 4, 6]] * 2


def test_all_at_once_and_row_by_row_give_the_same(tmp_path: Path) -> None:
    table = np.random.default_rng(0).normal(0, 1e3, (50, 7))
    lines = [",".join(map(repr, row)) for row in table.tolist()]
    once = read_mot(rows_file(tmp_path, *lines), FORM)
    slow = read_mot(rows_file(tmp_path, *lines, "1 2 3 4 5 6 7 8"), FORM)
    np.testing.assert_array_equal(once.values[:, :7], table)
    np.testing.assert_array_equal(slow.values[:-1, :7], table)


def test_an_incomplete_last_line_is_left_out_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = "1,1,1,2,3,4,0.5,-1,-1,-1"
    for cut in (row[:-1], row[:-3], row[:5], row[:18]):
        caplog.clear()
        path = rows_file(tmp_path, row, cut, end="")
        assert len(read_tracks(path).entries[0].tracks) == 1
        assert "rows.txt, line 2 is incomplete and left out" in caplog.text
    with pytest.raises(InputError, match="line 2: it has"):
        read_mot(path, MotForm(least=7, uniform=True, whole=True))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.txt", "1,1,1,2,3"),
        ("t.jsonl", '{"frame": 1, "tra'),
        ("t.csv", "frame,pts,time,id,x1"),
    ],
)
def test_a_file_whose_only_line_is_incomplete_is_an_error(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=rf"{name}, line 1: "):
        read_tracks(path)


def test_an_incomplete_coco_file_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "t.json"
    sink = open_records([str(path)], video=VIDEO)
    sink.put(entry(1, ONE, TWO))
    sink.close()
    read_tracks(path)
    assert caplog.text == ""
    path.write_bytes(path.read_bytes()[:-20])
    assert len(read_tracks(path).at(1)) == 1
    assert "t.json is incomplete: only its whole lines count" in caplog.text


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv"])
def test_an_incomplete_last_line_of_records_is_named(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = {
        "t.jsonl": '{"frame": 1, "tracks": []}\n{"frame": 2, "tra',
        "t.csv": "frame,pts,time,id,x1,y1,x2,y2,score,class,events\n1,0,0.0,1",
    }
    path = tmp_path / name
    path.write_text(whole[name])
    read_tracks(path)
    assert f"{name}, line 2 is incomplete and left out" in caplog.text


@pytest.mark.parametrize(
    ("row", "message", "hint"),
    [
        ("1,-1,1,1,2,2,-1,-1,-1,-1", "a score of -1 says", "write 1 in column 7"),
        ("1,-1,1,1,2,2,-0.2", "-0.2 is no score", "0 to 1"),
        ("1,-1,1,1,2,2,90", "90 is no score: they are 0 to 1", "percent by 100"),
        ("1,-1,1,1,-2,2,0.5", "a box of -2 x 2 pixels is impossible", "width, height"),
        ("1;-1;1,5;1;2;2;0,9", "it has 3 columns", "decimals by a point"),
        ("1,-1,1,1,2,2,0,9", "every score is 0", "0,9 is two columns"),
        ("1,-1,1,1,2,2,0,-1,-1,-1", "every score is 0", "1 in a file that has no"),
        ("1,-1,1,1,2,2,0.9,3000000", "'3000000' is no class", "whole numbers"),
        ("1,-1,1,1,2,2,0.9,-2", "'-2' is no class", "whole numbers"),
        ("1,-1,1,1,2,2,0.9,0.4,1", "'0.4' is no class", "10 columns have none"),
        ("1,-1,1,1,2,2,0.9,person", "'person' is not a number", "a row is"),
    ],
)
def test_what_is_no_detection_is_named_with_what_to_do(
    tmp_path: Path, row: str, message: str, hint: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_detections(rows_file(tmp_path, row))
    assert hint in caught.value.hint


def test_no_class_is_the_first(tmp_path: Path) -> None:
    path = rows_file(tmp_path, "1,-1,1,1,2,2,1.0005,-1", "1,-1,1,1,2,2,0.1,2")
    assert read_detections(path).at(1).classes.tolist() == [0, 2]


def test_an_empty_file_of_detections_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert read_detections(rows_file(tmp_path, "")).last == 0
    assert "rows.txt is empty: it has no detections" in caplog.text


@pytest.mark.parametrize(
    ("column", "expected"), [((1, 4), [0, 3]), ((0, 4), [0, 4]), ((-1, -1), [0, 0])]
)
def test_nine_columns_count_classes_from_1_unless_one_is_0(
    tmp_path: Path, column: tuple[int, int], expected: list[int]
) -> None:
    rows = [f"1,-1,1,1,2,2,0.9,{number},1" for number in column]
    found = read_detections(rows_file(tmp_path, *rows)).at(1)
    assert found.classes.tolist() == expected


def test_rows_in_any_order_keep_theirs_within_a_frame(tmp_path: Path) -> None:
    rows = [f"{1 + n % 3},-1,{n},1,2,2,0.9" for n in (8, 7, 6, 5, 4, 3, 2, 1, 0)]
    found = read_detections(rows_file(tmp_path, *rows))
    assert list(found.frames) == [1, 2, 3]
    assert found.at(1).boxes[:, 0].tolist() == [6, 3, 0]


def test_classes_are_written_from_1_and_read_back_by_all(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    sink = open_records([str(path)], ["mot-classes"], video=VIDEO)
    sink.put(entry(1, ONE, TWO))
    sink.close()
    assert path.read_text() == (
        "1,7,10.00,20.00,100.50,200.25,0.9000,1,1\n"
        "1,8,300.00,40.00,50.00,50.00,0.5000,2,1\n"
    )
    named = read_tracks(path, VIDEO.class_names)
    assert named.class_names == VIDEO.class_names
    assert named.at(1).classes.tolist() == [0, 1]
    assert read_tracks(path).class_names == ("0", "1")
    assert read_detections(path).at(1).classes.tolist() == [0, 1]
    assert read_boxes(path).classes.tolist() == [1, 2]


def test_the_extension_alone_means_mot_without_classes() -> None:
    assert plan_records(["a.txt"])[0].format.name == "mot"
    assert plan_records(["a.txt"], [".txt"])[0].format.name == "mot"


@pytest.mark.parametrize("read", [read_tracks, read_detections])
@pytest.mark.parametrize(
    ("row", "end", "warned"),
    [
        ("2,1,10,20,30,40,0.", "", True),  # of 0.9
        ("2,1,10,20,30,40,0.9,1", "", True),  # of class 17
        ("2,1,10,20,30,40,0.9", "\n", False),
        ("2,1,10,20,30,40,0.9,-1,-1,-", "", False),  # left out, which is said
        ("2,1,10,20,30,40,0.9,-1,-1,-1", "", False),
    ],
)
def test_a_last_row_that_is_cut_within_a_number_is_a_warning(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    read: Callable[[Path], object],
    row: str,
    end: str,
    warned: bool,
) -> None:
    read(rows_file(tmp_path, "1,1,10,20,30,40,0.9", row, end=end))
    said = "rows.txt ends without a line end: its last line may be incomplete"
    assert (said in caplog.text) == warned


@pytest.mark.parametrize("read", [read_tracks, read_detections, read_boxes])
def test_a_box_that_ends_beyond_all_numbers_is_refused(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    row = "1,1,3e38,20,3e38,40,0.9"
    with pytest.raises(InputError, match=r"line 2: a box of 3e38 x 40 pixels at 3e38"):
        read(rows_file(tmp_path, "1,2,10,20,30,40,0.9", row))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["1,-1,1,2,3,4,0.5,2,1", "1,-1,1,2,3,4,0.5,1,1"], "from 1: it has nine"),
        (["1,-1,1,2,3,4,0.5,2,1", "1,-1,1,2,3,4,0.5,0,1"], "from 0, since one is 0"),
        (["1,-1,1,2,3,4,0.5,2"], ""),
        (["1,-1,1,2,3,4,0.5,-1,1"], ""),
    ],
)
def test_it_is_said_what_classes_of_nine_columns_count_from(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, rows: list[str], said: str
) -> None:
    read_detections(rows_file(tmp_path, *rows))
    named = "rows.txt are taken as counted "
    assert named + said in caplog.text if said else not caplog.text
