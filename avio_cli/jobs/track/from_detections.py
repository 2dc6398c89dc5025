"""Track a file of detections alone: no video, no model."""

import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from avio_cli.jobs.track.job import TrackerOptions
from avio_cli.jobs.track.summary import TrackSummary
from avio_cli.records.detections import read_detections
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.writer import open_records
from avio_cli.vision.trackers.registry import build_tracker

RATE = Fraction(30)
"""Frames a second assumed for a file of detections; it declares none."""


def track_detection_file(
    path: Path,
    choice: TrackerOptions,
    record_files: Sequence[str],
    formats: Sequence[str] = (),
    *,
    force: bool = False,
) -> TrackSummary:
    """Track the detections of a MOT-format file, every frame from 1 to the last.

    Raises:
        AvioError: the file or an option is wrong, or records cannot be written.
    """
    start = time.monotonic()
    tracker = build_tracker(choice.name, choice.options, RATE)
    rate = Fraction(choice.options.get("frame_rate", RATE))
    detections = read_detections(path)
    records = open_records(
        record_files, formats, video=VideoInfo(path.name, 0, 0, rate), force=force
    )
    ids: set[int] = set()
    try:
        for number in range(1, detections.last + 1):
            seconds = float((number - 1) / rate)
            tracks = tracker.update(detections.at(number), seconds)
            ids.update(tracks.ids.tolist())
            records.put(FrameRecord(number, number - 1, round(seconds, 6), tracks))
    finally:
        records.close()
    return TrackSummary(
        detections.last,
        sum(map(len, detections.frames.values())),
        len(ids),
        time.monotonic() - start,
        detector=str(path),
        tracker=choice.name,
    )
