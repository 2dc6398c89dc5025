"""Measure everything, and show it as text or as Markdown for the documentation.

python -m benchmarks [--quick] [--rounds N] [--limit SECONDS] [--markdown FILE]

Ten minutes on two cores, also where others use them: tables have fewer rounds then, and
what does not fit is named. CPU times are what to compare. Where it is allowed,
`chrt -r 1` before the command keeps others away.
"""

import argparse
import importlib.metadata
import math
import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.process.run import run
from benchmarks import (
    layouts,
    memory,
    playing,
    reading,
    records,
    startup,
    tracker,
    tracking,
    transcoding,
)
from benchmarks.plan import Plan, add_options

SECONDS: Mapping[ModuleType, float] = {
    reading: 85,
    transcoding: 135,
    startup: 5,
    records: 10,
    layouts: 5,
    memory: 15,
    playing: 85,
    tracking: 95,
    tracker: 30,
}
"""What is measured, and about how long three rounds take on two cores that are idle."""
ROUNDS = 3
MOST = 500
"""Seconds for all, of three rounds: what would take longer, as slow as it went until
then, is left out. With the videos that are made by the first run it is less than ten
minutes."""
PACKAGES = "avio-cli numpy av opencv-python-headless imageio-ffmpeg ffmpegcv".split()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all tables as they come; write them as Markdown where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    plan, options = add_options(parser, arguments)
    pieces = [environment()]
    print(f"{pieces[0]}\n")
    for benchmark, fits in fitting(*budget(plan)):
        if not fits:
            name = benchmark.__name__
            pieces.append(f"Left out, there was no time: python -m {name}")
            print(f"{pieces[-1]}\n")
            continue
        if benchmark is tracker:
            # Its table, of another shape, is in the documentation of the tracker.
            tracker.main(["--runs", "1"] if plan.patient else ["--frames", "5"])
            continue
        for table in benchmark.tables(plan):
            print(f"{table.text()}\n", flush=True)
            pieces.append(table.markdown())
    if options.markdown:
        options.markdown.write_text("\n\n".join(pieces) + "\n", encoding="utf-8")


def budget(plan: Plan) -> tuple[Mapping[ModuleType, float], float]:
    """The seconds of each benchmark and of all, for the rounds that are asked for.

    `Plan.limit` ends some tables earlier, which is then no sign of a slow machine.
    """
    if not plan.patient:
        return SECONDS, math.inf
    more = max(1.0, plan.rounds / ROUNDS)
    seconds = {benchmark: alone * more for benchmark, alone in SECONDS.items()}
    return seconds, MOST * more


def fitting(
    seconds: Mapping[ModuleType, float], most: float
) -> Iterator[tuple[ModuleType, bool]]:
    """Yield each benchmark, and whether there is time to measure it.

    Args:
        seconds: that each takes on an idle machine.
        most: seconds for all.
    """
    begin, expected = time.perf_counter(), 0.0
    for benchmark, alone in seconds.items():
        taken = time.perf_counter() - begin
        slower = max(1.0, taken / expected) if expected else 1.0
        fits = taken + alone * slower <= most
        yield benchmark, fits
        if fits:
            expected += alone


def environment() -> str:
    """Name the machine's kind and all versions in two lines."""
    version = run([locate_ffmpeg().path, "-version"]).stdout.decode()
    ffmpeg = " ".join(version.split(None, 3)[:3])
    packages = [f"{name} {importlib.metadata.version(name)}" for name in installed()]
    machine = f"{os.cpu_count()} cores ({_processor()}), {platform.system()}"
    return f"{machine}, Python {platform.python_version()}, {ffmpeg};\n" + ", ".join(
        packages
    )


def installed() -> list[str]:
    """Those of the measured packages that are here."""
    here = {entry.name.lower() for entry in importlib.metadata.distributions()}
    return [name for name in PACKAGES if name in here]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.machine()
    lines = information.read_text().splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
