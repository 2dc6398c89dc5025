"""What a run says of records in a format that keeps less than was written."""

import logging
from pathlib import Path

import numpy as np
import pytest

from avio_cli.detections import Tracks
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.writer import open_records

VIDEO = VideoInfo("in.mp4", 64, 48, None, ("person",))
ONE = Tracks(
    np.array([[1, 2, 30, 40]], np.float32),
    np.array([0.5], np.float32),
    np.array([0]),
    np.array([1]),
)


@pytest.mark.parametrize(
    ("name", "tracks", "said"),
    [
        ("a.xml", ONE, ["cvat does not keep: times"]),
        ("a.zip", Tracks(), ["cvat-mot does not keep: frames without tracks, times"]),
        ("a.jsonl", ONE, []),
    ],
)
def test_what_is_lost_is_named_once(
    name: str,
    tracks: Tracks,
    said: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "avio.records"):
        sink = open_records([str(tmp_path / name)], video=VIDEO)
        sink.put(FrameRecord(1, 10, 0.4, tracks, ()))
        sink.close()
        sink.close()
    assert [record.message for record in caplog.records] == said
