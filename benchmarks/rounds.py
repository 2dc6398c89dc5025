"""Contenders measured in turn, A B C A B C, so that all have the same noise.

CPU time says what a contender costs: where other programs keep the machine busy it
varies by a tenth, and the clock by any factor. POSIX only, as `resource` is asked.
"""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.process.run import run
from benchmarks.plan import ROOT, TIMEOUT, Plan

START = "import sys; sys.path[0] = sys.argv.pop(1); from benchmarks.worker import main"


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run took."""

    wall: float
    """Seconds on the clock."""
    cpu: float
    """Seconds of all cores together, children included."""
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The samples of all contenders, in rounds."""

    rounds: tuple[Mapping[str, Sample], ...]
    noise: tuple[float, ...]
    """For each round the share of the machine that other programs took."""

    def median(self, name: str, value: Callable[[Sample], float]) -> float:
        """The median over the rounds of something about one contender."""
        return statistics.median(value(taken[name]) for taken in self.rounds)

    def ratios(
        self, above: str, below: str, value: Callable[[Sample], float]
    ) -> list[float]:
        """How two contenders compare in each round, sorted."""
        return sorted(
            value(taken[above]) / value(taken[below]) for taken in self.rounds
        )


def wall(sample: Sample) -> float:
    """Seconds on the clock."""
    return sample.wall


def cpu(sample: Sample) -> float:
    """Seconds of CPU."""
    return sample.cpu


def measure(contenders: Mapping[str, Callable[[], Sample]], plan: Plan) -> Outcome:
    """Run all contenders in turn: as often as planned, or as fits into the time.

    There is at least one round; another one if it fits, should it take as long as the
    longest before it.
    """
    samples: list[Mapping[str, Sample]] = []
    noise: list[float] = []
    begin, longest = time.perf_counter(), 0.0
    while len(samples) < plan.rounds:
        start = time.perf_counter()
        if samples and start + longest > begin + plan.limit:
            break
        taken, share = _round(contenders)
        samples.append(taken)
        noise.append(share)
        longest = max(longest, time.perf_counter() - start)
        print(f"round {len(samples)}: others took {share:.0%}", file=sys.stderr)
    return Outcome(tuple(samples), tuple(noise))


def _round(
    contenders: Mapping[str, Callable[[], Sample]],
) -> tuple[dict[str, Sample], float]:
    """Run each once; also returns the share of the machine that others took."""
    before, start, ours = _busy_seconds(), time.perf_counter(), cpu_seconds()
    taken = {name: contender() for name, contender in contenders.items()}
    others = _busy_seconds() - before - (cpu_seconds() - ours)
    span = (time.perf_counter() - start) * (os.cpu_count() or 1)
    return taken, max(others, 0.0) / span


def work(function: str, *arguments: str, package: str = "avio_cli.api") -> Any:
    """Call ``module:function`` of this folder in a process of its own.

    Args:
        function: what to call; gets the arguments.
        arguments: texts.
        package: modules imported before the clock starts, with commas.

    Returns:
        A dict: ``result``, and ``wall`` and ``cpu`` in seconds, without Python's start.
    """
    words = [str(ROOT), function, package, *arguments]
    done = run([sys.executable, "-c", f"{START}; main()", *words], timeout=TIMEOUT)
    if done.status:
        raise FFmpegError(f"{function} failed: {done.stderr}")
    return json.loads(done.stdout)


def time_command(argv: Sequence[str | Path]) -> Sample:
    """Run a command to its end, its start included."""
    start, before = time.perf_counter(), _children_seconds()
    done = run(argv, timeout=TIMEOUT)
    taken = Sample(time.perf_counter() - start, _children_seconds() - before)
    if done.status:
        raise FFmpegError(f"{argv[0]} failed: {done.stderr[-2000:]}")
    return taken


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + _children_seconds()


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _busy_seconds() -> float:
    """CPU time of everything on the machine since it started; 0 where unknown."""
    statistics_file = Path("/proc/stat")
    if not statistics_file.exists():
        return 0.0
    fields = statistics_file.read_text().split(None, 9)[1:9]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields)
    busy = user + nice + system + irq + softirq + steal
    return busy / os.sysconf("SC_CLK_TCK")
