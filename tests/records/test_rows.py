"""Rows of a frame are made at once, with the numbers that `round` and `repr` give."""

import csv
import io
import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avio_cli.detections import Tracks
from avio_cli.records.entry import CountEvent, FrameRecord, VideoInfo
from avio_cli.records.rows import coco_annotations, csv_rows, json_line, mot_rows

NAMES = ("person", 'a "b", c', "100%", "%s", "é\n")
VIDEO = VideoInfo("a.mp4", 640, 480, class_names=NAMES)
COORDINATES = st.one_of(
    st.floats(-3000, 3000, width=32),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.integers(-4000, 4000).map(lambda n: n / 200),  # halves of a hundredth
)
TRACKS = st.lists(
    st.tuples(
        st.lists(COORDINATES, min_size=4, max_size=4),
        st.floats(0, 1, width=32),
        st.integers(0, len(NAMES)),
    ),
    max_size=4,
)


def frame(
    rows: Sequence[tuple[Sequence[float], float, int]],
    events: Sequence[CountEvent] = (),
) -> FrameRecord:
    boxes = np.array([box for box, _, _ in rows], np.float32).reshape(-1, 4)
    scores = np.array([score for _, score, _ in rows], np.float32)
    classes = np.array([class_ for _, _, class_ in rows], np.int64)
    tracks = Tracks(boxes, scores, classes, np.arange(7, 7 + len(rows)))
    return FrameRecord(3, 1024, 0.04, tracks, events)


def rounded(entry: FrameRecord) -> list[tuple[list[float], float]]:
    columns = (entry.tracks.boxes.tolist(), entry.tracks.scores.tolist())
    return [
        ([round(value, 2) + 0.0 for value in box], round(score, 4))
        for box, score in zip(*columns, strict=True)
    ]


def names(entry: FrameRecord) -> list[str]:
    return [VIDEO.class_name(number) for number in entry.tracks.classes.tolist()]


@given(TRACKS)
def test_json_is_what_the_standard_library_writes(
    rows: list[tuple[list[float], float, int]],
) -> None:
    entry = frame(rows)
    tracks = [
        {"id": 7 + number, "box": box, "score": score, "class": name}
        for number, ((box, score), name) in enumerate(
            zip(rounded(entry), names(entry), strict=True)
        )
    ]
    content = {"frame": 3, "pts": 1024, "time": 0.04, "tracks": tracks}
    assert json_line(entry, VIDEO) == json.dumps(content, ensure_ascii=False) + "\n"


@given(TRACKS)
def test_csv_is_what_the_standard_library_writes(
    rows: list[tuple[list[float], float, int]],
) -> None:
    entry = frame(rows)
    lines = csv_rows(entry, VIDEO).splitlines()
    expected = io.StringIO()
    writer = csv.writer(expected, lineterminator="\n")
    for number, (box, score) in enumerate(rounded(entry)):
        writer.writerow((3, 1024, 0.04, 7 + number, *box, score))
    starts = expected.getvalue().splitlines()
    assert len(lines) == len(starts)
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(start + ",")


@given(TRACKS)
def test_sizes_are_those_of_rounded_corners(
    rows: list[tuple[list[float], float, int]],
) -> None:
    entry = frame([(np.clip(box, -1e6, 1e6), *rest) for box, *rest in rows])
    text = mot_rows(entry, VIDEO)
    annotations = json.loads(f"[{coco_annotations(entry, 1, ',')}]")
    for line, annotation, ((x, y, x2, y2), score) in zip(
        text.splitlines(), annotations, rounded(entry), strict=True
    ):
        size = [round(x2 - x, 2) + 0.0, round(y2 - y, 2) + 0.0]
        assert annotation["bbox"] == [x, y, *size]
        assert annotation["area"] == round(size[0] * size[1], 2)
        assert annotation["score"] == score
        fields = [float(field) for field in line.split(",")[2:6]]
        assert fields == [x, y, *size]


def test_events_are_in_the_row_of_their_track() -> None:
    crossed: CountEvent = {"name": "a, b", "kind": "line", "direction": "in", "id": 8}
    entry = frame([([1, 2, 3, 4], 0.5, 0)] * 2, [crossed, crossed])
    first, second = csv.reader(io.StringIO(csv_rows(entry, VIDEO)))
    assert (first[-2:], second[-2:]) == (["person", ""], ["person", "a, b in; a, b in"])
    assert json.loads(json_line(entry, VIDEO))["events"] == [crossed, crossed]


@pytest.mark.parametrize("pts", [None, 0])
def test_a_frame_without_tracks_is_a_line_of_json_and_no_row(pts: int | None) -> None:
    entry = FrameRecord(1, pts, None, Tracks())
    assert json.loads(json_line(entry, VIDEO)) == {
        "frame": 1,
        "pts": pts,
        "time": None,
        "tracks": [],
    }
    assert csv_rows(entry, VIDEO) == mot_rows(entry, VIDEO) == ""
