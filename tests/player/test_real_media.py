"""Every real file, used as users do: seeks, steps and pauses."""

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from avio_cli.cli.main import run as run_command
from tests.conftest import SHARED
from tests.player.conftest import Play
from tests.reference import timeline

UNPLAYABLE = {"invalid-bitstream.webm"}


def media() -> list[str]:
    folder = SHARED / "media"
    found = (p for p in folder.rglob("*.*") if p.suffix != ".md")
    return sorted(str(path.relative_to(folder)) for path in found) or ["none"]


def true_times(path: Path) -> list[int]:
    """Times of all decoded frames, in ticks."""
    truth = timeline(path)
    return [int(time / truth.tick) for time in truth.times]


def random_script(duration: float) -> list[str]:
    """Seeks, steps and pauses; AVIO_TESTS_THOROUGH=1 makes many more of them."""
    thorough = os.environ.get("AVIO_TESTS_THOROUGH") == "1"
    seeks_of, steps_of, pauses_of = (10, 50, 5) if thorough else (2, 12, 1)
    chosen = random.Random(duration)
    seeks = [f"seek {chosen.uniform(0, duration):.3f}" for _ in range(2 * seeks_of)]
    steps = [f"key . {steps_of}", f"key , {steps_of}"]
    pauses = ["key SPACE", "wait 0.05"] * pauses_of
    return [
        *("wait 0.1", *seeks[:seeks_of], *pauses, *steps),
        *("key #", "wait 0.1", "key j", "wait 0.1", "key j", *seeks[seeks_of:]),
        *(*steps, "key HOME", "key , 3", "key . 2", "quit"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", media())
def test_seeks_steps_and_pauses_end_at_true_frames(
    play: Play, shared: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = shared / "media" / name
    if path.name in UNPLAYABLE:
        assert run_command(["play", str(path)]) == 1
        assert capfd.readouterr().err.startswith("avio: error: ")
        return
    times = true_times(path)
    found = play(path, script=random_script(15.0), options=("--keep-open",))
    if not times:
        return  # audio alone
    stepped: Sequence[int] = [step["pts"] for step in found["steps"]]
    own_base = found["steps"] and set(stepped) <= set(times)
    assert own_base, sorted(set(stepped) - set(times))[:5]
    assert len(found["seeks"]) >= 3
    pixels: dict[int, str] = {}
    for step in found["steps"]:
        assert pixels.setdefault(step["pts"], step["sha1"]) == step["sha1"]
