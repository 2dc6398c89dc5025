"""A film detected, tracked and written, whole processes: avio and a plain script.

python -m benchmarks.tracking [--quick] [--rounds N] [--folder PATH]

Measured where the film, the weights and the package `trackers` are at hand.
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.plan import REAL_FILM, REAL_FILM_SIZE, ROOT, Plan, make_film, read_plan
from benchmarks.rounds import Outcome, Sample, cpu, measure, time_command, wall, work
from benchmarks.tables import Table, noise_note, spread

MODEL = ROOT.parent / "shared/models/yolox_nano.onnx"
SCRIPT = Path(__file__).with_name("plain_tracking.py")
FRAMES = {True: 795, False: 20}
"""Of the film; fewer where only the run itself is tested."""
AVIO, AVIO_FILM = "avio track", "avio track -o (H.264, sound, exact times)"
PLAIN, PLAIN_FILM = "plain script", "plain script, mp4v"
ALONE = "inference alone, the same sessions"
PAIRS = ((AVIO, PLAIN), (AVIO_FILM, PLAIN_FILM), (AVIO, ALONE))


def tables(plan: Plan) -> list[Table]:
    """Measure; nothing where something is missing."""
    needed = REAL_FILM.exists() and MODEL.exists()
    if not needed or not importlib.util.find_spec("trackers"):
        return []
    frames = FRAMES[plan.patient]
    outcome = measure(_contenders(plan, frames), plan)
    title = f"Tracking {REAL_FILM.name} with {MODEL.stem}, persons"
    note = noise_note(outcome.noise)
    return [
        Table(
            title, ("run", "frames/s", "CPU ms a frame"), _speeds(outcome, frames), note
        ),
        Table(
            f"{title}: speed over others'", ("avio", "other", "ratio"), _ratios(outcome)
        ),
    ]


def _contenders(plan: Plan, frames: int) -> dict[str, Callable[[], Sample]]:
    folder, film = plan.folder, str(_film(plan, frames))
    avio = [sys.executable, "-m", "avio_cli", "track", film, "-y", "-q"]
    avio += ["--model", str(MODEL), "--classes", "person"]
    avio += ["--records", str(folder / "tracks.txt")]
    plain = [sys.executable, str(SCRIPT), film, str(MODEL)]
    plain += [str(folder / "plain.txt")]
    commands = {
        AVIO: avio,
        PLAIN: plain,
        AVIO_FILM: [*avio, "-o", str(folder / "tracked.mp4")],
        PLAIN_FILM: [*plain, str(folder / "plain.mp4")],
    }
    timed = {name: partial(time_command, argv) for name, argv in commands.items()}
    return {**timed, ALONE: partial(_alone, frames)}


def _film(plan: Plan, frames: int) -> Path:
    if plan.patient:
        return REAL_FILM
    short = plan.folder / f"short-{frames}.avi"
    make_film(short, "-i", str(REAL_FILM), "-c", "copy", "-frames:v", str(frames))
    return short


def _alone(count: int) -> Sample:
    package = "avio_cli.vision.detectors.yolox"
    size = map(str, REAL_FILM_SIZE)
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
        (ours, theirs, spread(outcome.ratios(theirs, ours, wall)))
        for ours, theirs in PAIRS
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    for table in tables(read_plan(__doc__, arguments)):
        print(f"{table.text()}\n")


if __name__ == "__main__":
    main()
