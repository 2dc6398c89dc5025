"""What `avio eval` reads and refuses: the right figure, or one clear error."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from avio_cli.cli.main import run
from avio_cli.detections import Tracks
from avio_cli.errors import InputError, UsageError
from avio_cli.evaluation import Rules, Score, evaluate, table
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.writer import open_records

Row = tuple[float, ...]
TRUTH: list[Row] = [
    (frame, track, 10 + 3 * frame + 300 * track, 100, 40, 80)
    for frame in range(1, 21)
    for track in (1, 2)
]
PERFECT = [(*row, 0.9, -1, -1, -1) for row in TRUTH]


def write(path: Path, rows: Sequence[Sequence[object]], separator: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(separator.join(map(str, row)) + "\n" for row in rows))
    return path


def labelled(*columns: object) -> list[tuple[object, ...]]:
    return [(*row, *columns) for row in TRUTH]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return write(tmp_path / "gt.txt", labelled(1, 1, 1))


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    return write(tmp_path / "tracks.txt", PERFECT)


def only(scores: tuple[Score, ...]) -> Score:
    (score,) = scores
    return score


def test_perfect_tracks_score_100(tracks: Path, truth: Path) -> None:
    score = only(evaluate(tracks, truth))
    accuracies = (score.hota, score.det_a, score.ass_a, score.loc_a, score.mota)
    assert accuracies == pytest.approx([100] * 5)
    assert (score.motp, score.idf1, score.idp, score.idr) == (100, 100, 100, 100)
    assert (score.switches, score.fragmentations, score.mostly_tracked) == (0, 0, 2)
    assert (score.false_positives, score.false_negatives) == (0, 0)


def test_an_id_that_changes_and_a_hole_are_counted(truth: Path, tmp_path: Path) -> None:
    rows = [
        (frame, 9 if frame > 10 and track == 1 else track, *rest)
        for frame, track, *rest in PERFECT
        if not (track == 2 and frame in (5, 6))
    ]
    score = only(evaluate(write(tmp_path / "tracks.txt", rows), truth))
    assert (score.switches, score.fragmentations) == (1, 1)
    assert (score.false_positives, score.false_negatives) == (0, 2)
    assert score.mota == pytest.approx(100 * (40 - 2 - 1) / 40)


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_a_run_that_found_nothing_misses_all(
    truth: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "none.txt").write_text(text)
    score = only(evaluate(tmp_path / "none.txt", truth))
    assert (score.false_negatives, score.hota, score.mostly_lost) == (40, 0, 2)


@pytest.mark.parametrize("separator", [",", " ", "\t", ", ", "  "])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_separators_line_ends_and_a_bom_change_nothing(
    truth: Path, tmp_path: Path, separator: str, start: str
) -> None:
    path = write(tmp_path / "tracks.txt", PERFECT, separator)
    path.write_bytes((start + path.read_text()).replace("\n", "\r\n").encode())
    assert only(evaluate(path, truth)).hota == pytest.approx(100)


@pytest.mark.parametrize("extension", ["jsonl", "csv", "json", "txt"])
def test_records_of_avio_are_read_on_either_side(
    tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"tracks.{extension}"
    records = open_records([str(path)], video=VideoInfo("a.mp4", 640, 480))
    for number in range(1, 21):
        boxes = [(*r[2:4], r[2] + r[4], r[3] + r[5]) for r in TRUTH if r[0] == number]
        tracks = Tracks(
            np.array(boxes, np.float32) + np.float32(0.37),
            np.full(2, 0.4, np.float32),
            np.zeros(2, np.int64),
            np.array([1, 2]),
        )
        records.put(FrameRecord(number, number, number / 25, tracks))
    records.finish()
    rows = [(f, i, x + 0.37, y + 0.37, *size, 1, 1, 1) for f, i, x, y, *size in TRUTH]
    other = write(tmp_path / "other.txt", rows)
    for one, two in ((path, other), (other, path)):
        score = only(evaluate(one, two))
        assert (score.hota, score.loc_a) == pytest.approx((100, 100), abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*PERFECT, PERFECT[5]], "id 2 is twice in frame 3"),
        ([*PERFECT, (7, 9, "nan", 1, 2, 3, 1, -1, -1, -1)], "line 41: a number is not"),
        ([*PERFECT, ("inf", 9, 1, 1, 2, 3, 1, -1, -1, -1)], "line 41: a number is not"),
        ([*PERFECT, (7, 9, 1, 1, 1e300, 3, 1, -1, -1, -1)], "line 41: a number is not"),
        ([*PERFECT, (7.5, 9, 1, 1, 2, 3, 1, -1, -1, -1)], "must be whole numbers"),
        ([*PERFECT, (7, 1e18, 1, 1, 2, 3, 1, -1, -1, -1)], "must be whole numbers"),
        ([*PERFECT, (1.7e9, 9, 1, 1, 2, 3, 1, -1, -1, -1)], "that is a time"),
        ([(0, 1, 1, 1, 2, 3, 1)], "line 1: frames are counted from 1"),
        ([(1, -1, 1, 1, 2, 3, 1)], "line 1: an id below 0 is none"),
        ([("frame", "id", "x", "y", "w", "h")], "line 1: 'frame' is not a number"),
        ([(1, 1, 1, 1, 2)], "line 1: it has 5 columns"),
        ([*PERFECT, (7, 9, 1, 1)], "line 41: it has 4 columns, the first has 10"),
        ([*PERFECT, (7, 9, "", 1, 2, 3, 1, -1, -1, -1)], "line 41: '' is not a number"),
    ],
)
def test_what_cannot_be_meant_is_named(
    truth: Path, tmp_path: Path, rows: list[Row], message: str
) -> None:
    path = write(tmp_path / "tracks.txt", rows)
    with pytest.raises(InputError, match=message) as caught:
        evaluate(path, truth)
    assert "tracks.txt" in caught.value.message


def test_torn_files_are_refused(tracks: Path, truth: Path, tmp_path: Path) -> None:
    tracks.write_text(tracks.read_text()[:-20])
    with pytest.raises(InputError, match="line 40: it has 4 columns"):
        evaluate(tracks, truth)
    torn = tmp_path / "tracks.jsonl"
    torn.write_text('{"frame": 1, "tracks": []}\n{"frame": 2, "tra')
    with pytest.raises(InputError, match="line 2: "):
        evaluate(torn, truth)
    torn = tmp_path / "tracks.json"
    torn.write_text('{"categories": [],\n"images": [\n{"id": 1}')
    with pytest.raises(InputError, match="is not JSON"):
        evaluate(torn, truth)


def test_a_last_line_that_may_be_torn_is_a_warning(
    tracks: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    truth = write(tmp_path / "gt.txt", TRUTH)
    truth.write_text(truth.read_text()[:-1])
    evaluate(tracks, truth)
    assert "gt.txt ends without a line end" in caplog.text


def test_frames_beyond_the_declared_length_are_refused(
    tracks: Path, tmp_path: Path
) -> None:
    truth = write(tmp_path / "A/gt/gt.txt", labelled(1, 1, 1))
    (tmp_path / "A/seqinfo.ini").write_text("[Sequence]\nseqLength=19\n")
    with pytest.raises(InputError, match=r"frame 20 is impossible, .* has 19"):
        evaluate(tracks, truth)
    (tmp_path / "A/seqinfo.ini").write_text("seqLength=broken\n")
    assert only(evaluate(tracks, truth)).hota == pytest.approx(100)


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ("car", "person", True),
        ("person", "person", False),
        ("person", "object", False),
        ("0", "person", False),
    ],
)
def test_tracks_of_other_classes_than_the_truth_are_a_warning(
    ours: str, theirs: str, said: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box, files = {"id": 1, "box": [1, 1, 9, 9], "score": 1}, []
    for side, name in (("a", ours), ("b", theirs)):
        files.append(tmp_path / f"{side}.jsonl")
        line = {"frame": 1, "tracks": [box | {"class": name}]}
        files[-1].write_text(json.dumps(line) + "\n")

    assert only(evaluate(*files)).mota == 100

    warning = f"b.jsonl: {ours} are compared with {theirs}"
    assert (warning in caplog.text) == said


def test_sides_without_a_common_frame_are_a_warning(
    truth: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    later = write(tmp_path / "late.txt", [(r[0] + 500, *r[1:]) for r in PERFECT])
    assert only(evaluate(later, truth)).false_positives == 40
    assert "no frame of" in caplog.text


@pytest.mark.parametrize(
    "columns",
    [(), (1,), (-1,), (0.4, -1, -1, -1), (1, 3, 1), (1, 0, 1), (1, 1.0, 0.5), (0.3, 1)],
)
def test_truth_of_one_class_counts_whatever_its_number_and_flag(
    tracks: Path, tmp_path: Path, columns: tuple[float, ...]
) -> None:
    truth = write(tmp_path / "gt.txt", labelled(*columns))
    assert only(evaluate(tracks, truth)).hota == pytest.approx(100)


def test_boxes_with_the_flag_0_do_not_count(tracks: Path, tmp_path: Path) -> None:
    rows = [(*row, int(row[1] == 1), 1, 1) for row in TRUTH]
    score = only(evaluate(tracks, write(tmp_path / "gt.txt", rows)))
    assert (score.false_positives, score.false_negatives) == (20, 0)


def test_tracks_on_distractors_are_left_out(tracks: Path, tmp_path: Path) -> None:
    rows = [(*r, 1, 1, 1) if r[1] == 1 else (*r, 0, 8, 1) for r in TRUTH]
    truth = write(tmp_path / "gt.txt", rows)
    assert only(evaluate(tracks, truth)).hota == pytest.approx(100)
    assert only(evaluate(tracks, truth, rules=Rules.ALL)).false_positives == 20
    others = [(*r, 0.9, 2, -1, -1) for r in TRUTH]
    with pytest.raises(InputError, match="has tracks of class 2; pedestrians are 1"):
        evaluate(write(tmp_path / "others.txt", others), truth)


@pytest.mark.parametrize("second", [20, 3])
def test_truth_that_counts_several_classes_asks_for_rules(
    tracks: Path, tmp_path: Path, second: int
) -> None:
    rows = [(*row, 1, 1 if row[1] == 1 else second, 1) for row in TRUTH]
    truth = write(tmp_path / "gt.txt", rows)
    with pytest.raises(InputError, match=f"classes 1, {second}") as caught:
        evaluate(tracks, truth)
    assert "--rules all" in caught.value.hint
    assert only(evaluate(tracks, truth, rules=Rules.ALL)).hota == pytest.approx(100)


def test_rules_of_motchallenge_need_its_classes(tracks: Path, tmp_path: Path) -> None:
    truth = write(tmp_path / "gt.txt", labelled(1, 0, 1))
    with pytest.raises(InputError, match="does not have MOTChallenge's classes"):
        evaluate(tracks, truth, rules=Rules.MOTCHALLENGE)


@pytest.mark.parametrize("rows", [[], labelled(0, 1, 1)])
def test_truth_that_counts_nothing_is_refused(
    tracks: Path, tmp_path: Path, rows: list[Row]
) -> None:
    with pytest.raises(InputError, match=r"gt\.txt has no ground truth that counts"):
        evaluate(tracks, write(tmp_path / "gt.txt", rows))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Results and ground truth of A and B; tracks of B are those of nothing."""
    for name in "AB":
        write(tmp_path / "mot" / name / "gt/gt.txt", labelled(1, 1, 1))
    write(tmp_path / "results/A.txt", PERFECT)
    write(tmp_path / "results/B.txt", [])
    return tmp_path / "results", tmp_path / "mot"


