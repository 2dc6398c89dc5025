"""The card, its driver, and what avio and PyTorch know of them."""

import json
import os

from avio_cli.errors import FFmpegError
from avio_cli.vision.runtimes.device import gpu_count
from benchmarks.gpu.context import Context, last_lines
from benchmarks.gpu.report import NotRunError, Outcome

_QUERY = "name,driver_version,memory.total,compute_cap"
_SHOWN = ("hardware", "runtimes")
"""The sections of `avio doctor` that are about devices."""


def card(context: Context) -> None:
    """What the machine has; all who are asked must say the same."""
    context.attempt("nvidia-smi", _smi)
    context.attempt("NVIDIA's driver as avio asks it", _driver)
    context.attempt("PyTorch", _torch)
    context.attempt("avio doctor", _doctor)


def smi(context: Context, query: str) -> list[list[str]]:
    """Values of nvidia-smi, a row a card.

    Raises:
        NotRunError: it is not there, or fails.
    """
    words = [f"--query-gpu={query}", "--format=csv,noheader,nounits"]
    try:
        done = context.command(["nvidia-smi", *words], timeout=20)
    except FFmpegError as error:
        raise NotRunError(f"nvidia-smi: {error.message}") from error
    if done.status:
        raise NotRunError(f"nvidia-smi: {last_lines(done)}")
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    return [[value.strip() for value in line.split(",")] for line in lines]


def memory_used(context: Context, uuid: str = "") -> float:
    """MiB in use on a card.

    Args:
        context: where nvidia-smi is run.
        uuid: the card's; empty: unknown, which will do where there is only one.

    Raises:
        NotRunError: nvidia-smi does not say it, or which card is used is unknown.
    """
    rows = smi(context, "uuid,memory.used")
    used = [row[-1] for row in rows if uuid and row[0].endswith(uuid)]
    used = used or [row[-1] for row in rows if len(rows) == 1]
    try:
        return float(used[0])
    except (IndexError, ValueError):
        raise NotRunError(f"nvidia-smi on {uuid or 'which card'}: {rows}") from None


def _smi(context: Context) -> Outcome:
    rows = smi(context, _QUERY)
    names = _QUERY.split(",")
    figures = dict(zip(names, rows[0], strict=True)) if rows else {}
    return Outcome(bool(rows), f"{len(rows)} cards", {**figures, "cards": len(rows)})


def _driver(context: Context) -> Outcome:
    """CUDA may be shown a part of the cards, nvidia-smi lists them all."""
    modes = smi(context, "mig.mode.current")
    count, listed = gpu_count(), len(modes)
    part = "CUDA_VISIBLE_DEVICES" in os.environ or ["Enabled"] in modes
    good = 1 <= count <= listed if part else count == listed
    return Outcome(good, f"{count} found; nvidia-smi lists {listed}")


def _torch(context: Context) -> Outcome:
    """Its cards are some of nvidia-smi's; a part of one has more behind its name."""
    found = context.worker("torch-info")
    names, listed = found["names"], [row[0] for row in smi(context, "name")]
    known = [any(_is_of(name, card) for card in listed) for name in names]
    figures = {**found, "names": ", ".join(names)}
    return Outcome(bool(known) and all(known), f"{names}, {listed}", figures)


def _is_of(name: str, card: str) -> bool:
    return name == card or name.startswith(f"{card} MIG ")


def _doctor(context: Context) -> Outcome:
    done = context.avio("doctor", "--json", timeout=60)
    findings = json.loads(done.stdout)["findings"]
    figures = {
        row["name"]: f"{row['state']} ({row['detail']})"
        for row in findings
        if row["section"] in _SHOWN
    }
    states = {row["name"]: row["state"] for row in findings}
    wanted = "missing" if context.dry else "ok"
    checked = ("NVIDIA GPU", "cuda decoder")
    good = all(states.get(name) == wanted for name in checked) and not done.status
    detail = ", ".join(f"{name}: {states.get(name)}" for name in checked)
    return Outcome(good, detail, figures)
