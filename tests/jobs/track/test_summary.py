"""What a summary says where something was detected and nothing tracked."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.jobs.track.summary import TrackSummary


def summary(ids: int, best: float, detections: int = 5) -> TrackSummary:
    return TrackSummary(9, detections, ids, 1.0, best_score=best, birth_score=0.7)


def test_the_threshold_is_named_where_no_track_began() -> None:
    assert "best score is 0.43, and a track begins at 0.7" in summary(0, 0.43).hint
    assert "two successive frames" in summary(0, 0.9).hint
    assert summary(0, 0.43).as_record()["hint"] == summary(0, 0.43).hint
    assert summary(1, 0.9).hint == summary(0, 0.0, detections=0).hint == ""
    assert "hint" not in summary(1, 0.9).as_record()


@pytest.mark.parametrize(("option", "says"), [("0.8", True), ("0.4", False)])
def test_weak_detections_of_a_file_are_explained(
    option: str, says: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (f"{n},-1,{10 * n},20,30,60,0.5,-1,-1,-1\n" for n in range(1, 6))
    (tmp_path / "weak.txt").write_text("".join(rows))
    options = ["--detections", str(tmp_path / "weak.txt")]
    options += ["--records", str(tmp_path / "out.txt")]
    options += ["--tracker-option", f"new_thresh={option}"]
    assert run(["track", *options, "--tracker-option", "track_thresh=0.4"]) == 0
    said = capsys.readouterr()
    assert ("the best score is 0.5, and a track begins at 0.8" in said.err) is says
