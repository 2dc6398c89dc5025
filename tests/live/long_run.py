"""A run of ``avio track`` over a camera that is lost, silent and changed all the time.

``python -m tests.live.long_run 30 10`` is such a run with 30 drops and 10 silences; it
prints what was measured, and where something is wrong it fails.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from avio_cli.ffmpeg.process.process import Process
from tests.live.camera import Camera

SIZES = ("320x120", "96x160", "160x120")


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run did, and what it used."""

    status: int
    live: dict[str, Any]
    """The counters of the source, as ``--stats`` has them."""
    frames: int
    """In the records."""
    numbers_increase: bool
    times_increase: bool
    seconds: float
    """From the first drop to the last one, as recorded."""
    lasted: float
    """The same by the wall clock."""
    memory: tuple[int, int]
    """Bytes of the process, early and at the end."""
    descriptors: tuple[int, int]
    children: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Use:
    """What a process uses at one moment."""

    memory: int
    descriptors: int
    children: int
    rows: int
    """That were recorded."""
    moment: float
    """On the monotonic clock."""

    @classmethod
    def of(cls, pid: int, records: Path) -> "Use":
        """Read it from the system; only on Linux."""
        folder = Path(f"/proc/{pid}")
        words = (folder / "statm").read_text().split()
        tasks = (folder / "task").glob("*/children")
        children = sum(len(task.read_text().split()) for task in tasks)
        return cls(
            memory=int(words[1]) * 4096,
            descriptors=len(list((folder / "fd").iterdir())),
            children=children,
            rows=_rows(records),
            moment=time.monotonic(),
        )


def measure(folder: Path, *, drops: int, silences: int) -> Figures:
    """Track a camera through so many drops and silences, then end it by Ctrl-C.

    Args:
        folder: for the results.
        drops: connections that are closed; with them its size and clock change.
        silences: connections that stand, and send nothing more.
    """
    records, stats = folder / "tracks.jsonl", folder / "stats.json"
    words = [sys.executable, "-m", "avio_cli", "track"]
    more = ["--model", "motion", "--records", str(records), "--stats", str(stats)]
    more += ["-o", str(folder / "tracked.mkv"), "--progress", "none"]
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    with (
        Camera(binary, audio=True) as camera,
        Process([*words, camera.url, *more]) as child,
    ):
        _wait_for_rows(records, 20, child)
        steps = _steps(drops, silences)
        _disturb(camera, next(steps), records, child)
        early = Use.of(child.pid, records)  # all is imported, all was opened
        for step in steps:
            _disturb(camera, step, records, child)
        late = Use.of(child.pid, records)
        os.kill(child.pid, signal.SIGINT)
        child.ends_within(60)
        status = child.stop()
    rows = [json.loads(line) for line in records.read_text().splitlines()]
    times = [row["time"] for row in rows]
    numbers = [row["frame"] for row in rows]
    return Figures(
        status=status,
        live=json.loads(stats.read_text())["live"],
        frames=len(rows),
        numbers_increase=numbers == sorted(set(numbers)),
        times_increase=times == sorted(set(times)),
        seconds=times[late.rows - 1] - times[early.rows - 1],
        lasted=late.moment - early.moment,
        memory=(early.memory, late.memory),
        descriptors=(early.descriptors, late.descriptors),
        children=(early.children, late.children),
    )


def _steps(drops: int, silences: int) -> Iterator[int]:
    """Numbers of drops from 0 on, with silences (-1) spread among them."""
    for number in range(drops):
        yield number
        if number * silences // drops != (number + 1) * silences // drops:
            yield -1


def _disturb(camera: Camera, step: int, records: Path, child: Process) -> None:
    """Drop or mute the camera, and wait until it is read again."""
    opened = camera.connections
    # The first time it leaps in its connection as well, to another size.
    camera.parts = [("64x64", 90000.0)] if step == 0 else []
    if step < 0:
        camera.mute()
    else:
        camera.size = SIZES[step % len(SIZES)]
        camera.clock = 1000.0 * (step % 3)  # some begin again, some leap
        camera.drop()
    _wait_for(lambda: camera.connections > opened, child)
    _wait_for_rows(records, 80 if step == 0 else 20, child)


def _wait_for_rows(records: Path, count: int, child: Process) -> None:
    """Wait until so many more frames are recorded."""
    wanted = _rows(records) + count
    _wait_for(lambda: _rows(records) >= wanted, child)


def _wait_for(done: Callable[[], bool], child: Process) -> None:
    limit = time.monotonic() + 90
    while not done():
        if not child.running or time.monotonic() > limit:
            raise AssertionError("\n".join(child.log.lines))
        time.sleep(0.05)


def _rows(records: Path) -> int:
    return records.read_bytes().count(b"\n") if records.exists() else 0


def main() -> None:
    """Print the figures of one run."""
    drops, silences = map(int, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), drops=drops, silences=silences)
    shown = asdict(figures) | {"live": {**figures.live, "gaps": "…"}}
    sys.stdout.write(json.dumps(shown) + "\n")


if __name__ == "__main__":
    main()
