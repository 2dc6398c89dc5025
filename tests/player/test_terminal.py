"""The terminal that the player was started in."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from avio_cli.ffmpeg.process.process import Process
from avio_cli.player.state import PlayerState
from avio_cli.player.terminal import keys_of, status_line
from tests.clips import make_clip

termios = pytest.importorskip("termios")
pty = pytest.importorskip("pty")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("q", ["q"]),
        (" \x1b[C\x1b[D", ["SPACE", "RIGHT", "LEFT"]),
        ("\x1b[3~\x1b[1;5C\x1b[15~\x1bx\x1bOPq", ["q"]),
        ("\x1bOH\x1b[6~\x7f>", ["HOME", "PGDN", "BS", ">"]),
        ("\x00\x01", []),
    ],
)
def test_what_a_terminal_sends_are_our_keys(text: str, keys: list[str]) -> None:
    assert keys_of(text) == (keys, "")


@pytest.mark.parametrize("start", ["\x1b", "\x1b[", "\x1b[1;", "\x1bO"])
def test_a_sequence_may_come_in_two_pieces(start: str) -> None:
    assert keys_of(f"a{start}") == (["a"], start)


def test_the_status_has_time_speed_drops_and_offset() -> None:
    state = PlayerState(position=12.3, duration=60.0, speed=1.5)
    assert status_line(state) == "Playing  0:12 / 1:00 (20 %)  1.5x"
    state = PlayerState(position=3.0, paused=True, dropped=2, offset=0.004)
    assert status_line(state) == "Paused  0:03  2 dropped  A/V +4 ms"


class Typist:
    """Runs the player in a terminal of its own; reads what it writes there."""

    def __init__(self, path: Path) -> None:
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.text, self._grown = "", threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        code = (
            "import os, sys, fcntl, termios\n"
            "pid = os.fork()\n"  # who leads a group cannot start a session
            "if pid: os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
            "os.setsid(); name = sys.argv.pop(1); fd = os.open(name, os.O_RDWR)\n"
            "fcntl.ioctl(fd, termios.TIOCSCTTY, 0)\n"
            "[os.dup2(fd, n) for n in (0, 2)]\n"
            "from avio_cli.cli.entry import main; main()"
        )
        argv = [sys.executable, "-c", code, os.ttyname(self.slave)]
        argv += ["play", str(path), "--loop", "--no-audio"]
        self.process = Process(argv, stdin="null")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def stop_and_go_on(self) -> None:
        """As by Ctrl-Z and fg: the shell gives the terminal back as it was."""
        termios.tcsetattr(self.slave, termios.TCSANOW, self.before)
        self.text = ""

    def wait_for(self, text: str) -> None:
        with self._grown:
            assert self._grown.wait_for(lambda: text in self.text, 60), self.text

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.master, 4096)
            except OSError:
                return
            with self._grown:
                self.text += data.decode(errors="replace")
                self._grown.notify_all()

    def close(self) -> None:
        self.process.stop()
        os.close(self.slave)
        os.close(self.master)


@pytest.fixture
def typist(tmp_path: Path) -> Iterator[Typist]:
    clip = make_clip(tmp_path / "video.mkv", frames=50)
    with closing(Typist(clip.path)) as typist:
        yield typist


def test_keys_typed_into_the_terminal_play_and_the_status_is_shown(
    typist: Typist,
) -> None:
    typist.wait_for("Playing  0:0")
    typist.type("\x1b[3~")  # of no meaning here, and no ESC
    typist.type(" ")
    typist.wait_for("Paused  0:0")
    typist.stop_and_go_on()
    typist.type("9")
    typist.wait_for("Volume 95 %")
    typist.type("q")
    assert typist.process.finish(timeout=60) is None
    assert termios.tcgetattr(typist.slave) == typist.before, "it echoes again"
    assert typist.text.endswith("\r\x1b[K")