def test_folders_are_compared_and_combined(folders: tuple[Path, Path]) -> None:
    scores = evaluate(*folders)
    assert [score.sequence for score in scores] == ["A", "B", "COMBINED"]
    assert [score.false_negatives for score in scores] == [0, 40, 40]
    assert scores[2].mota == pytest.approx(50)
    assert next(table(scores)).split()[0] == "sequence"
    assert len({len(line) for line in table(scores)}) == 1


def test_a_sequence_that_is_missing_on_one_side_is_refused(
    folders: tuple[Path, Path],
) -> None:
    results, truth = folders
    (results / "B.txt").unlink()
    with pytest.raises(InputError, match="no tracks of B in"):
        evaluate(results, truth)
    assert only(evaluate(results, truth, sequences=["A"])).hota == pytest.approx(100)
    write(results / "C.txt", PERFECT)
    with pytest.raises(InputError, match="no ground truth for C in"):
        evaluate(results, truth, sequences=["A", "C"])
    with pytest.raises(UsageError, match=r"A\.txt is a file"):
        evaluate(results / "A.txt", truth, sequences=["B"])
    write(results / "A.csv", [])
    with pytest.raises(InputError, match=r"A\.csv and A\.txt are both of A"):
        evaluate(results, truth)


def test_one_file_finds_its_truth_in_a_folder(folders: tuple[Path, Path]) -> None:
    results, truth = folders
    assert only(evaluate(results / "A.txt", truth)).hota == pytest.approx(100)
    assert only(evaluate(results / "A.txt", truth / "B")).hota == pytest.approx(100)
    with pytest.raises(InputError, match="no ground truth for A in"):
        evaluate(results / "A.txt", results.parent)


@pytest.mark.parametrize("name", ["none.txt", "x" * 300])
def test_what_is_not_there_is_an_error(truth: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot read"):
        evaluate(tmp_path / name, truth)


def test_the_command_prints_a_table_or_all_figures_as_json(
    tracks: Path, truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", str(tracks), str(truth)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["tracks", "100.00"]
    assert run(["eval", str(tracks), str(truth), "--json", "--rules", "all"]) == 0
    (figures,) = json.loads(capsys.readouterr().out)
    assert (figures["motp"], figures["mostly_tracked"]) == (100, 2)
    assert run(["eval", str(tracks), str(tracks.with_name("none"))]) == 1
    assert "avio: error: cannot read" in capsys.readouterr().err
