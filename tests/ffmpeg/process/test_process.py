"""Real children: loud, deaf, short-lived, killed; none may stall or stay behind."""

import contextlib
import logging
import os
import signal
import subprocess  # noqa: TID251 - it starts none
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process import process
from avio_cli.ffmpeg.process import run as run_module
from avio_cli.ffmpeg.process.log import TAIL_LINE_CHARACTERS, TAIL_LINES, LogTail
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.process.spawn import (
    BACKGROUND_NICENESS,
    LOWEST_NICENESS,
    PIPE_BYTES,
    ExtraPipe,
)

HANG_SECONDS = 30
"""Only a hang takes so long: on a busy machine, all else may take seconds."""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def forever(code: str = "") -> list[str]:
    return python(
        f"import os, signal, sys, time\n{code}\nos.write(1, b'ready')\ntime.sleep(60)"
    )


def is_gone(pid: int) -> bool:
    """Whether it has ended; one that its own parent has not reaped counts, too."""
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return state.exists() and state.read_text().split()[2] == "Z"
    return True


def descriptors() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def wait_until(happened: Callable[[], bool], seconds: float = HANG_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@contextlib.contextmanager
def no_hang() -> Iterator[None]:
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < HANG_SECONDS


class TestOutput:
    def test_stdout_is_read_to_its_end(self) -> None:
        with Process(python("print('x' * 300_000)"), stdout=True) as child:
            data = b"".join(iter(lambda: child.stdout.read(1 << 16), b""))
            child.finish()
        assert data == b"x" * 300_000 + b"\n"

    def test_stdin_reaches_the_child(self) -> None:
        code = "import sys; sys.exit(sys.stdin.buffer.read() != b'hello')"
        with Process(python(code), stdin="pipe") as child:
            child.stdin.write(b"hello")
            child.finish()

    def test_stdin_that_nobody_asked_for_is_empty(self) -> None:
        with Process(python("import sys; sys.exit(len(sys.stdin.read()))")) as child:
            child.finish()

    def test_inherited_stdin_is_our_own(self) -> None:
        code = "import os, sys; sys.exit(os.fstat(0).st_ino != int(sys.argv[1]))"
        own = str(os.fstat(0).st_ino)
        with Process([*python(code), own], stdin="inherit") as child:
            child.finish()

    def test_extra_pipe_carries_data_next_to_stdout(self) -> None:
        pipe = ExtraPipe.create()
        code = f"import os; os.write({pipe.write_end}, b's' * 99); os.write(1, b'out')"
        with Process(python(code), stdout=True, extra_pipe=pipe) as child:
            assert child.extra_pipe is not None
            assert b"".join(iter(lambda: child.extra_pipe.read(50), b"")) == b"s" * 99
            assert child.stdout.read(10) == b"out"
            child.finish()
            assert child.extra_pipe.closed

    @pytest.mark.parametrize("name", ["stdin", "stdout"])
    def test_a_pipe_not_asked_for_is_refused(self, name: str) -> None:
        with (
            Process(python("pass")) as child,
            pytest.raises(ValueError, match="was not asked for"),
        ):
            getattr(child, name)

    @linux_only
    def test_pipes_are_wide(self) -> None:
        import fcntl

        with Process(forever(), stdout=True) as child:
            descriptor = child.stdout.fileno()
            assert fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ) == PIPE_BYTES


class TestLog:
    @pytest.mark.slow
    def test_ten_megabytes_do_not_stall_and_the_tail_stays_bounded(self) -> None:
        code = (
            "import os\n"
            "for i in range(10_000): os.write(2, b'%7d ' % i + b'x' * 1015 + b'\\n')"
        )
        with no_hang(), Process(python(code)) as child:
            child.finish()
        assert len(child.log.lines) == TAIL_LINES
        assert child.log.lines[-1].split()[0] == "9999"

    @pytest.mark.slow
    def test_a_flood_without_line_ends_stays_bounded(self) -> None:
        code = "import os\nfor i in range(100): os.write(2, b'x' * 100_000)"
        with no_hang(), Process(python(code)) as child:
            child.finish()
        assert len(child.log.lines) <= TAIL_LINES
        assert max(map(len, child.log.lines)) <= TAIL_LINE_CHARACTERS

    def test_the_last_line_needs_no_end(self) -> None:
        code = "import os; os.write(2, b'first\\nlast words')"
        with Process(python(code)) as child:
            child.finish()
        assert child.log.lines == ("first", "last words")

    def test_status_lines_and_empty_lines_are_cut_apart(self) -> None:
        code = "import os; os.write(2, b'a\\rb\\r\\n\\n  \\nc \\xff\\n')"
        with Process(python(code)) as child:
            child.finish()
        assert child.log.lines == ("a", "b", "c \ufffd")

    def test_every_line_is_watched_but_only_relevant_ones_are_kept(self) -> None:
        seen: list[str] = []
        lines = ["[info] a", "[verbose] b", "[warning] c", "[error] d", "e"]
        code = f"import sys; sys.stderr.write({chr(10).join(lines)!r})"
        with Process(python(code), watch=seen.append) as child:
            child.finish()
        assert seen == lines
        assert child.log.lines == ("[warning] c", "[error] d", "e")

    def test_credentials_appear_neither_in_the_tail_nor_in_the_log(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "avio.ffmpeg")
        url = "rtsp://me:it's-secret@host/1?password=secret2"
        seen: list[str] = []
        code = "import sys; sys.stderr.write(sys.argv[1]); print(sys.argv[1])"
        with Process([*python(code), url], watch=seen.append) as child:
            child.finish()
        assert "host/1" in caplog.text
        for text in (caplog.text, *child.log.lines, *seen):
            assert "secret" not in text

    def test_credentials_at_the_cut_of_a_long_line_are_masked(self) -> None:
        tail = LogTail()
        room = TAIL_LINE_CHARACTERS - len("rtsp://me:secret")
        tail.feed("x" * (room - 1) + " rtsp://me:secret-and-more@host/")
        assert "secret" not in tail.lines[0]


