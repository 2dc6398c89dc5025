"""A video detected, tracked and written, whole processes: avio and a plain script.

python -m benchmarks.tracking [--quick] [--rounds N] [--folder PATH]

Measured where the video, the weights and the package `trackers` are available.
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.plan import (
    REAL_VIDEO,
    REAL_VIDEO_SIZE,
    SHARED,
    Plan,
    make_video,
    read_plan,
)
from benchmarks.rounds import Outcome, Sample, cpu, measure, time_command, wall, work
from benchmarks.tables import Table, noise_note, spread

MODEL = SHARED / "models/yolox_nano.onnx"
SCRIPT = Path(__file__).with_name("plain_tracking.py")
FRAMES = {True: 795, False: 20}
"""Of the video; fewer where only the run itself is tested."""
AVIO, AVIO_SIZE = "avio track", "avio track, the script's input size"
AVIO_VIDEO, AVIO_MPEG4 = "avio track -o, H.264", "avio track -o, MPEG-4"
PLAIN, PLAIN_VIDEO = "plain script", "plain script, MPEG-4"
ALONE = "inference alone, the same sessions"
PAIRS = (
    (AVIO, PLAIN),
    (AVIO_SIZE, PLAIN),
    (AVIO_VIDEO, PLAIN_VIDEO),
    (AVIO_MPEG4, PLAIN_VIDEO),
    (AVIO, ALONE),
)
RATIOS = ("avio", "other", "by the clock", "by CPU time")
INPUT_SIZE = "416x416"
"""Of the script: the model's own."""


def tables(plan: Plan) -> list[Table]:
    """Measure; nothing where something is missing."""
    needed = REAL_VIDEO.exists() and MODEL.exists()
    if not needed or not importlib.util.find_spec("trackers"):
        return []
    frames = FRAMES[plan.patient]
    outcome = measure(_contenders(plan, frames), plan)
    title = f"Tracking {REAL_VIDEO.name} with {MODEL.stem}, persons"
    note = noise_note(outcome.noise)
    return [
        Table(
            title, ("run", "frames/s", "CPU ms a frame"), _speeds(outcome, frames), note
        ),
        Table(f"{title}: speed over others'", RATIOS, _ratios(outcome)),
    ]


def _contenders(plan: Plan, frames: int) -> dict[str, Callable[[], Sample]]:
    folder, video = plan.folder, str(_video(plan, frames))
    avio = [sys.executable, "-m", "avio_cli", "track", video, "-y", "-q"]
    avio += ["--model", str(MODEL), "--classes", "person"]
    avio += ["--records", str(folder / "tracks.txt")]
    plain = [sys.executable, str(SCRIPT), video, str(MODEL)]
    plain += [str(folder / "plain.txt")]
    commands = {
        AVIO: avio,
        AVIO_SIZE: [*avio, "--input-size", INPUT_SIZE],
        PLAIN: plain,
        AVIO_VIDEO: [*avio, "-o", str(folder / "tracked.mp4")],
        AVIO_MPEG4: [*avio, "-o", str(folder / "tracked.avi")],
        PLAIN_VIDEO: [*plain, str(folder / "plain.mp4")],
    }
    timed = {name: partial(time_command, argv) for name, argv in commands.items()}
    return {**timed, ALONE: partial(_alone, frames)}


def _video(plan: Plan, frames: int) -> Path:
    if plan.patient:
        return REAL_VIDEO
    short = plan.folder / f"short-{frames}.avi"
    make_video(short, "-i", str(REAL_VIDEO), "-c", "copy", "-frames:v", str(frames))
    return short


def _alone(count: int) -> Sample:
    package = "avio_cli.vision.detectors.yolox"
    size = map(str, REAL_VIDEO_SIZE)
    answer = work("inference:infer", str(MODEL), str(count), *size, package=package)
    return Sample(answer["wall"], answer["cpu"], count)


def _speeds(outcome: Outcome, frames: int) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            name,
            f"{frames / outcome.median(name, wall):.1f}",
            f"{outcome.median(name, cpu) / frames * 1e3:.1f}",
        )
        for name in outcome.rounds[0]
    )


def _ratios(outcome: Outcome) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (ours, theirs, *(spread(outcome.ratios(theirs, ours, v)) for v in (wall, cpu)))
        for ours, theirs in PAIRS
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    for table in tables(read_plan(__doc__, arguments)):
        print(f"{table.text()}\n")


if __name__ == "__main__":
    main()
