"""Both ffmpegs, real media where it is at hand, and no child left behind."""

import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import imageio_ffmpeg
import pytest

from avio_cli.ffmpeg.locate import FFmpeg, locate_ffmpeg
from tests import absent, once
from tests.absent import STRICT, SYSTEM_FFMPEG
from tests.live.rtsp import RtspServers, rtsp_servers, works

# A busy machine is no reason to fail: what is too slow shows in the benchmarks.
hypothesis.settings.register_profile("avio", deadline=None)
hypothesis.settings.load_profile("avio")

# Else each avio that a test starts would compile all its modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

REPOSITORY = Path(__file__).parent.parent
SHARED = Path(os.environ.get("AVIO_SHARED", REPOSITORY.parent / "shared"))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(absent)
    # As a plugin its fixture is one: a process can start Playwright only once.
    config.pluginmanager.import_plugin("tests.browser")
    config.pluginmanager.register(once)
    if hasattr(signal, "SIGHUP"):  # nohup has all children ignore it
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so do shells of scripts
        signal.signal(signal.SIGINT, signal.default_int_handler)


def missing(what: str) -> None:
    """Skip for want of a tool or data; in CI its absence is a failure."""
    if STRICT:
        pytest.fail(f"{what} is missing, and AVIO_TESTS_STRICT=1")
    pytest.skip(f"{what} is missing")


@pytest.fixture(params=["bundled", "system"])
def ffmpeg(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FFmpeg:
    """Each ffmpeg in turn: imageio-ffmpeg's, without ffprobe, and the system's."""
    if request.param == "bundled":
        binary = Path(imageio_ffmpeg.get_ffmpeg_exe())
    else:
        binary = SYSTEM_FFMPEG
        if not binary.exists():
            missing(f"the system's ffmpeg ({binary})")
    monkeypatch.setenv("AVIO_FFMPEG", str(binary))
    return locate_ffmpeg()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cases of the system's ffmpeg run among the slow ones, in CI and by `make check`.

    With its 200 libraries it takes 0.1 s to start, five times as long as the bundled
    one: its 540 cases took a third of the time of all others.
    """
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        chosen = item.get_closest_marker("all_cases") is not None
        if parameters.get("ffmpeg") == "system" and not chosen:
            item.add_marker(pytest.mark.slow)
    _sample(items)


def _sample(items: list[pytest.Item]) -> None:
    """Of the cases of a test marked ``sampled(n)`` leave every nth to `make test`."""
    seen: Counter[str] = Counter()
    for item in items:
        sampled = item.get_closest_marker("sampled")
        if sampled is None or item.get_closest_marker("slow") is not None:
            continue
        test = item.nodeid.partition("[")[0]
        if seen[test] % sampled.args[0]:
            item.add_marker(pytest.mark.slow)
        seen[test] += 1


BOTH_FFMPEGS = pytest.mark.parametrize(
    "ffmpeg", ["bundled", pytest.param("system", marks=pytest.mark.slow)], indirect=True
)
"""For long tests: with the second ffmpeg they run only among the slow ones."""


@pytest.fixture
def bundled_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> FFmpeg:
    """Only the ffmpeg that a dependency ships; for what no version changes."""
    monkeypatch.setenv("AVIO_FFMPEG", imageio_ffmpeg.get_ffmpeg_exe())
    return locate_ffmpeg()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real media, weights and ground truth."""
    if not (SHARED / "media").is_dir():
        missing(f"the folder of real media ({SHARED}; set AVIO_SHARED)")
    return SHARED


@pytest.fixture
def rtsp_server(tmp_path: Path) -> Iterator[RtspServers]:
    """Starts real RTSP servers, and proxies before them; see `tests.live.rtsp`."""
    if not works():
        missing("GStreamer's RTSP server with its bindings for /usr/bin/python3")
    with rtsp_servers(tmp_path, imageio_ffmpeg.get_ffmpeg_exe()) as servers:
        yield servers


@pytest.fixture(scope="session")
def torch() -> Any:
    """PyTorch with the YOLOX package, which `make test-torch` has and others lack."""
    try:
        import torch
        import yolox.models  # noqa: F401
    except ImportError as error:
        if os.environ.get("AVIO_TESTS_TORCH") == "1":
            pytest.fail(f"PyTorch is missing ({error}), and AVIO_TESTS_TORCH=1")
        pytest.skip("PyTorch is not in this environment: make test-torch has it")
    return torch


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Installs stand-ins for TensorRT and CUDA: see `tests.vision.gpu_machine`."""
    from tests.vision.gpu_machine import installer

    return installer(monkeypatch)


@pytest.fixture(autouse=True)
def logger_as_it_was() -> Iterator[None]:
    """Undo what a command of the same process did to the logger, which hides logs."""
    logger = logging.getLogger("avio")
    before = logger.handlers, logger.propagate, logger.level
    yield
    logger.handlers, logger.propagate, level = before
    logger.setLevel(level)


@pytest.fixture(autouse=True)
def no_child_left_behind() -> Iterator[None]:
    """Fail the test that leaves a child process, running or as a zombie."""
    before = set(_children())
    yield
    left = {pid: _command_of(pid) for pid in set(_children()) - before}
    if left and "openvino" in sys.modules:
        left = _without_openvinos(left)
    for pid in left:
        os.kill(pid, 9)
    assert not left, f"child processes left behind: {left}"


def _without_openvinos(left: dict[int, str]) -> dict[int, str]:
    """Leave out the fork that importing OpenVINO makes, and waits for in a thread."""
    patience = 50
    while left.keys() & set(_children()) and patience:
        time.sleep(0.1)
        patience -= 1
    return {pid: left[pid] for pid in left.keys() & set(_children())}


def _command_of(pid: int) -> str:
    """Its words; of a zombie, which has none left, its state and name."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError as error:
        return f"has ended: {error}"
    return os.fsdecode(b" ".join(words)) or stat.partition(")")[0]


def _children() -> Iterator[int]:
    tasks = Path(f"/proc/{os.getpid()}/task")
    if not tasks.is_dir():
        return
    for task in tasks.iterdir():
        try:
            yield from map(int, (task / "children").read_text().split())
        except FileNotFoundError:
            continue
