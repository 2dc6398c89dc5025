"""Bounds: how much memory and time each child may use; for input not trusted.

They hold for the whole of this process, because any thread may start a child. They are
set right after the start: before fork and exec only unsafe code could do it, as Python
may have threads.
"""

import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avio_cli.ffmpeg.limits import too_large

if TYPE_CHECKING:
    import subprocess


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What each child may use."""

    memory: int
    """Bytes of address space."""
    cpu_seconds: int
    """Of all its threads together."""

    def rows(self) -> Iterator[tuple[str, int]]:
        """The names that the system has for the bounds, with their values."""
        yield "RLIMIT_AS", self.memory
        yield "RLIMIT_CPU", self.cpu_seconds
        yield "RLIMIT_CORE", 0


SAFE_BOUNDS = Bounds(memory=6 << 30, cpu_seconds=2 * 3600)
"""Measured with 9.0 and x264: 1.0 GB for 1080p in 4 threads, 5.1 GB for 4K in 32."""
ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}
"""glibc reserves 64 MB of address space for each arena, and has eight a core."""

# Of decoders that get none, 9.0 says only the second.
_NO_MEMORY = re.compile(r"llocate memory|get_buffer\(\) failed")

_bounds: Bounds | None = None


def bound_children(bounds: Bounds | None) -> None:
    """Bound all children that are started from now on; None: no bounds.

    On Linux and Windows; other systems have no way to bound a running child.
    """
    global _bounds
    _bounds = bounds


def bounded_environment() -> dict[str, str]:
    """Variables that a bounded child needs."""
    return ENVIRONMENT if _bounds is not None else {}


def apply_bounds(child: "subprocess.Popen[bytes]") -> None:
    """Bound a child that was just started; nothing happens without bounds."""
    if _bounds is None:
        return
    if sys.platform == "win32":
        from avio_cli.ffmpeg.process.job_object import bound_job

        bound_job(_bounds.memory, _bounds.cpu_seconds)
    elif sys.platform == "linux":
        import resource

        for name, value in _bounds.rows():
            number = getattr(resource, name)
            with suppress(OSError, ValueError):  # it has ended
                _, most = resource.prlimit(child.pid, number)
                value = value if most == resource.RLIM_INFINITY else min(value, most)
                resource.prlimit(child.pid, number, (value, value))


def explain_bound(status: int, lines: Sequence[str]) -> tuple[str, str] | None:
    """Say that a child failed because of a bound; None where it did not.

    Args:
        status: its exit status, negative for a signal.
        lines: the end of its log.
    """
    if _bounds is None:
        return None
    if status in _STOPPED and _seconds_used() >= _bounds.cpu_seconds:
        return (
            f"ffmpeg was stopped after {_bounds.cpu_seconds} s of CPU time, "
            "the bound of safe mode",
            "",
        )
    text = "\n".join(lines)
    short = _NO_MEMORY.search(text) and not too_large(text)
    if short or status in _CRASHED:
        size = f"{_bounds.memory / (1 << 30):.3g} GB"
        return f"ffmpeg failed with {size} of memory, the bound of safe mode", ""
    return None


_STOPPED = {-int(getattr(signal, n, 0)) for n in ("SIGKILL", "SIGXCPU")} - {0}
_CRASHED = {-int(getattr(signal, n, 0)) for n in ("SIGSEGV", "SIGABRT", "SIGBUS")} - {0}
"""How libraries end that do not see that there is no memory."""


def _seconds_used() -> float:
    """Of the children that have ended: no system counts for one alone."""
    if sys.platform == "win32":
        return 0
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime + 1  # the kernel counts in ticks


def use_one_pool() -> None:
    """Let threads to come take memory from the pools that there are.

    glibc makes a pool for each thread. What is free at the end of another pool than the
    first, `malloc_trim` does not give back; a burst of frames leaves megabytes in each.
    """
    call_glibc("mallopt", _ARENA_MAX, 1)


def call_glibc(name: str, *numbers: int) -> None:
    """Call a function of glibc; elsewhere (musl has none of them) do nothing."""
    if sys.platform != "linux":
        return
    import ctypes

    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*numbers)


_ARENA_MAX = -8
"""The parameter of `mallopt` for how many pools there may be."""
