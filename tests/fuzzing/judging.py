"""Runs in a fork of this process, and what may not come of them."""

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HANG_SECONDS = 10.0
MOST_MEMORY = 1 << 30
"""Bytes that avio, or one of its children, may take."""
_MARK = "AVIO_FUZZ_RUN"


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    status: int
    """Exit status, negative for a signal."""
    text: str
    """What it printed, on both outputs."""
    seconds: float
    """Of wall-clock time."""
    busy: float
    """Of processor time, children included: a busy machine is no reason to fail."""
    memory: int
    """Bytes of the largest process."""
    left: tuple[str, ...] = ()
    """Commands of processes that did not end with it."""

    def problems(self, statuses: Sequence[int] = (0, 1, 2)) -> list[str]:
        """What is wrong with it, whatever it was."""
        found = []
        if "Traceback (most recent call last)" in self.text:
            found.append("traceback")
        if self.status == -signal.SIGKILL:
            found.append(f"hang: more than {HANG_SECONDS:g} s")
        elif self.status not in statuses:
            found.append(f"status {self.status}")
        if self.memory > MOST_MEMORY:
            found.append(f"memory: {self.memory >> 20} MiB")
        if self.left:
            found.append(f"child left: {self.left[0]:.80}")
        return found


def forked(action: Callable[[], int], folder: Path, limit: float) -> Outcome:
    """Run an action in a fork, in a folder.

    Args:
        action: returns the exit status.
        folder: the current one of the fork.
        limit: seconds of processor time, and five times as many on the clock.
    """
    log, mark = folder.with_suffix(".log"), f"{os.getpid()}-{time.monotonic_ns()}"
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        _be_the_fork(action, folder, log, mark)
    status, usage = _wait(child, started, limit)
    seconds = time.monotonic() - started
    left = tuple(_left_behind(mark))
    text = log.read_text(errors="replace")
    log.unlink()
    busy = usage.ru_utime + usage.ru_stime
    return Outcome(status, text, seconds, busy, usage.ru_maxrss << 10, left)


def _be_the_fork(action: Callable[[], int], folder: Path, log: Path, mark: str) -> None:
    status = 70
    try:
        os.chdir(folder)
        target = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        empty = os.open(os.devnull, os.O_RDONLY)
        for descriptor, other in ((0, empty), (1, target), (2, target)):
            os.dup2(other, descriptor)
        sys.stdout, sys.stderr = open(1, "w"), open(2, "w")  # noqa: SIM115
        os.environ[_MARK] = mark
        status = action()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status & 0xFF)


def _wait(
    child: int, started: float, limit: float
) -> tuple[int, "resource.struct_rusage"]:
    pause = 0.002
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status), usage
        elapsed = time.monotonic() - started
        if (elapsed > limit and _busy(child) > limit) or elapsed > 5 * limit:
            os.kill(child, signal.SIGKILL)
            _, status, usage = os.wait4(child, 0)
            return os.waitstatus_to_exitcode(status), usage
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def _busy(pid: int) -> float:
    """Seconds of processor time of a process and the children that it reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _left_behind(mark: str) -> list[str]:
    """Kill what a run started and did not end; a watcher has a moment to end."""
    for _ in range(100):
        found = list(_marked(mark))
        if not found:
            return []
        time.sleep(0.03)
    names = []
    for pid in found:
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            names.append(os.fsdecode(words))
            os.kill(pid, signal.SIGKILL)
    return names


def _marked(mark: str) -> list[int]:
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found
