"""How fast records are written, next to the standard library's json and csv.

python -m benchmarks.records [--quick] [--rounds N]

The contenders format the same frames in turn: each object and each row by itself, as
plain Python does, and avio's way, all numbers of a frame at once. Their text is
compared first: it is the same to the byte.
"""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.rows import csv_rows, json_line, mot_rows
from benchmarks.plan import Plan, read_plan
from benchmarks.tables import Table, spread

VIDEO = VideoInfo("video.mp4", 1920, 1080, class_names=("person", "bicycle", "car"))
COUNTS = (10, 100, 1000)
FRAMES = 40

Format = Callable[[FrameRecord, VideoInfo], str]


def moving(count: int) -> list[FrameRecord]:
    """Frames of boxes that drift, each with coordinates of its own."""
    random = np.random.default_rng(count)
    corners = random.uniform(0, 1900, (count, 2))
    boxes = np.concatenate((corners, corners + random.uniform(5, 200, (count, 2))), 1)
    tracks = Tracks(
        boxes.astype(np.float32),
        random.random(count).astype(np.float32),
        random.integers(0, 3, count),
        np.arange(1, count + 1),
    )
    return [
        FrameRecord(
            *(number, 512 * number, round(number / 25, 6)),
            replace(tracks, boxes=tracks.boxes + np.float32(0.37 * number)),
        )
        for number in range(1, FRAMES + 1)
    ]


def _tracks(entry: FrameRecord) -> Iterator[tuple[int, list[float], float, str]]:
    tracks = entry.tracks
    columns = (tracks.ids, tracks.boxes, tracks.scores, tracks.classes)
    for track_id, box, score, class_ in zip(
        *(c.tolist() for c in columns), strict=True
    ):
        rounded = [round(value, 2) + 0.0 for value in box]
        yield track_id, rounded, round(score, 4), VIDEO.class_name(class_)


def plain_json(entry: FrameRecord, video: VideoInfo) -> str:
    """A dictionary a track, by `json`."""
    keys = ("id", "box", "score", "class")
    tracks = [dict(zip(keys, values, strict=True)) for values in _tracks(entry)]
    frame = {"frame": entry.number, "pts": entry.pts, "time": entry.seconds}
    return json.dumps({**frame, "tracks": tracks}, ensure_ascii=False) + "\n"


def plain_csv(entry: FrameRecord, video: VideoInfo) -> str:
    """A row a track, by `csv`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    frame = (entry.number, entry.pts, entry.seconds)
    for track_id, box, score, name in _tracks(entry):
        writer.writerow((*frame, track_id, *box, score, name, ""))
    return text.getvalue()


def plain_mot(entry: FrameRecord, video: VideoInfo) -> str:
    """A row a track, by an f-string."""
    rows = []
    for track_id, (x, y, x2, y2), _, _ in _tracks(entry):
        rows.append((track_id, x, y, round(x2 - x, 2), round(y2 - y, 2)))
    scores = entry.tracks.scores.tolist()
    return "".join(
        f"{entry.number},{i},{x:.2f},{y:.2f},{w:.2f},{h:.2f},{score:.4f},-1,-1,-1\n"
        for (i, x, y, w, h), score in zip(rows, scores, strict=True)
    )


FORMATS: dict[str, tuple[Format, Format]] = {
    "JSON lines": (plain_json, json_line),
    "CSV": (plain_csv, csv_rows),
    "MOT": (plain_mot, mot_rows),
}
"""For each format: one row after the other, and avio's."""


def tables(plan: Plan) -> Iterator[Table]:
    """One table: milliseconds a frame, and the ratio of the rounds."""
    rows = tuple(
        _row(name, count, *FORMATS[name], plan.rounds)
        for name in FORMATS
        for count in COUNTS
    )
    columns = (
        "format",
        "tracks",
        "row by row, CPU ms",
        "avio, CPU ms",
        "times as fast",
    )
    note = f"{plan.rounds} rounds of {FRAMES} frames; the text is the same."
    yield Table("Records of one frame", columns, rows, note)


def _row(
    name: str, count: int, plain: Format, ours: Format, rounds: int
) -> tuple[str, ...]:
    frames = moving(count)
    assert [plain(f, VIDEO) for f in frames] == [ours(f, VIDEO) for f in frames]
    taken = [(_seconds(plain, frames), _seconds(ours, frames)) for _ in range(rounds)]
    least = [min(column) / FRAMES * 1e3 for column in zip(*taken, strict=True)]
    ratios = sorted(one / two for one, two in taken)
    return (name, str(count), *(f"{ms:.3f}" for ms in least), spread(ratios))


def _seconds(write: Format, frames: Sequence[FrameRecord]) -> float:
    start = time.process_time()
    for frame in frames:
        write(frame, VIDEO)
    return time.process_time() - start


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    for table in tables(read_plan(__doc__, arguments)):
        print(table.text())


if __name__ == "__main__":
    main()
