"""Names in CSV: safe in a spreadsheet, in one line, and read as they were."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avio_cli.records.reader import read_tracks
from avio_cli.records.rows import csv_text, list_of_csv, text_of_csv
from avio_cli.records.writer import open_records
from tests.records.recording import VIDEO, clip


@given(st.text())
@pytest.mark.slow
def test_every_text_is_read_as_it_was(text: str) -> None:
    cell = csv_text(text)
    assert text_of_csv(cell) == text
    assert "\n" not in cell
    assert "\r" not in cell


@pytest.mark.parametrize("text", ["=1+1", "@x", "+x", "-x", "'=x", "\t=x"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert csv_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+1.5", "7", "person", "'tis"])
def test_numbers_and_ordinary_names_stay(text: str) -> None:
    assert csv_text(text) == text


def test_names_of_lines_may_have_what_separates_them(tmp_path: Path) -> None:
    names = ["x; y", "=a\\; b;", "door"]
    events = [{"name": name, "direction": "in", "id": 7} for name in names]
    path = tmp_path / "t.csv"
    sink = open_records([str(path)], video=VIDEO)
    sink.put(replace(clip(1)[0], events=events))
    sink.finish()
    (read,) = read_tracks(path).entries
    assert [event["name"] for event in read.events] == names
    assert list_of_csv("a;b in; c out") == ["a;b in", "c out"]


def test_a_file_with_such_names_is_read(tmp_path: Path) -> None:
    names = ("=HYPERLINK(1)", "two\nlines", "back\\slash")
    path = tmp_path / "t.csv"
    sink = open_records([str(path)], video=replace(VIDEO, class_names=names))
    for each in clip(4):
        sink.put(each)
    sink.finish()

    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(path.read_text().splitlines())
    assert set(read_tracks(path).class_names) <= {*names, *map(str, range(99))}
    assert not any(row[-2].startswith("=") for row in rows)
