"""Whatever ends a run early, nothing is left of it: no child, no file, no hang."""

import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.demux.timeline import Timeline
from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from tests.clips import make_clip

LIMIT_SECONDS = 60
"""Only a hang takes so long: on a busy machine, starting Python may take many."""

SLOW = "import time\ndef slow(frame):\n    time.sleep(0.2)\n"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    return make_clip(folder / "long.mp4", frames=250, audios=1).path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    (tmp_path / "slow.py").write_text(SLOW)
    return tmp_path / "out"


def avio(*arguments: str | Path) -> Process:
    words = [sys.executable, "-m", "avio_cli", *map(str, arguments)]
    return Process(words)


def slowly(clip: Path, folder: Path) -> Process:
    callback = f"{folder.parent / 'slow.py'}:slow"
    return avio("transcode", clip, folder / "out.mp4", "--callback", callback)


def alone(clip: Path, folder: Path) -> Process:
    # -re: as slow as it is played, so that there is time to interrupt it.
    return avio("transcode", clip, folder / "out.mp4", "--vf", "realtime")


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append(int(entry.name))
    return found


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(condition: object, seconds: float = LIMIT_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def wait_until_encoding(process: Process, folder: Path, count: int) -> list[int]:
    """Wait for the ffmpeg children and what they write; returns their ids.

    Before them, others list the packets of the source.
    """
    found: list[int] = []

    def is_encoding() -> bool:
        found[:] = children(process.pid)
        begun = any(path.stat().st_size for path in folder.iterdir())
        return len(found) >= count and begun

    wait_for(is_encoding)
    return found


def end_of(process: Process) -> int:
    """The exit status; fails where the process hangs."""
    try:
        process.finish(timeout=LIMIT_SECONDS)
    except FFmpegError as error:
        if "did not end" in error.message:
            pytest.fail(f"it hangs: {process.log.lines}")
        return error.status
    return 0


def assert_nothing_left(pids: Sequence[int], folder: Path) -> None:
    wait_for(lambda: not any(map(is_running, pids)))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("start", "count"), [(slowly, 2), (alone, 1)])
@pytest.mark.sampled(3)
def test_a_signal_ends_all_with_status_130(
    number: signal.Signals,
    start: object,
    count: int,
    clip: Path,
    folder: Path,
    ffmpeg: FFmpeg,
) -> None:
    with start(clip, folder) as process:  # type: ignore[operator]
        pids = wait_until_encoding(process, folder, count)
        os.kill(process.pid, number)

        status = end_of(process)

    assert status == 130
    assert process.log.lines[-1] == "avio: error: interrupted"
    assert_nothing_left(pids, folder)


@pytest.mark.parametrize(
    "numbers",
    [(signal.SIGHUP, signal.SIGHUP), (signal.SIGTERM, signal.SIGHUP)],
)
@pytest.mark.slow
def test_a_hang_up_that_follows_another_signal_is_the_same_one(
    numbers: Sequence[int], clip: Path, folder: Path, bundled_ffmpeg: FFmpeg
) -> None:
    """As from a shell that ends, and from systemd."""
    with slowly(clip, folder) as process:
        pids = wait_until_encoding(process, folder, 2)
        for number in numbers:
            os.kill(process.pid, number)

        status = end_of(process)

    assert status == 130
    assert process.log.lines == ("avio: error: interrupted",)
    assert_nothing_left(pids, folder)


