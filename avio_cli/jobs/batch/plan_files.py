"""What each part of a batch has to do, in a file of its own: reports read them all."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avio_cli.errors import InputError
from avio_cli.ffmpeg.url import mask_credentials, printable
from avio_cli.jobs.batch.parts import inputs_digest
from avio_cli.jobs.batch.plan import BatchJob, Planned
from avio_cli.jobs.batch.status import HIDDEN
from avio_cli.replacing import replace_text

LOG = logging.getLogger("avio.batch")

Plan = Mapping[str, Any]
_SAME = ("settings", "parts")
"""What the parts of one batch have in common, besides their inputs."""


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans of the parts of one batch."""

    parts: tuple[Plan, ...]
    """Those that saw the inputs that the last one saw; by number."""
    astray: tuple[Plan, ...] = ()
    """Those that saw others: a file may be in none of the parts."""

    @property
    def mismatch(self) -> str:
        """What is wrong with their inputs, in a sentence; empty if nothing is."""
        if not self.astray:
            return ""
        counts = (f"part {p['part']} saw {p['count']}" for p in self.astray)
        return (
            f"the parts saw different inputs: {', '.join(counts)}, "
            f"part {self.parts[0]['part']} saw {self.parts[0]['count']}"
        )


def write_plan(job: BatchJob, planned: Sequence[Planned]) -> None:
    """Note what this part has to do; warn where another part saw other inputs.

    Raises:
        OSError: it cannot be written.
    """
    command, folder = job.workshop.command, job.workshop.folder
    plan = {
        **_known_by(job),
        "count": len(job.inputs),
        "command": [command.name, *map(mask_credentials, command.words)],
        "written": time.time(),
        "jobs": [
            [p.task.name, p.task.source.shown, p.task.source.size, p.task.key]
            for p in planned
        ],
    }
    path = _parts_folder(folder)
    path.mkdir(parents=True, exist_ok=True)
    replace_text(path / f"{job.part.number}-of-{job.part.count}.json", json.dumps(plan))
    if mismatch := read_plans(folder).mismatch:
        LOG.warning("%s; run those again that saw too few", mismatch)


def _known_by(job: BatchJob) -> dict[str, Any]:
    return {
        "settings": job.settings,
        "inputs": inputs_digest(job.inputs),
        "part": job.part.number,
        "parts": job.part.count,
    }


def is_current(job: BatchJob) -> bool:
    """Whether reports are of this batch, and no other run has replaced its plan."""
    own = _known_by(job)
    try:
        plans = read_plans(job.workshop.folder)
    except InputError:  # somebody has removed them
        return False
    return any(own.items() <= plan.items() for plan in (*plans.parts, *plans.astray))


def read_plans(folder: Path) -> Plans:
    """The plans of all parts of the last batch that wrote into a folder.

    Raises:
        InputError: there are none.
    """
    plans = [*filter(None, map(_read, _parts_folder(folder).glob("*-of-*.json")))]
    if not plans:
        raise InputError(
            f"{printable(str(folder))} holds no results of avio batch",
            hint="name the folder that was its --out",
        )
    plans.sort(key=lambda plan: int(plan["part"]))
    last = max(plans, key=lambda plan: float(plan["written"]))
    alike = [p for p in plans if all(p[name] == last[name] for name in _SAME)]
    return Plans(
        tuple(plan for plan in alike if plan["inputs"] == last["inputs"]),
        tuple(plan for plan in alike if plan["inputs"] != last["inputs"]),
    )


def _read(path: Path) -> Plan | None:
    try:
        plan: Plan = json.loads(path.read_bytes())
    except (OSError, ValueError):  # removed meanwhile, or damaged
        return None
    return plan if "inputs" in plan else None  # an earlier version wrote it


def _parts_folder(folder: Path) -> Path:
    return folder / HIDDEN / "parts"
