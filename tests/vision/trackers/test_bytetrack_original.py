"""The authors' own output for real detections: see mot/README.md of the shared data."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.detections import Detections
from avio_cli.vision.trackers.bytetrack import ByteTrack
from avio_cli.vision.trackers.bytetrack_settings import REFERENCE, ByteTrackSettings

Table = NDArray[np.float64]

SETTINGS: dict[str, dict[str, Any]] = {
    "demo": {"track_thresh": 0.5},
    "eval": {"match_thresh": 0.9},
    "plain_iou": {"track_thresh": 0.5, "fuse_score": False},
    "short": {"track_buffer": 5},
}
QUICK = ("MOT17-09-train_half", "TUD-Campus")
LONG = (
    "ADL-Rundle-6",
    "MOT17-02-train_half",
    "MOT17-04-train_half",
    "MOT17-05-train_half",
    "MOT17-10-train_half",
    "MOT17-11-train_half",
    "MOT17-13-train_half",
    "PETS09-S2L1",
)
SEQUENCES = pytest.mark.parametrize(
    "sequence", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in LONG)]
)
ROUNDING = 0.5e-4 + 1e-7
"""Of the files' four decimals; scores travel as float32."""


class Exact(Detections):
    """Detections with boxes as exact as the files; `Detections` holds float32."""

    def __post_init__(self) -> None:
        """Take float64."""


def frames_of(folder: Path) -> list[Table]:
    """Rows of x1 y1 x2 y2 score for each frame."""
    table = np.loadtxt(
        folder / "det/det.txt", delimiter=",", usecols=(0, 2, 3, 4, 5, 6)
    )
    table[:, 3:5] += table[:, 1:3]
    length = (folder / "seqinfo.ini").read_text().split("seqLength=")[1].split()[0]
    return [table[table[:, 0] == frame, 1:] for frame in range(1, int(length) + 1)]


def track(rules: ByteTrackSettings, frames: list[Table], *, exact: bool) -> Table:
    """Rows of frame, id, x, y, w, h, score, in the tracker's order."""
    tracker = ByteTrack(rules)
    rows = []
    for index, table in enumerate(frames):
        scores = table[:, 4].astype(np.float32)
        classes = np.zeros(len(table), np.int64)
        boxes = table[:, :4] if exact else table[:, :4].astype(np.float32)
        found = (Exact if exact else Detections)(boxes, scores, classes)  # type: ignore[arg-type]  # float64 where exact
        tracks = tracker.update(cast("Detections", found), index / 30)
        shown = tracker._tracks
        places = shown.states.boxes[shown.visible] if exact else tracks.boxes
        sizes = places[:, 2:] - places[:, :2]
        names = np.stack((np.full(len(tracks), index + 1), tracks.ids), axis=1)
        rows.append(np.column_stack((names, places[:, :2], sizes, tracks.scores)))
    return np.concatenate(rows)


@SEQUENCES
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.sampled(4)
def test_the_reference_gives_what_the_authors_code_gives(
    shared: Path, sequence: str, name: str
) -> None:
    folder = shared / "mot" / sequence
    expected = np.loadtxt(folder / f"bytetrack/{name}.txt", delimiter=",")
    rules = replace(REFERENCE, **SETTINGS[name])
    frames = frames_of(folder)
    found = track(rules, frames, exact=True)
    np.testing.assert_array_equal(found[:, :2], expected[:, :2])
    np.testing.assert_allclose(found[:, 2:], expected[:, 2:], rtol=0, atol=ROUNDING)
    found = track(rules, frames, exact=False)
    np.testing.assert_array_equal(found[:, :2], expected[:, :2])
    np.testing.assert_allclose(found[:, 2:], expected[:, 2:], rtol=2e-7, atol=4e-4)


@SEQUENCES
def test_without_equal_scores_and_late_removal_nothing_else_differs(
    shared: Path, sequence: str
) -> None:
    """At an even rate of 30 and best first, the other corrections change nothing."""
    frames = frames_of(shared / "mot" / sequence)
    corrected = ByteTrackSettings(drop_equal_scores=True, late_removal=True)
    ours = track(corrected, frames, exact=False)
    original = track(REFERENCE, frames, exact=False)
    np.testing.assert_array_equal(ours, original)


def test_where_a_correction_acts_the_tracks_differ(shared: Path) -> None:
    """Guards the comparison itself: each correction is felt on real detections."""
    frames = frames_of(shared / "mot" / "MOT17-09-train_half")
    original = track(REFERENCE, frames, exact=False)
    for change in (
        {"drop_equal_scores": False},
        {"late_removal": False, "track_buffer": 5},
        {"count_frames": False, "frame_rate": Fraction(60)},
        {"pixel_iou": False},
    ):
        rules = replace(REFERENCE, **cast("dict[str, Any]", change))
        assert not np.array_equal(track(rules, frames, exact=False), original)
