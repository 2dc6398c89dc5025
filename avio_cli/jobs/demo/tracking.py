"""Tracking in `avio demo`: track the scene, score the tracks, show some frames."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avio_cli.api import open_video
from avio_cli.errors import OutputError
from avio_cli.evaluation import evaluate, table
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.demo import scene
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.job_parts import MOTION, DetectorOptions, annotated_video
from avio_cli.jobs.track.run import track
from avio_cli.jobs.track.summary import TrackSummary
from avio_cli.models.store import ModelStore
from avio_cli.optional import load_opencv
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.writer import open_records

MODELS = tuple(f"yolox-{size}" for size in ("nano", "tiny", "s", "m", "l", "x"))
"""Looked for in this order; nothing is downloaded."""
SHEET = (3, 3)
"""Columns and rows of the contact sheet."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """One tracking run of the demo."""

    path: Path
    summary: TrackSummary
    command: tuple[str, ...]
    seconds: float


def write_truth(path: Path, *, force: bool) -> None:
    """Write the ground truth of the scene as MOT rows.

    Raises:
        OutputError: it exists and may not be replaced, or cannot be written.
    """
    video = VideoInfo("scene.mp4", scene.WIDTH, scene.HEIGHT)
    records = open_records([str(path)], ["mot"], video=video, force=force)
    for index in range(scene.FRAMES):
        entry = FrameRecord(
            index + 1, index, index / scene.RATE, scene.true_tracks(index)
        )
        records.put(entry)
    records.finish()


def track_by_motion(video: Path, *, force: bool) -> Tracked:
    """Track the shapes without a model: annotated video, rows and JSON lines."""
    output = video.with_name("tracked.mp4")
    records = (video.with_name("tracks.txt"), video.with_name("tracks.jsonl"))
    return _track(video, MOTION, output, records, force=force)


def track_by_weights(video: Path, *, force: bool) -> Iterator[Tracked]:
    """Track with YOLOX too, where weights are available; else nothing."""
    store = ModelStore.from_environment()
    for name in MODELS:
        if store.find(name, (".onnx",)) is not None:
            records = video.with_name(f"{name}.jsonl")
            yield _track(video, name, None, (records,), force=force)
            return


def score(records: Path, truth: Path) -> tuple[str, ...]:
    """Scores of the tracks, as lines of text."""
    return tuple(table(evaluate(records, truth)))


def write_contact_sheet(video: Path, path: Path, *, force: bool) -> int:
    """Write frames from all over a video into one PNG; returns how many.

    Raises:
        OutputError: it exists and may not be replaced, or cannot be written.
    """
    cv2 = load_opencv()
    if path.exists() and not force:
        raise OutputError(f"{path} exists", hint="-y replaces it")
    columns, rows = SHEET
    picked = _spread(video, columns * rows)
    lines = [
        np.concatenate(picked[row * columns : (row + 1) * columns], axis=1)
        for row in range(rows)
    ]
    if not cv2.imwrite(str(path), np.concatenate(lines)):
        raise OutputError(f"cannot write {path}")
    return len(picked)


def _track(
    video: Path,
    model: str,
    output: Path | None,
    records: tuple[Path, ...],
    *,
    force: bool,
) -> Tracked:
    started = time.monotonic()
    job = TrackJob(
        source=MediaSource.probe(locate_ffmpeg(), parse_url(video)),
        detector=DetectorOptions(model=model),
        output=output,
        encoding=annotated_video(output),
        records=tuple(map(str, records)),
        force=force,
    )
    summary = track(job)
    words = ["avio", "track", str(video), "--model", model]
    words += [] if output is None else ["-o", str(output)]
    words += [word for path in records for word in ("--records", str(path))]
    taken = time.monotonic() - started
    return Tracked(output or records[-1], summary, tuple(words), taken)


def _spread(video: Path, count: int) -> list[NDArray[np.uint8]]:
    """So many frames, evenly over the video, each half as wide and high."""
    wanted = np.linspace(0, scene.FRAMES - 1, count + 2)[1:-1].astype(int).tolist()
    small = "scale=iw/2:ih/2"
    with open_video(video, video_filter=small) as frames:
        return [frame.pixels for frame in frames if frame.index in wanted]
