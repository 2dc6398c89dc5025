"""How well avio plays, and mpv and ffplay where they can be asked.

python -m benchmarks.playing [--quick] [--rounds N] [--limit SECONDS]

Nothing is shown or played: avio and ffplay run on SDL's dummy drivers.
"""

import json
import os
import random
import shutil
import socket
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run
from benchmarks.plan import TIMEOUT, Plan, read_plan, speed_video
from benchmarks.rounds import cpu, measure, time_command, wall
from benchmarks.tables import Table, noise_note

SEEKS = 10
STEPS = 50
PLAYED_SECONDS = 20
REST_SECONDS = 0.5
"""Before each seek, of both players: as when somebody looks at the video."""
ANSWER_SECONDS = 60
MPV = ("--no-config", "--no-terminal", "--vo=null", "--ao=null", "--hwdec=no")


def tables(plan: Plan) -> list[Table]:
    """Measure sync and drops, the first frame, seeks and steps."""
    with _dummy_drivers():
        return [_sync(plan), _first_frame(plan), _seeks_and_steps(plan)]


def _sync(plan: Plan) -> Table:
    seconds = PLAYED_SECONDS if plan.patient else plan.seconds
    sizes = [plan.size, (1280, 720)] if plan.patient else [plan.size]
    rows = []
    for size in sizes:
        video = speed_video(replace(plan, size=size, seconds=seconds))
        stats = _play(plan, video)
        offset = stats["av_offset_ms"]
        figures = (f"{offset[key] or 0:.1f}" for key in ("p50", "p95", "max"))
        counts = (str(stats[f"frames_{key}"]) for key in ("shown", "dropped"))
        rows.append((f"{size[0]}x{size[1]}", *figures, *counts))
    columns = ("30 frames/s", "median", "p95", "max", "shown", "dropped")
    note = f"Milliseconds between video and audio over {seconds} s, after the first."
    return Table("Video and audio", columns, tuple(rows), note)


def _first_frame(plan: Plan) -> Table:
    video = str(speed_video(plan))
    script = _script(plan, ["quit"])
    python = sys.executable
    commands = {
        "avio": [python, "-m", "avio_cli", "play", video, "--script", script],
        "mpv": ["mpv", *MPV, "--frames=1", video],
        "ffplay": ["ffplay", "-v", "quiet", "-autoexit", "-t", "0.03", video],
    }
    present = {name: argv for name, argv in commands.items() if shutil.which(argv[0])}
    outcome = measure({n: partial(time_command, a) for n, a in present.items()}, plan)
    rows = [
        (name, *(f"{1000 * outcome.median(name, value):.0f}" for value in (cpu, wall)))
        for name in present
    ]
    starts = [_play(plan, video, ["quit"])["startup_ms"] for _ in range(plan.rounds)]
    rows.append(("avio, to the first frame", "", f"{statistics.median(starts):.0f}"))
    columns = ("start, show a frame, end", "CPU ms", "ms")
    return Table("Start", columns, tuple(rows), noise_note(outcome.noise))


def _seeks_and_steps(plan: Plan) -> Table:
    video = speed_video(plan)
    targets = _targets(plan)
    seeks = (f"wait {REST_SECONDS}\nseek {target:.3f}" for target in targets)
    script = ["key SPACE", "wait 1", *seeks]
    steps = min(STEPS, 10 * plan.seconds)
    stats = _play(plan, video, [*script, f"key , {steps}", f"key . {steps}", "quit"])
    latencies = [seek["latency_ms"] for seek in stats["seeks"]]
    back = [s["latency_ms"] for s in stats["steps"] if s["direction"] == "back"]
    forward = [s["latency_ms"] for s in stats["steps"] if s["direction"] == "forward"]
    rows = [("avio: seek to frame", *_figures(latencies))]
    if shutil.which("mpv"):
        rows.append(("mpv: exact seek", *_figures(_seek_mpv(plan, video, targets))))
    rows += [
        ("avio: step back", *_figures(back)),
        ("avio: step forward, in memory", *_figures(forward)),
    ]
    columns = (f"{plan.size[0]}x{plan.size[1]}, paused", "median", "max")
    note = "Milliseconds until it is on the screen; ffplay cannot be asked."
    return Table("Seeks and steps", columns, tuple(rows), note)


def _targets(plan: Plan) -> list[float]:
    chosen = random.Random(1)
    return [chosen.uniform(0, 0.9 * plan.seconds) for _ in range(SEEKS)]


def _figures(values: Sequence[float]) -> tuple[str, str]:
    return f"{statistics.median(values):.1f}", f"{max(values):.1f}"


def _play(plan: Plan, video: Path | str, script: Sequence[str] = ()) -> dict[str, Any]:
    path = plan.folder / "stats.json"
    argv = [sys.executable, "-m", "avio_cli", "play", str(video)]
    argv += ["--stats", str(path), "-y"]
    argv += ["--script", _script(plan, script)] if script else []
    done = run(argv, timeout=TIMEOUT)
    if done.status:
        raise FFmpegError(f"avio play failed: {done.stderr[-2000:]}")
    stats: dict[str, Any] = json.loads(path.read_text())
    return stats


def _script(plan: Plan, lines: Sequence[str]) -> str:
    path = plan.folder / "script"
    path.write_text("\n".join(lines))
    return str(path)


@contextmanager
def _dummy_drivers() -> Iterator[None]:
    names = ("SDL_VIDEODRIVER", "SDL_AUDIODRIVER")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "dummy"))
    try:
        yield
    finally:
        _restore(before)


def _restore(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _seek_mpv(plan: Plan, video: Path, targets: Sequence[float]) -> list[float]:
    """Milliseconds until mpv says that it plays on, for each target."""
    address = plan.folder / "mpv.socket"
    address.unlink(missing_ok=True)
    argv = ["mpv", *MPV, "--pause", "--keep-open", f"--input-ipc-server={address}"]
    taken = []
    with Process([*argv, str(video)]), socket.socket(socket.AF_UNIX) as connection:
        _connect(connection, address)
        _rest(connection, 1)  # it has shown its first frame
        for target in targets:
            _rest(connection, REST_SECONDS)
            began = time.perf_counter()
            command = {"command": ["seek", target, "absolute", "exact"]}
            connection.sendall(json.dumps(command).encode() + b"\n")
            _await_event(connection, b'"playback-restart"')
            taken.append(1000 * (time.perf_counter() - began))
    return taken


def _rest(connection: socket.socket, seconds: float) -> None:
    """Wait, and read the events that mpv sends meanwhile.

    It reports a restart after opening too: left unread, that one would count as the
    end of the first seek, and each seek's as the end of the next one.
    """
    time.sleep(seconds)
    connection.setblocking(False)
    with suppress(BlockingIOError):
        while connection.recv(1 << 16):
            pass
    connection.settimeout(ANSWER_SECONDS)


def _await_event(connection: socket.socket, name: bytes) -> None:
    events = b""
    while name not in events:
        received = connection.recv(1 << 16)
        if not received:
            raise FFmpegError("mpv ended before it had answered")
        events += received


def _connect(connection: socket.socket, address: Path) -> None:
    limit = time.monotonic() + 10
    while True:
        try:
            connection.connect(str(address))
            return
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.05)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    for table in tables(read_plan(__doc__, arguments)):
        print(f"{table.text()}\n")


if __name__ == "__main__":
    main()
