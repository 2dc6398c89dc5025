"""The benchmark of accuracy measures what it says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avio_cli.detections import Tracks
from avio_cli.evaluation.score import score
from benchmarks import tracking_accuracy
from benchmarks.accuracy.sequences import Sequence, count, read_sequence

ROWS = ((1, 1, 10, 10, 20, 40), (1, 2, 50, 10, 20, 40), (3, 1, 12, 10, 20, 40))
"""frame, id, x, y, w, h; nothing in the frames 2 and 4."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "yard"
    for part in ("det", "gt"):
        (folder / part).mkdir(parents=True)
    (folder / "seqinfo.ini").write_text(
        "[Sequence]\nname=yard\nframeRate=10\nseqLength=4\nimWidth=90\nimHeight=60\n"
    )
    texts = [",".join(map(str, row)) for row in ROWS]
    (folder / "gt" / "gt.txt").write_text("".join(f"{t},1\n" for t in texts))
    (folder / "det" / "det.txt").write_text("".join(f"{t},0.9\n" for t in texts))
    return folder


def the_truth(sequence: Sequence) -> list[Tracks]:
    truth = sequence.truth
    frames = [truth[truth.frames == n + 1] for n in range(len(sequence.detections))]
    return [
        Tracks(
            boxes.corners.astype(np.float32),
            np.ones(len(boxes), np.float32),
            np.zeros(len(boxes), np.int64),
            boxes.ids,
        )
        for boxes in frames
    ]


@pytest.mark.parametrize("step", [1, 2])
def test_the_truth_itself_scores_full_marks(folder: Path, step: int) -> None:
    sequence = read_sequence(folder).every(step)
    figures = score("yard", count(sequence, the_truth(sequence)))
    assert (figures.hota, figures.mota, figures.idf1) == (100, 100, 100)


def test_a_swap_of_ids_costs_identity_but_not_detection(folder: Path) -> None:
    sequence = read_sequence(folder)
    tracked = the_truth(sequence)
    tracked[2] = replace(tracked[2], ids=np.array([2]))
    figures = score("yard", count(sequence, tracked))
    assert figures.det_a == 100
    assert figures.idf1 < 100


def test_jitter_moves_boxes_a_little_and_the_same_way_again(folder: Path) -> None:
    sequence = read_sequence(folder)
    once, again, other = (sequence.jittered(seed) for seed in (1, 1, 2))
    first = [frame.boxes for frame in once.detections]
    moved = np.abs(np.concatenate(first) - sequence.truth.corners)
    assert 0 < moved.max() < 3
    assert all(map(np.array_equal, first, [f.boxes for f in again.detections]))
    assert not np.array_equal(first[0], other.detections[0].boxes)


def test_every_mode_has_a_line_for_each_sequence_and_one_for_all(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder.parent), "--runs", "2", "--mode", "bytetrack"]
    tracking_accuracy.main([*arguments, "--every", "1,2"])
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[:3] for line in lines] == [
        [name, "bytetrack", step] for step in "12" for name in ("yard", "COMBINED")
    ]