class TestFinish:
    def test_a_failing_status_is_raised_with_the_cause(self) -> None:
        code = (
            "import sys\n"
            "sys.stderr.write('[error] No space left on device\\n"
            "[error] Conversion failed!\\n')\n"
            "sys.exit(3)"
        )
        with Process(python(code)) as child, pytest.raises(FFmpegError) as caught:
            child.finish()
        assert caught.value.message == "no space left on device"
        assert caught.value.hint == "free some space"
        assert caught.value.status == 3
        assert caught.value.tail[-1] == "[error] Conversion failed!"

    def test_a_failure_after_all_data_is_still_raised(self) -> None:
        code = "import sys; print('x' * 9999, flush=True); sys.exit('too late')"
        with Process(python(code), stdout=True) as child:
            while child.stdout.read(4096):
                pass
            with pytest.raises(FFmpegError, match="too late"):
                child.finish()

    def test_one_that_does_not_end_in_time_is_stopped(self) -> None:
        with Process(forever(), stdout=True) as child:
            child.stdout.read(5)
            with pytest.raises(FFmpegError, match=r"did not end within 0\.1 s"):
                child.finish(timeout=0.1)
            assert not child.running

    def test_killed_from_outside_names_the_signal(self) -> None:
        with Process(forever(), stdout=True) as child:
            child.stdout.read(5)
            os.kill(child.pid, signal.SIGKILL)
            with pytest.raises(FFmpegError, match="SIGKILL") as caught:
                child.finish()
        assert caught.value.status == -signal.SIGKILL

    def test_waiting_a_while_returns_whether_it_ended(self) -> None:
        with Process(forever(), stdout=True) as child:
            assert not child.ends_within(0.05)
            assert not child.was_killed
            os.kill(child.pid, signal.SIGKILL)
            assert child.ends_within(HANG_SECONDS)
            assert child.was_killed

    def test_closed_stdin_of_a_dead_child_is_no_failure(self) -> None:
        with Process(python("pass"), stdin="pipe") as child:
            wait_until(lambda: not child.running)
            child.finish()
            child.finish()


