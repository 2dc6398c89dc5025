"""Records in another format and back: the same within what the format keeps."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.errors import InputError
from avio_cli.records.entry import FrameRecord
from avio_cli.records.exchange.table import table_of
from avio_cli.records.facts import Fact, lost
from avio_cli.records.formats import FORMATS
from avio_cli.records.reader import read_tracks
from avio_cli.records.recorded import RecordedTracks
from avio_cli.records.writer import write_records
from tests.absent import without
from tests.records.recording import VIDEO, clip, entry, some_entries

NAMES = tuple(
    pytest.param(name, marks=without("pyarrow")) if name == "parquet" else name
    for name in FORMATS
)
SAID: dict[Fact, Callable[[FrameRecord], object]] = {
    Fact.CROSSINGS: lambda e: [(x["name"], x["direction"], x["id"]) for x in e.events],
    Fact.KINDS: lambda e: [x["kind"] for x in e.events if "kind" in x],
    Fact.ZONES: lambda e: list(e.zones),
    Fact.GAPS: lambda e: e.gap,
    Fact.TIMES: lambda e: (e.pts, e.seconds),
}
PIXEL = 0.01
"""Two decimals, and 32 bits of a float."""


def recorded(entries: list[FrameRecord]) -> RecordedTracks:
    return RecordedTracks(tuple(entries), VIDEO.class_names, True)


def back(
    name: str, tracks: RecordedTracks, folder: Path, tolerance: float | None = None
) -> RecordedTracks:
    path = folder / f"tracks{FORMATS[name].extension}"
    with path.open("wb") as file:
        write_records(FORMATS[name], tracks, VIDEO, file, tolerance)
    return read_tracks(path, VIDEO.class_names, format=name, whole=True)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, deadline=None)
@given(entries=some_entries())
def test_what_a_format_keeps_comes_back(
    name: str, entries: list[FrameRecord], tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept, given_ = FORMATS[name].keeps, recorded(entries)

    read = back(name, given_, tmp_path_factory.mktemp("r"))

    ours, theirs = table_of(given_.entries), table_of(read.entries)
    orders = [np.lexsort((t.tracks.ids, t.frames)) for t in (ours, theirs)]
    ours, theirs = ours[orders[0]], theirs[orders[1]]
    assert ours.frames.tolist() == theirs.frames.tolist()
    assert ours.tracks.ids.tolist() == theirs.tracks.ids.tolist()
    assert np.allclose(ours.tracks.boxes, theirs.tracks.boxes, rtol=0, atol=PIXEL)
    assert np.allclose(ours.tracks.scores, theirs.tracks.scores, rtol=0, atol=1.01e-4)
    if Fact.CLASSES in kept:
        assert ours.tracks.classes.tolist() == theirs.tracks.classes.tolist()
    if Fact.TIMES in kept:
        times = {(e.number, e.pts, e.seconds) for e in read.entries}
        assert times <= {(e.number, e.pts, e.seconds) for e in given_.entries}
    if Fact.EMPTY in kept and entries:
        assert {e.number for e in entries} <= {e.number for e in read.entries}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_named_as_lost_comes_back(name: str, tmp_path: Path) -> None:
    frames = clip(7)
    crossed = {"name": "a b", "kind": "line", "direction": "in", "id": 7}
    inside = {"name": "yard", "ids": [7], "dwell": [1.25]}
    frames[3] = replace(
        frames[3], events=[{**crossed, "class": "person"}], gap=1.5, zones=[inside]
    )
    given_ = replace(recorded(frames), video=VIDEO)

    read = back(name, given_, tmp_path)

    missing = set(lost(given_, FORMATS[name].keeps))
    fourth = [e for e in read.entries if e.number == 4]
    for fact, said in SAID.items():
        named = {Fact.KINDS: {Fact.KINDS, Fact.CROSSINGS}}.get(fact, {fact})
        if not named & missing:
            assert [said(e) for e in fourth] == [said(frames[3])]
    assert (Fact.EMPTY in missing) == (len(read.entries) < len(frames))
    size = read.video and (read.video.width, read.video.height, read.video.name)
    assert size == (None if Fact.SIZE in missing else (640, 480, "in.mp4"))
    assert set(read.class_names) == set(VIDEO.class_names) or name == "mot"


@pytest.mark.parametrize("name", ["cvat", "label-studio"])
@settings(max_examples=12, deadline=None)
@given(data=st.data(), tolerance=st.sampled_from([0, 0.25, 1, 7.5]))
def test_between_key_frames_no_edge_is_further_off_than_the_tolerance(
    name: str,
    tolerance: float,
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    moves = data.draw(st.lists(st.integers(-400, 400), min_size=1, max_size=60))
    hidden = data.draw(st.sets(st.integers(1, 60), max_size=5))
    edges = np.cumsum(moves) / 100 + 1000
    frames = [
        entry(n, *[(3, x, 20, x + 55.55, 90 + x / 7, 0.5, n // 20 % 2)][n in hidden :])
        for n, x in enumerate(edges.tolist(), 1)
    ]

    read = back(name, recorded(frames), tmp_path_factory.mktemp("r"), tolerance)

    ours, theirs = table_of(frames), table_of(read.entries)
    assert ours.frames.tolist() == theirs.frames.tolist()
    assert ours.tracks.classes.tolist() == theirs.tracks.classes.tolist()
    off = np.abs(ours.tracks.boxes.round(2) - theirs.tracks.boxes.astype("f8"))
    assert off.max(initial=0) <= tolerance + PIXEL


LOSSES = {
    "jsonl": (),
    "coco": (),
    "label-studio": ("crossings", "who is in a zone"),
    "cvat": ("control characters in names of classes", "crossings", "who is in a zone"),
    "parquet": ("crossings of tracks without a box", "who is in a zone without a box"),
    "csv": ("crossings of tracks without a box", "who is in a zone"),
    "cvat-mot": ("scores below 0.0001", "blanks in names of classes"),
    "mot": ("classes", "names of classes", "crossings", "who is in a zone"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_only_some_records_say_is_named_where_it_is_lost(name: str) -> None:
    crossed = {"name": "a", "direction": "in", "id": 9}
    inside = {"name": "yard", "ids": [1, 9], "dwell": [1, 2]}
    frame = entry(1, (1, 0, 0, 5, 5, 0, 0), (2, 0, 0, 5, 5, 1, 1))
    frame = replace(frame, events=[crossed], zones=[inside])
    named = lost(RecordedTracks((frame,), ("a  b", "\x01")), FORMATS[name].keeps)
    assert set(LOSSES[name]) <= set(named)
    assert {*named} - {"times"} == {*LOSSES[name]} or name == "cvat-mot"


def test_names_of_classes_come_back_from_cvat(tmp_path: Path) -> None:
    rows = [(1, 0, 0, 5, 5, 1, n) for n in (0, 0, 1, 2)]
    frames = [entry(n, row) for n, row in enumerate(rows, 1)]
    names = ("a", "", "two\r\nlines")
    read = back("cvat", RecordedTracks(tuple(frames), names, True), tmp_path)
    classes = [read.class_names[e.tracks.classes[0]] for e in read.entries]
    assert classes == ["a", "a", "", "two\r\nlines"]


@pytest.mark.parametrize(
    ("number", "ids", "message"),
    [
        (0, (1,), "frame 0: annotators get frames from 1"),
        (1, (-1,), "id -1: annotators get tracks"),
        (3, (1, 2, 1), "id 1 twice in frame 3"),
    ],
)
@pytest.mark.parametrize("name", ["cvat", "label-studio"])
def test_annotators_get_nothing_that_could_not_be_read_back(
    name: str, number: int, ids: tuple[int, ...], message: str, tmp_path: Path
) -> None:
    frame = entry(number, *[(i, 0, 0, 5, 5, 1, 0) for i in ids])
    with pytest.raises(InputError, match=message):
        back(name, recorded([frame]), tmp_path)


def test_the_numbers_of_frames_say_what_parquet_has_not(tmp_path: Path) -> None:
    """Where a format has no empty frames, their numbers are free."""
    frames = [entry(2, (1, 0, 0, 5, 5, 1, 0)), entry(9, (1, 0, 0, 5, 5, 1, 0))]
    read = back("csv", recorded(frames), tmp_path)
    assert [e.number for e in read.entries] == [2, 9]
