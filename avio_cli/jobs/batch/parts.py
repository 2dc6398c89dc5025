"""Parts of a batch: which one this is, and which inputs are its own."""

import hashlib
import heapq
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from avio_cli.errors import UsageError
from avio_cli.jobs.batch.inputs import BatchInput

_TEXT = re.compile(r"(\d{1,9}|auto)/(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """One of several parts, each of which another machine may do."""

    number: int = 1
    """From 1 on."""
    count: int = 1
    origin: str = ""
    """The variable that it was read from; empty where it was typed."""

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


@dataclass(frozen=True, slots=True)
class _Scheduler:
    """Where a scheduler of array jobs says which one this is."""

    name: str
    index: str
    count: tuple[str, ...]
    """Variables with the number of jobs, the first that is set counts."""
    first: str = ""
    """With the lowest index; empty: it is 0."""
    step: str = ""


SCHEDULERS = (
    _Scheduler(
        "SLURM",
        "SLURM_ARRAY_TASK_ID",
        ("SLURM_ARRAY_TASK_COUNT",),
        first="SLURM_ARRAY_TASK_MIN",
        step="SLURM_ARRAY_TASK_STEP",
    ),
    # Kubernetes says nowhere how many completions a job has.
    _Scheduler("Kubernetes", "JOB_COMPLETION_INDEX", ("JOB_COMPLETIONS",)),
    _Scheduler("AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", ("AWS_BATCH_JOB_ARRAY_SIZE",)),
    _Scheduler("Cloud Run", "CLOUD_RUN_TASK_INDEX", ("CLOUD_RUN_TASK_COUNT",)),
)


def choose_part(text: str, environment: Mapping[str, str] = os.environ) -> Part:
    """The part that a run does.

    Args:
        text: ``I/N``, ``auto/N`` with the number from the scheduler's variable, or
            empty: both from its variables, and all where there are none.
        environment: where those are.

    Raises:
        UsageError: it is none of these, or the variables do not say which it is.
    """
    match = _TEXT.fullmatch(text)
    if text and match is None:
        raise _wrong(text)
    if match is not None and match[1] != "auto":
        part = Part(int(match[1]), int(match[2]))
        if not 1 <= part.number <= part.count:
            raise _wrong(text)
        return part
    scheduler = next((s for s in SCHEDULERS if environment.get(s.index)), None)
    if scheduler is not None:
        return _read(scheduler, environment, int(match[2]) if match else 0)
    if match is not None:
        known = ", ".join(scheduler.index for scheduler in SCHEDULERS)
        raise UsageError(
            f"--part {text}: no variable says which", hint=f"known: {known}"
        )
    return Part()


def _wrong(text: str) -> UsageError:
    return UsageError(f"--part {text!r} is not I/N", hint="from 1/N to N/N, or auto/N")


def _read(scheduler: _Scheduler, environment: Mapping[str, str], count: int) -> Part:
    def number(variable: str, default: int) -> int:
        value = environment.get(variable, "") if variable else ""
        return int(value) if value.isdecimal() else default

    named = (number(variable, 0) for variable in scheduler.count)
    count = count or next(filter(None, named), 0)
    if not count:
        raise UsageError(
            f"{scheduler.index} is set, but not how many there are",
            hint=f"--part auto/N, or set {scheduler.count[0]}; --part 1/1 does all",
        )
    first, step = number(scheduler.first, 0), max(number(scheduler.step, 1), 1)
    index, rest = divmod(number(scheduler.index, -1) - first, step)
    if rest or not 0 <= index < count:
        raise UsageError(
            f"{scheduler.index} is {environment[scheduler.index]}, "
            f"which is none of {count} in a row",
            hint="--part I/N names it",
        )
    return Part(index + 1, count, scheduler.index)


def inputs_of(part: Part, inputs: Sequence[BatchInput]) -> tuple[BatchInput, ...]:
    """The inputs of one part, in their order: all parts have about as many bytes.

    The largest comes first and goes to the part with the least bytes, and so on. Every
    machine that sees the same files finds the same.
    """
    if part.count == 1:
        return tuple(inputs)
    loads = [(0, 0, number) for number in range(1, part.count + 1)]
    own: set[str] = set()
    for source in sorted(inputs, key=lambda source: (-source.size, source.name)):
        size, files, number = loads[0]
        heapq.heapreplace(loads, (size + source.size, files + 1, number))
        if number == part.number:
            own.add(source.name)
    return tuple(source for source in inputs if source.name in own)


def inputs_digest(inputs: Sequence[BatchInput]) -> str:
    """A digest of what divides inputs into parts: all parts must have the same."""
    facts = sorted((source.name, source.size) for source in inputs)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