class TestStop:
    def test_a_willing_child_ends_at_once(self) -> None:
        with Process(forever(), stdout=True) as child:
            child.stdout.read(5)
            assert child.stop() == -signal.SIGTERM
        assert is_gone(child.pid)

    def test_one_deaf_to_sigterm_is_killed(self) -> None:
        deaf = forever("signal.signal(signal.SIGTERM, signal.SIG_IGN)")
        with no_hang(), Process(deaf, stdout=True) as child:
            child.stdout.read(5)
            assert child.stop() == -signal.SIGKILL
        assert is_gone(child.pid)

    def test_grandchildren_deaf_to_sigterm_are_killed_as_well(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(process, "TERMINATE_SECONDS", 0.2)
        code = (
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "pid = os.fork()\n"
            "if pid: os.write(1, b'%d\\n' % pid)\n"
        )
        with Process(forever(code), stdout=True) as child:
            output = b""
            while output.count(b"ready") < 2:
                output += child.stdout.read(64)
        grandchild = int(output.replace(b"ready", b"").split()[0])
        wait_until(lambda: is_gone(grandchild))

    def test_stopping_twice_is_safe(self) -> None:
        with Process(forever(), stdout=True) as child:
            child.stdout.read(5)
            assert child.stop() == child.stop()

    def test_an_end_that_came_first_keeps_its_status(self) -> None:
        with Process(python("raise SystemExit(7)")) as child:
            wait_until(lambda: not child.running)
            assert child.stop() == 7

    def test_the_exception_of_the_block_is_not_masked(self) -> None:
        def fail() -> None:
            with Process(forever(), stdout=True) as child:
                child.stdout.read(5)
                os.kill(child.pid, signal.SIGKILL)
                raise LookupError("the real reason")

        with pytest.raises(LookupError, match="the real reason"):
            fail()

    def test_unread_and_unwritten_data_do_not_hinder_it(self) -> None:
        code = "import os\nwhile True: os.write(1, bytes(1 << 20))"
        with no_hang(), Process(python(code), stdin="pipe", stdout=True) as child:
            child.stdin.write(bytes(1 << 20))
            child.stdout.read(1)
        assert is_gone(child.pid)

    @linux_only
    def test_fifty_early_exits_leave_no_descriptor_and_no_zombie(self) -> None:
        code = "import os\nwhile True: os.write(1, bytes(1 << 16))"
        before = descriptors()
        for _ in range(50):
            pipe = ExtraPipe.create()
            with Process(
                python(code), stdin="pipe", stdout=True, extra_pipe=pipe
            ) as child:
                child.stdout.read(1)
        assert descriptors() == before
        assert is_gone(child.pid)

    def test_a_child_has_its_own_group(self) -> None:
        with Process(forever(), stdout=True) as child:
            child.stdout.read(5)
            assert os.getpgid(child.pid) == child.pid != os.getpgid(0)

    @linux_only
    def test_one_in_the_background_leaves_the_processor_to_others(self) -> None:
        with Process(forever(), stdout=True, background=True) as child:
            ours = os.getpriority(os.PRIO_PROCESS, 0)
            theirs = os.getpriority(os.PRIO_PROCESS, child.pid)
        assert theirs == min(ours + BACKGROUND_NICENESS, LOWEST_NICENESS)


class TestMissingProgram:
    def test_it_is_named_and_a_remedy_suggested(self) -> None:
        with pytest.raises(FFmpegError) as caught:
            Process(["/no/such/ffmpeg"])
        assert caught.value.message.startswith("cannot start /no/such/ffmpeg: No such")
        assert "AVIO_FFMPEG" in caught.value.hint
        assert caught.value.status == 127

    def test_one_that_may_not_run_is_distinguished(self, tmp_path: Path) -> None:
        (tmp_path / "ffmpeg").write_text("")
        with pytest.raises(FFmpegError, match="Permission denied"):
            Process([str(tmp_path / "ffmpeg")])

    @linux_only
    @pytest.mark.parametrize("program", ["/no/such/ffmpeg", "nul\0byte"])
    def test_it_leaves_no_descriptor(self, program: str) -> None:
        before = descriptors()
        with pytest.raises((FFmpegError, ValueError)):
            Process([program], stdin="pipe", stdout=True, extra_pipe=ExtraPipe.create())
        assert descriptors() == before

    def test_run_says_the_same(self) -> None:
        with pytest.raises(FFmpegError, match="cannot start /no/such/ffmpeg"):
            run(["/no/such/ffmpeg"])


class TestRun:
    def test_all_is_returned_and_the_status_left_to_the_caller(self) -> None:
        code = "import sys; sys.stderr.write('log'); sys.exit(input())"
        done = run(python(code), input=b"4\n")
        assert (done.status, done.stdout, done.stderr) == (1, b"", "log4\n")

    def test_paths_are_words_too(self, tmp_path: Path) -> None:
        (tmp_path / "x.py").write_text("print(5)")
        assert run([sys.executable, tmp_path / "x.py"]).stdout == b"5\n"

    def test_it_ends_in_time(self) -> None:
        with no_hang(), pytest.raises(FFmpegError, match=r"did not end within 0\.2 s"):
            run(forever(), timeout=0.2)

    def test_it_polls_only_once_the_pipes_have_ended(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading, wait = [], subprocess.Popen.wait
        others = set(threading.enumerate())

        def recorded(
            child: subprocess.Popen[bytes], timeout: float | None = None
        ) -> int:
            own = set(threading.enumerate()) - others
            names = [thread.name for thread in own if "(_read)" in thread.name]
            # Whoever has ended is not polled, even if a pipe was not read to its end.
            reading.append(names if child.returncode is None else [])
            return wait(child, timeout)

        monkeypatch.setattr(subprocess.Popen, "wait", recorded)
        assert run(python("import time; time.sleep(0.2); print(5)")).stdout == b"5\n"
        assert reading[0] == []

    @pytest.mark.skipif(os.name == "nt", reason="needs fork")
    def test_it_does_not_wait_for_what_a_child_left_behind(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run_module, "LINGER_SECONDS", 0.1)
        code = "import os, time; print(os.getpid(), flush=True)\n"
        code += "if not os.fork(): time.sleep(60)"
        with no_hang():
            done = run(python(code))
        assert done.status == 0
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(done.stdout), signal.SIGKILL)

    def test_credentials_in_its_log_are_masked(self) -> None:
        code = "import sys; sys.stderr.write('http://me:secret@host/')"
        assert run(python(code)).stderr == "http://***@host/"


def test_both_ffmpegs_failures_are_reported(ffmpeg: FFmpeg) -> None:
    argv = [ffmpeg.path, "-nostdin", "-loglevel", "level+warning"]
    argv += ["-i", "file:/no/such/file.mp4", "-f", "null", "-"]
    with Process(argv) as child, pytest.raises(FFmpegError) as caught:
        child.finish()
    assert "No such file or directory" in caught.value.message
