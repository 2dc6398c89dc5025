"""Children end with the process that started them, also when it is killed."""

import os
import signal
import subprocess  # noqa: TID251 - a process that starts children and is killed
import sys
import time
from pathlib import Path

import pytest

from tests.clips import make_clip
from tests.conftest import REPOSITORY
from tests.ffmpeg.process.test_process import is_gone, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SLEEPER = "['sleep', '60']"
START = {
    "process": f"child = Process({SLEEPER})\nprint(child.pid, flush=True)",
    "thread": "def start():\n"
    f"    print(Process({SLEEPER}).pid, flush=True)\n"
    "thread = threading.Thread(target=start)\nthread.start()\nthread.join()",
    "command": f"threading.Thread(target=run, args=({SLEEPER},)).start()\n"
    "while not _commands:\n    time.sleep(0.01)\n"
    "print(*(child.pid for child in _commands), flush=True)",
    "forked": f"child = Process({SLEEPER})\nprint(child.pid, flush=True)\n"
    "if os.fork() == 0:\n    os.close(1)\n    time.sleep(5)\n    os._exit(0)",
    "after others": f"for _ in range(3):\n    Process({SLEEPER}).stop()\n"
    f"child = Process({SLEEPER})\nprint(child.pid, flush=True)",
}
IMPORTS = """
import os, threading, time
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import _commands, run
"""


def start(code: str) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-c", f"{IMPORTS}{code}\ntime.sleep(60)"]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=REPOSITORY)


@pytest.mark.parametrize("how", START)
@pytest.mark.sampled(3)
def test_children_end_with_a_killed_parent(how: str) -> None:
    with start(START[how]) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        time.sleep(0.05)  # until it has been noted: the line above comes from the child
        parent.kill()
    wait_until(lambda: is_gone(child))


def test_what_has_ended_is_not_killed() -> None:
    """Its number may be another's: here a group of that number is made again."""
    code = (
        f"child = Process({SLEEPER})\nchild.stop()\nprint(child.pid, flush=True)\n"
        "print(run(['echo', 'x']).status, flush=True)"
    )
    trace = "from avio_cli.ffmpeg.process import guard\nnotes = []\n"
    trace += "guard._watcher.put = lambda *note: notes.append(note)\n"
    with start(f"{trace}{code}\nprint(notes, flush=True)") as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.stdout.readline()
        notes = parent.stdout.readline().decode()
        parent.kill()
    assert notes.startswith(f"[('+', {pid}), ('-', {pid}), ('+', ")
    assert notes.count("'-'") == 2


def test_a_program_has_no_children_but_its_own() -> None:
    code = (
        "run(['true'])\n"
        "try:\n    os.wait()\nexcept ChildProcessError:\n    print('none', flush=True)"
    )
    with start(code) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"none\n"
        parent.kill()


def group_members(folder: Path) -> list[str]:
    """Command lines of all processes that name a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(os.fsencode(folder) in word for word in words):
                found.append(b" ".join(words).decode(errors="replace"))
    return found


OUTPUTS = {
    "transcode": ["transcode", "IN", "OUT.mkv"],
    "copy": ["transcode", "IN", "OUT.mkv", "--copy"],
    "hls": ["transcode", "IN", "OUT.m3u8"],
    "snapshot": ["snapshot", "IN", "OUT.png", "--at", "15"],
    "trim": ["trim", "IN", "OUT.mkv", "--end", "15", "--exact"],
    "merge": ["merge", "OUT.mkv", "IN", "IN"],
}


@pytest.mark.parametrize("command", OUTPUTS)
@pytest.mark.parametrize("delay", [0.6, 1.2])
@pytest.mark.sampled(4)
def test_a_killed_avio_leaves_no_ffmpeg(
    command: str, delay: float, tmp_path: Path
) -> None:
    make_clip(tmp_path / "in.mkv", frames=500, width=640, height=360)
    names = {"IN": str(tmp_path / "in.mkv")}
    words = [
        names.get(word, word.replace("OUT", f"{tmp_path}/out"))
        for word in OUTPUTS[command]
    ]
    avio = subprocess.Popen(
        [sys.executable, "-m", "avio_cli", *words, "--quiet"], cwd=REPOSITORY
    )
    time.sleep(delay)
    avio.send_signal(signal.SIGKILL)
    assert avio.wait() in (0, -signal.SIGKILL)  # 0: it was too fast
    wait_until(lambda: not group_members(tmp_path), 5)
