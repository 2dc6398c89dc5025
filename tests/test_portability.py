"""Modules can be imported where Python lacks what only POSIX systems have."""

import sys

from avio_cli.ffmpeg.process.run import run

WITHOUT_POSIX = """
import importlib, os, pkgutil, signal, sys
import avio_cli

def failures():
    names = ["avio_cli", *(m.name for m in pkgutil.walk_packages(
        avio_cli.__path__, "avio_cli.", onerror=lambda name: None))]
    failed = {}
    for name in names:
        if not name.endswith("__main__"):
            try:
                importlib.import_module(name)
            except Exception as error:
                failed[name] = repr(error)
    return failed

missing_extras = failures()  # and all that is not avio's own is imported
for name in [name for name in sys.modules if name.partition(".")[0] == "avio_cli"]:
    del sys.modules[name]
for name in "fcntl grp pty pwd resource syslog termios tty".split():
    sys.modules[name] = None
for module, names in {
    os: "fork geteuid getpgid getuid killpg mkfifo sched_getaffinity setpriority"
        " setsid statvfs sysconf uname PRIO_PROCESS",
    signal: "SIGALRM SIGHUP SIGKILL SIGPIPE SIGSTOP SIGUSR1 pthread_sigmask",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
import avio_cli
"""


def test_every_module_can_be_imported_without_posix() -> None:
    script = WITHOUT_POSIX + (
        "print(*(f'{name}: {error}' for name, error in failures().items()"
        " if name not in missing_extras), sep='\\n')"
    )
    done = run([sys.executable, "-c", script])
    assert done.status == 0, done.stderr
    assert done.stdout.decode().strip() == ""


def test_a_summary_without_posix_states_no_peak_memory() -> None:
    script = WITHOUT_POSIX + (
        "from avio_cli.jobs.track.summary import TrackSummary\n"
        "done = TrackSummary(frames=1, detections=2, track_ids=3, seconds=1.0)\n"
        "print(done.as_record()['peak_memory_bytes'], done.as_record()['frames'])"
    )
    assert run([sys.executable, "-c", script]).stdout.split() == [b"None", b"1"]
