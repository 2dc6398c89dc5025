"""When recorded frames are shown."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.jobs.report import frames
from avio_cli.jobs.report.frame_times import FrameTimes
from avio_cli.jobs.report.frames import read_frames
from tests.records.recording import ONE, entry


def test_boxes_do_not_stay_while_a_live_source_is_lost(tmp_path: Path) -> None:
    track = {"id": 1, "box": [1, 2, 3, 4], "score": 1, "class": "person"}
    lines = [
        {"frame": 1, "pts": 0, "time": 0.0, "tracks": [track]},
        {"frame": 2, "pts": 1, "time": 0.1, "tracks": [track]},
        {"frame": 3, "pts": 9, "time": 60.1, "tracks": [track], "gap": 60.0},
        {"frame": 6, "pts": 12, "time": 60.4, "tracks": [track]},
    ]
    records = tmp_path / "t.jsonl"
    records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    shown = [(float(time), len(tracks)) for time, tracks in read_frames(records, None)]
    expected = [(0, 1), (0.1, 1), (0.14, 0), (60.1, 1), (60.2, 0), (60.4, 1)]
    assert shown == expected


def test_boxes_end_at_the_next_frame_however_near_it_is() -> None:
    clock = FrameTimes([Fraction(n, 1000) for n in range(8)], Fraction(1, 1000))
    timed = [(Fraction(n, 1000), entry(n + 1, ONE)) for n in (2, 5)]
    shown = [(time, len(found)) for time, found in frames._with_ends(timed, clock)]
    assert [(time * 1000, found) for time, found in shown] == [(2, 1), (3, 0), (5, 1)]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ((0.0, 0.0), "frame 2, at 0 s, is at the same time as frame 1"),
        ((1.0, 0.5), "frame 2, at 0.5 s, is before frame 1"),
    ],
)
def test_frames_that_are_not_in_the_order_of_their_times_are_refused(
    tmp_path: Path, times: tuple[float, ...], message: str
) -> None:
    records = tmp_path / "t.jsonl"
    lines = [{"frame": n, "time": t, "tracks": []} for n, t in enumerate(times, 1)]
    records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(InputError, match=message):
        read_frames(records, None)
