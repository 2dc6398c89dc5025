"""Children end with us, even where we are killed and can do nothing about it.

Linux's PR_SET_PDEATHSIG is no way: it acts when the thread ends that started the
child, it has to be set between fork and exec, and other systems lack it.
"""

import contextlib
import os
import subprocess
import sys
import threading

from avio_cli.ffmpeg.process.bounds import apply_bounds

# It learns of each child by a line, `+ PID` or `- PID`. The system closes our end of
# the pipe however we end. What runs in the background is nobody's child: it is never
# in the way of a program that waits for its own.
_WATCHER = """
exec 3<&0
{
  trap '' HUP INT TERM
  alive=
  while read -r change pid; do
    if [ "$change" = + ]; then
      alive="$alive $pid"
      continue
    fi
    others=
    for one in $alive; do
      [ "$one" = "$pid" ] || others="$others $one"
    done
    alive=$others
  done
  for one in $alive; do
    kill -9 "-$one"
  done
} <&3 3<&- &
"""


class _Watcher:
    """A small shell that kills the process groups that are left when we have ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pipe: int | None = None
        self._started = False

    def start(self) -> None:
        """Start it, once; nothing happens where there is no shell."""
        with self._lock:
            if self._started:
                return
            self._started = True
            read_end, write_end = os.pipe()
            try:
                _run_shell(read_end)
            except OSError:
                os.close(write_end)
            else:
                os.set_blocking(write_end, False)
                self._pipe = write_end
            finally:
                os.close(read_end)

    def put(self, change: str, pid: int) -> None:
        """Send a line; a watcher that was killed is no reason to fail."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                os.write(self._pipe, f"{change} {pid}\n".encode())

    def after_fork(self) -> None:
        """Forget it in a forked copy of us: the copy must not hold the pipe open."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                os.close(self._pipe)
        self.__init__()  # type: ignore[misc] # the lock may be held by a lost thread


def _run_shell(read_end: int) -> None:
    subprocess.run(
        ["/bin/sh", "-c", _WATCHER],
        stdin=read_end,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",  # never keeps a file system from being unmounted
        start_new_session=True,
        check=False,
    )


_watcher = _Watcher()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watcher.after_fork)


def prepare() -> None:
    """Be ready to guard a child; call it before the child is started."""
    if sys.platform != "win32":
        _watcher.start()


def guard(child: "subprocess.Popen[bytes]") -> None:
    """Make sure that a new child, which leads its own process group, ends with us.

    And that it stays within its bounds, if it has any.
    """
    if sys.platform == "win32":
        from avio_cli.ffmpeg.process.job_object import add_to_job

        add_to_job(child)
    else:
        _watcher.put("+", child.pid)
    apply_bounds(child)


def release(child: "subprocess.Popen[bytes]") -> None:
    """Forget a child that has ended: its number may be another's soon."""
    if sys.platform != "win32":
        _watcher.put("-", child.pid)