def test_a_run_under_nohup_goes_on(
    clip: Path, folder: Path, bundled_ffmpeg: FFmpeg
) -> None:
    words = ["nohup", sys.executable, "-m", "avio_cli", "transcode", str(clip)]
    with Process([*words, str(folder / "out.mp4"), "--vf", "realtime=speed=4"]) as run:
        wait_until_encoding(run, folder, 1)
        os.kill(run.pid, signal.SIGHUP)

        assert end_of(run) == 0
    assert [p.name for p in folder.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.slow
def test_a_killed_ffmpeg_is_one_error(
    which: int, clip: Path, folder: Path, ffmpeg: FFmpeg
) -> None:
    with slowly(clip, folder) as process:
        pids = wait_until_encoding(process, folder, 2)
        os.kill(pids[which], signal.SIGKILL)

        status = end_of(process)

    errors = [line for line in process.log.lines if "avio: error:" in line]
    assert status == 1
    assert len(errors) == 1
    assert "SIGKILL" in errors[0]
    assert_nothing_left(pids, folder)


def test_the_only_ffmpeg_killed_is_one_error(
    clip: Path, folder: Path, bundled_ffmpeg: FFmpeg
) -> None:
    with alone(clip, folder) as process:
        pids = wait_until_encoding(process, folder, 1)
        os.kill(pids[0], signal.SIGKILL)

        status = end_of(process)

    assert status == 1
    assert any("SIGKILL" in line for line in process.log.lines)
    assert_nothing_left(pids, folder)


def test_a_killed_list_of_packets_is_no_success(
    clip: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, the result would not be verified."""

    def killed(*arguments: object) -> Timeline:
        raise FFmpegError("ffmpeg was killed", status=-signal.SIGKILL)

    monkeypatch.setattr("avio_cli.encode.expected.list_timeline", killed)
    output = clip.with_name("copy.mp4")
    with pytest.raises(InputError, match=r"long\.mp4 cannot be listed: ffmpeg was kil"):
        api.transcode(clip, output, copy=True)
    assert not output.exists()


@pytest.mark.slow
def test_avio_killed_leaves_no_ffmpeg_and_no_result(
    clip: Path, folder: Path, bundled_ffmpeg: FFmpeg
) -> None:
    with slowly(clip, folder) as process:
        pids = wait_until_encoding(process, folder, 2)
        os.kill(process.pid, signal.SIGKILL)
        end_of(process)

    wait_for(lambda: not any(map(is_running, pids)))
    assert not (folder / "out.mp4").exists()
    with avio("transcode", clip, folder / "out.mp4", "--preset", "mp4-h264") as again:
        assert end_of(again) == 0
    assert [p.name for p in folder.iterdir()] == ["out.mp4"]  # the orphan is gone


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder in which no file can grow beyond 20 kB, for children too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("callback", [False, True])
@pytest.mark.slow
def test_a_full_disk_is_one_error(
    callback: bool, clip: Path, small_disk: Path, ffmpeg: FFmpeg
) -> None:
    (small_disk.parent / "same.py").write_text("def same(frame):\n    pass\n")
    options = ["--callback", f"{small_disk.parent / 'same.py'}:same"]
    with avio(
        "transcode", clip, small_disk / "out.mp4", *(options if callback else [])
    ) as process:
        status = end_of(process)

    errors = [line for line in process.log.lines if "avio: error:" in line]
    assert status == 1
    assert len(errors) == 1
    assert "size limit" in errors[0]
    assert list(small_disk.iterdir()) == []


def test_a_raising_callback_shows_the_users_traceback(
    clip: Path, folder: Path, ffmpeg: FFmpeg
) -> None:
    (folder.parent / "bad.py").write_text(
        "def bad(frame):\n    if frame.index == 3:\n        return 1 / 0\n"
    )
    callback = f"{folder.parent / 'bad.py'}:bad"
    with avio("transcode", clip, folder / "out.mkv", "--callback", callback) as process:
        status = end_of(process)

    text = "\n".join(process.log.lines)
    assert status == 1
    assert "return 1 / 0" in text
    assert "ZeroDivisionError" in text
    assert "avio_cli" not in text
    assert "avio: error:" in process.log.lines[-1]
    assert list(folder.iterdir()) == []


def test_a_closed_stdout_does_not_disturb_a_run(
    clip: Path, folder: Path, bundled_ffmpeg: FFmpeg
) -> None:
    command = (
        f"exec {sys.executable} -m avio_cli transcode {clip} {folder / 'out.mp4'} "
        "--encoder-option preset=ultrafast >&- 2>/dev/null <&-"
    )
    with Process(["sh", "-c", command]) as process:
        status = end_of(process)

    assert status == 0
    assert [p.name for p in folder.iterdir()] == ["out.mp4"]


def test_a_reader_that_leaves_is_no_traceback(
    clip: Path, folder: Path, bundled_ffmpeg: FFmpeg
) -> None:
    command = f"{sys.executable} -m avio_cli info --json {clip} | true"
    with Process(["sh", "-c", command]) as process:
        end_of(process)

    assert process.log.lines == ()


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/video.mp4"


@pytest.mark.parametrize("command", ["play", "track", "info"])
@pytest.mark.sampled(3)
def test_ctrl_c_ends_the_wait_for_a_server_that_does_not_answer(
    command: str, silent_server: str
) -> None:
    with avio(command, silent_server) as process:
        wait_for(lambda: children(process.pid))
        pids = children(process.pid)
        os.kill(process.pid, signal.SIGINT)
        assert end_of(process) == 130
    wait_for(lambda: not any(map(is_running, pids)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.sampled(3)
def test_an_interruption_that_comes_out_as_another_error_is_one(number: int) -> None:
    """As while a module or a class is made: Python and C wrap what is raised there."""
    script = f"""
import os
from avio_cli.cli import entry, main
def run(*_):
    try:
        os.kill(os.getpid(), {int(number)})
    except KeyboardInterrupt as error:
        raise ImportError("half a module") from error
main.run = run
entry.main()
"""
    with Process([sys.executable, "-c", script]) as process:
        assert end_of(process) == 130
    assert process.log.lines == ("avio: error: interrupted",)


def test_an_interruption_that_comes_out_as_a_missing_module_is_one() -> None:
    script = f"""
import os
from avio_cli.cli import entry, main
from avio_cli.errors import AvioError
def app(*_, **__):
    try:
        os.kill(os.getpid(), {int(signal.SIGTERM)})
    except KeyboardInterrupt as error:
        raise AvioError("it cannot be imported") from error
main.app = app
entry.main()
"""
    with Process([sys.executable, "-c", script]) as process:
        assert end_of(process) == 130
    assert process.log.lines == ("avio: error: interrupted",)


def test_an_interruption_that_comes_while_an_object_is_finalized_is_one() -> None:
    """As where a generator is closed that waits for a child: Python drops it."""
    script = f"""
import os, time
from avio_cli.cli import entry, main
class Closed:
    def __del__(self):
        os.kill(os.getpid(), {int(signal.SIGTERM)})
        time.sleep(1)
def app(*_, **__):
    Closed()
    time.sleep({LIMIT_SECONDS * 2})
main.app = app
entry.main()
"""
    with Process([sys.executable, "-c", script]) as process:
        assert end_of(process) == 130
    assert process.log.lines == ("avio: error: interrupted",)


def test_a_signal_that_another_thread_gets_interrupts_a_wait_without_end() -> None:
    """As of a run whose camera is away: the main thread waits for a frame."""
    script = f"""
import queue, signal, threading
from avio_cli.cli import entry, main
def interrupt():
    signal.pthread_kill(threading.get_ident(), {int(signal.SIGINT)})
def app(*_, **__):
    threading.Timer(0.3, interrupt).start()
    queue.Queue().get()
main.app = app
entry.main()
"""
    with Process([sys.executable, "-c", script]) as process:
        assert end_of(process) == 130
    assert process.log.lines == ("avio: error: interrupted",)


def test_an_error_of_our_own_is_no_interruption() -> None:
    script = """
from avio_cli.cli import entry, main
main.run = lambda *_: {}["no such key"]
entry.main()
"""
    with Process([sys.executable, "-c", script]) as process:
        assert end_of(process) == 1
    assert process.log.lines[-1] == "KeyError: 'no such key'"
