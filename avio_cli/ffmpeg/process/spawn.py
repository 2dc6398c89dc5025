"""How a child starts: its pipes, its process group, its priority."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.process.bounds import bounded_environment
from avio_cli.ffmpeg.process.guard import guard, prepare

PIPE_BYTES = 1 << 20
"""Linux's limit for a pipe without privileges; 64 KiB costs a third of the speed."""
# Ctrl-C reaches a whole foreground group: ffmpeg would get it twice, once from the
# terminal and once from us, and a second one makes it drop the trailer.
OWN_GROUP = sys.platform != "win32"
CREATION_FLAGS = 0 if OWN_GROUP else 0x200  # CREATE_NEW_PROCESS_GROUP

KILL: signal.Signals = getattr(signal, "SIGKILL", signal.SIGTERM)

BACKGROUND_NICENESS = 10
"""Added for children that nobody waits for: a tenth of the CPU time of busy others."""
LOWEST_NICENESS = 19

MALLOC = {
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
}
"""For glibc in the child: keep the memory of a frame for the next one. Else ffmpeg
5.1 gives it back to the system each time: a third of its speed in bgr24."""

StandardInput = Literal["null", "pipe", "inherit"]


@dataclass(frozen=True, slots=True)
class ExtraPipe:
    """A further pipe that a child writes to, made before its command is known."""

    read_end: int
    write_end: int

    @classmethod
    def create(cls) -> "ExtraPipe":
        """Open both ends; `Process` takes ownership of them."""
        return cls(*os.pipe())


def child_environment(own: Mapping[str, str]) -> dict[str, str]:
    """The variables of a child.

    Args:
        own: in place of ours; an empty one is removed.
    """
    defaults = MALLOC if sys.platform == "linux" else {}
    given = {**defaults, **os.environ, **bounded_environment(), **own}
    return {name: value for name, value in given.items() if own.get(name) != ""}


def own_module(name: str = "avio_cli") -> list[str]:
    """The words that start a module of avio in a child; by default the command line.

    Of the current folder nothing is imported, unless avio itself is there.
    """
    above = Path(__file__).resolve().parents[3]  # of avio_cli
    return [sys.executable, *([] if _is_here(above) else ["-P"]), "-m", name]


def _is_here(folder: Path) -> bool:
    try:
        return folder == Path.cwd().resolve()
    except OSError:  # the current one was removed
        return False


def _spawn(
    argv: tuple[str, ...],
    stdin: StandardInput | IO[bytes],
    stdout: bool,
    extra_pipe: ExtraPipe | None,
    environment: Mapping[str, str],
    handed: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    written = (*handed, *(() if extra_pipe is None else (extra_pipe.write_end,)))
    words = {"null": subprocess.DEVNULL, "pipe": subprocess.PIPE, "inherit": None}
    try:
        prepare()
        child = subprocess.Popen(
            argv,
            stdin=words[stdin] if isinstance(stdin, str) else stdin,
            stdout=subprocess.PIPE if stdout else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=child_environment(environment),
            pass_fds=written,
            start_new_session=OWN_GROUP,
            creationflags=CREATION_FLAGS,
        )
    except (OSError, ValueError) as error:  # ValueError: a zero byte in a word
        if extra_pipe is not None:
            os.close(extra_pipe.read_end)
        for descriptor in written:
            os.close(descriptor)
        raise _cannot_start(argv[0], error) from error
    guard(child)
    for descriptor in written:
        os.close(descriptor)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            enlarge_pipe_buffer(pipe.fileno())
    return child


def _put_in_background(pid: int) -> None:
    """Lower a new child's priority, before it has threads of its own."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # it has ended, or the system refuses
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        theirs = min(ours + BACKGROUND_NICENESS, LOWEST_NICENESS)
        os.setpriority(os.PRIO_PROCESS, pid, theirs)
        # Linux may weigh sessions before processes, and each child is one.
        Path(f"/proc/{pid}/autogroup").write_text(str(theirs))


def _open_extra_pipe(extra_pipe: ExtraPipe | None) -> IO[bytes] | None:
    if extra_pipe is None:
        return None
    enlarge_pipe_buffer(extra_pipe.read_end)
    return os.fdopen(extra_pipe.read_end, "rb", buffering=0)


def enlarge_pipe_buffer(descriptor: int) -> None:
    """Give a pipe as much room as the system lets us; Linux only, else nothing."""
    if sys.platform != "linux":
        return
    import fcntl

    # Refused when the user's pipes already hold /proc/sys/fs/pipe-user-pages-soft.
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            child.terminate()
        else:
            os.killpg(child.pid, number)


def _cannot_start(program: str, error: OSError | ValueError) -> FFmpegError:
    cause = getattr(error, "strerror", None) or error
    return FFmpegError(
        f"cannot start {program}: {cause}",
        hint="set AVIO_FFMPEG to a working ffmpeg binary",
        status=127,
    )
