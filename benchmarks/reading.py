"""How fast a video is read into memory, next to decoding alone and to other libraries.

python -m benchmarks.reading [--quick] [--rounds N] [--limit SECONDS]
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.plan import REAL_VIDEO, Plan, read_plan, speed_video
from benchmarks.readers import READERS
from benchmarks.rounds import Outcome, Sample, cpu, measure, wall, work
from benchmarks.tables import Table, noise_note, spread

LIMIT, COUNTER = "ffmpeg -f null", "avio yuv420p"
PAIRS = (
    ("avio yuv420p", LIMIT),
    ("avio yuv420p", "OpenCV"),
    ("avio yuv420p", "PyAV yuv420p"),
    ("avio bgr24", LIMIT),
    ("avio bgr24", "OpenCV"),
    ("avio bgr24", "PyAV bgr24"),
    ("avio bgr24", "imageio-ffmpeg"),
    ("avio bgr24", "ffmpegcv"),
)


def tables(plan: Plan) -> list[Table]:
    """Measure the generated video, and a real one where it is available."""
    videos = [speed_video(plan)]
    if plan.patient and REAL_VIDEO.exists():
        videos.append(REAL_VIDEO)
    return [table for video in videos for table in _tables(video, plan)]


def _tables(video: Path, plan: Plan) -> list[Table]:
    contenders = {
        name: partial(sample, name, video)
        for name, reader in READERS.items()
        if reader.available
    }
    outcome = measure(contenders, plan)
    # Not the most that any reader saw: those with a constant rate invent some.
    frames = outcome.rounds[0][COUNTER].frames
    title = f"Reading {video.name}, {frames} frames"
    return [
        _speeds(title, outcome, list(contenders), frames),
        _comparison(f"{title}: avio over others", outcome, list(contenders)),
    ]


def sample(name: str, video: Path) -> Sample:
    """Let one reader read a video, in a process of its own."""
    reader = READERS[name]
    function = f"readers:{reader.function.__name__}"
    answer = work(function, str(video), package=reader.imports)
    return Sample(answer["wall"], answer["cpu"], answer["result"])


def _speeds(title: str, outcome: Outcome, names: Sequence[str], frames: int) -> Table:
    rows = [
        (
            name,
            READERS[name].pixels,
            READERS[name].exact_times,
            f"{outcome.median(name, cpu) / frames * 1e3:.1f}",
            spread(outcome.ratios(name, LIMIT, cpu)),
            f"{frames / outcome.median(name, wall):.0f}",
            spread(outcome.ratios(LIMIT, name, wall)),
        )
        for name in names
    ]
    columns = (
        *("reader", "pixels", "exact times", "CPU ms a frame"),
        *("CPU over decoding alone", "frames/s", "speed over decoding alone"),
    )
    return Table(title, columns, tuple(rows), noise_note(outcome.noise))


def _comparison(title: str, outcome: Outcome, names: Sequence[str]) -> Table:
    def cells(ours: str, theirs: str) -> tuple[str, str]:
        taken = outcome.ratios(ours, theirs, cpu)
        return spread(taken), spread(outcome.ratios(theirs, ours, wall))

    rows = [(*pair, *cells(*pair)) for pair in PAIRS if pair[1] in names]
    columns = ("avio", "other", "CPU time", "frames/s")
    return Table(title, columns, tuple(rows))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    for table in tables(read_plan(__doc__, arguments)):
        print(f"{table.text()}\n")


if __name__ == "__main__":
    main()
