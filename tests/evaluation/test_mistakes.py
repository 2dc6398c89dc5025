"""Lists of what was wrong: as many as the figures count, and right by id and frame."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.cli.main import run
from avio_cli.evaluation import evaluate, list_mistakes

BOX = "40,80"
OBJECTS = {1: 0, 2: 200, 3: 400}


def write(path: Path, rows: list[tuple[int, int, int]]) -> Path:
    """Rows of frame, id and left edge."""
    path.write_text("".join(f"{f},{i},{x},10,{BOX},1\n" for f, i, x in rows))
    return path


def truth_of(folder: Path, last: int = 10) -> Path:
    rows = [(f, i, x) for f in range(1, last + 1) for i, x in OBJECTS.items()]
    return write(folder / "truth.txt", rows)


def test_each_mistake_is_named_by_id_and_frame(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(f, 11 if f < 4 else 12, 2) for f in range(1, 11) if f != 7]
    rows += [(f, 13 if f < 6 else 12 + f, 200) for f in range(1, 7)]
    rows += [(f, 30, 900) for f in (2, 3, 8)]
    tracks = write(tmp_path / "tracks.txt", rows)

    assert run(["eval", str(tracks), str(truth_of(tmp_path)), "--list"]) == 0

    assert capsys.readouterr().out.splitlines()[3:] == [
        "tracks",
        "object 1 is track 11 in 1 to 3 (3 boxes), track 12 in 4 to 10 (6 boxes)",
        "object 2 is track 13 in 1 to 5 (5 boxes), track 18 in 6 (1 box)",
        "frame 4: object 1 changes from track 11 to 12",
        "frame 6: object 2 changes from track 13 to 18",
        "object 1 is missed in 7 (1 of 10)",
        "object 2 is missed in 7 to 10 (4 of 10)",
        "object 3 is missed everywhere (10 of 10)",
        "track 30 is nothing everywhere (3 of 3)",
    ]


def test_a_track_of_several_objects_is_listed(tmp_path: Path) -> None:
    rows = [(f, 5, 0 if f < 6 else 200) for f in range(1, 9)]
    tracks = write(tmp_path / "tracks.txt", rows)

    found = list_mistakes(tracks, truth_of(tmp_path))["tracks"]

    (merged,) = found.merged
    parts = [(part.id, part.boxes, part.of, part.ranges) for part in merged.parts]
    assert (merged.id, parts) == (5, [(1, 5, 10, ((1, 5),)), (2, 3, 10, ((6, 8),))])
    assert not found.split
    assert not found.switches
    assert not found.extra


def test_json_has_the_lists_only_where_they_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = truth_of(tmp_path)
    for words in ([], ["--list"]):
        assert run(["eval", str(truth), str(truth), "--json", *words]) == 0
        (row,) = json.loads(capsys.readouterr().out)
        assert ("mistakes" in row) == bool(words)
    assert row["mistakes"]["switches"] == []


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 8), st.integers(1, 4), st.integers(0, 450)),
        unique_by=lambda row: row[:2],
        max_size=20,
    )
)
def test_the_lists_are_what_the_figures_count(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("e")
    truth, tracks = truth_of(folder, 8), write(folder / "tracks.txt", sorted(rows))

    (score,) = evaluate(tracks, truth)
    found = list_mistakes(tracks, truth)["tracks"]

    assert len(found.switches) == score.switches
    assert sum(part.boxes for part in found.missed) == score.false_negatives
    assert sum(part.boxes for part in found.extra) == score.false_positives
