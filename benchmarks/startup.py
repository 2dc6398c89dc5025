"""CPU time until short commands have answered, their children included.

python -m benchmarks.startup [--quick] [--rounds N] [--limit SECONDS]
"""

import sys
from collections.abc import Mapping, Sequence
from functools import partial

from benchmarks.plan import Plan, read_plan, speed_video
from benchmarks.rounds import Sample, cpu, measure, time_command, wall
from benchmarks.tables import Table, noise_note


def tables(plan: Plan) -> list[Table]:
    """Measure the help, `avio info` on a video, and Python itself."""
    python, video = sys.executable, speed_video(plan)
    commands: dict[str, list[str]] = {
        "python -c pass": [python, "-c", "pass"],
        "avio --help": [python, "-m", "avio_cli", "--help"],
        "avio transcode --help": [python, "-m", "avio_cli", "transcode", "--help"],
        "avio info VIDEO": [python, "-m", "avio_cli", "info", str(video)],
    }
    outcome = measure(
        {name: partial(time_command, argv) for name, argv in commands.items()}, plan
    )
    rows = tuple(
        (
            name,
            f"{outcome.median(name, cpu):.2f}",
            f"{least(outcome.rounds, name):.2f}",
            f"{outcome.median(name, wall):.2f}",
        )
        for name in commands
    )
    columns = ("command", "CPU seconds, median", "least", "seconds, median")
    return [Table("CPU seconds of a start", columns, rows, noise_note(outcome.noise))]


def least(rounds: Sequence[Mapping[str, Sample]], name: str) -> float:
    """The CPU time of the quickest run."""
    return min(taken[name].cpu for taken in rounds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    for table in tables(read_plan(__doc__, arguments)):
        print(f"{table.text()}\n")


if __name__ == "__main__":
    main()
