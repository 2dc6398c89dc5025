"""Metrics and the line each minute say what a run has done; both end with it."""

import logging
import socket
import sys
import threading
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.cli.terminal import set_up_messages
from avio_cli.detections import Tracks
from avio_cli.errors import AvioError, OutputError, UsageError
from avio_cli.media.frame import Frame
from avio_cli.monitoring.address import Address, parse_address
from avio_cli.monitoring.events.target import EventCounts
from avio_cli.monitoring.figures import FigureCounter
from avio_cli.monitoring.minute_line import (
    LOG,
    MinuteLine,
    give_memory_back,
    line_of,
)
from avio_cli.monitoring.monitor import RunMonitor
from avio_cli.version import __version__
from tests.conftest import missing

SOURCE = "rtsp://***@camera/1"


@dataclass
class Snapshot:
    state: str = "live"
    dropped: int = 0
    reconnects: int = 0
    stalls: int = 0
    gap_seconds: float = 0.0
    lag: float = 0.12
    frame_age: float | None = 0.04


@dataclass
class Health:
    now: Snapshot

    def snapshot(self) -> Snapshot:
        return self.now


@dataclass
class Counts:
    finished: int
    removed: int


def frame(index: int, ids: Sequence[int]) -> Frame:
    count = len(ids)
    made = Frame((np.zeros((4, 4), np.uint8),), "gray", index, index, Fraction(1, 25))
    made.tracks = Tracks(
        np.zeros((count, 4), np.float32),
        np.zeros(count, np.float32),
        np.zeros(count, np.int64),
        np.array(ids, np.int64),
    )
    return made


CROSSING = {"name": "gate", "kind": "line", "direction": "in", "id": 1, "class": "0"}


def read(port: int | None) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


@pytest.fixture
def prometheus() -> None:
    try:
        import prometheus_client  # noqa: F401
    except ImportError:
        missing("prometheus_client")


@pytest.mark.usefixtures("prometheus")
class TestMetrics:
    def test_they_are_those_of_the_run(self) -> None:
        health = Health(Snapshot(dropped=3, reconnects=2, stalls=1, gap_seconds=4.5))
        with RunMonitor(SOURCE, metrics="0", live=True) as monitor:
            monitor.watch(
                health=health, parts=Counts(5, 1), queues={"ahead": lambda: 4}
            )
            for index in range(10):
                monitor.frame(frame(index, [1, index + 2]), [CROSSING][index:])
            found = read(monitor.metrics_port)
        assert found[f'avio_info{{source="{SOURCE}",version="{__version__}"}}'] == 1
        expected = {
            "avio_frames_total": 10,
            "avio_tracks": 2,
            "avio_track_ids_total": 11,
            'avio_crossings_total{direction="in",name="gate"}': 1,
            "avio_lag_seconds": 0.12,
            "avio_last_frame_age_seconds": 0.04,
            "avio_frames_dropped_total": 3,
            "avio_reconnects_total": 2,
            "avio_stalls_total": 1,
            "avio_interrupted_seconds_total": 4.5,
            'avio_source_state{state="live"}': 1,
            'avio_source_state{state="lost"}': 0,
            'avio_queue_length{queue="events"}': 0,
            'avio_queue_length{queue="ahead"}': 4,
            'avio_child_restarts_total{child="decoder"}': 2,
            "avio_parts_finished_total": 5,
            "avio_parts_removed_total": 1,
            'avio_events_total{result="sent"}': 0,
        }
        assert {name: found.get(name) for name in expected} == expected
        assert found["avio_fps"] > 0

    def test_nothing_is_left_when_the_run_has_ended(self) -> None:
        before = set(threading.enumerate())
        with RunMonitor(SOURCE, metrics="127.0.0.1:0", live=True) as monitor:
            port = monitor.metrics_port
            assert set(threading.enumerate()) != before
        assert set(threading.enumerate()) == before
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", port))

    def test_a_port_in_use_is_named(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(OutputError, match=f"on 127.0.0.1:{port}: Address"):
                RunMonitor(SOURCE, metrics=str(port))


def test_where_the_library_is_missing_its_installation_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(AvioError) as caught:
        RunMonitor(SOURCE, metrics="9464")
    assert caught.value.hint == "pip install 'avio-cli[live]'"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:9464", ("::1", 9464)),
        ("my-host.lan:1", ("my-host.lan", 1)),
    ],
)
def test_addresses(text: str, parsed: tuple[str, int]) -> None:
    assert parse_address(text, "--metrics") == Address(*parsed)


@pytest.mark.parametrize("text", ["", "x", "70000", "http://h:1", "a:b:1", ":1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not \[HOST:\]PORT"):
        parse_address(text, "--metrics")


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


class TestMinuteLine:
    def test_it_says_what_happened_since_the_last_one(self) -> None:
        now = 100.0
        counter = FigureCounter(lambda: now)
        health = Health(Snapshot())
        start = counter.snapshot()
        counter.health = health
        assert line_of(start, counter.snapshot()).endswith("0 drops, 0 reconnects")
        for index in range(50):
            counter.add(frame(index, [1]))
        before = counter.snapshot()
        for index in range(1790):
            counter.add(frame(index, [1, 2]))
        now += 60
        health.now = Snapshot(reconnects=1)
        line = "1790 frames, 29.8 fps, lag 0.12 s, 2 tracks, 0 drops, 1 reconnect"
        assert line_of(before, counter.snapshot()) == f"60 s: {line}"
        health.now = Snapshot(state="lost", dropped=1)
        counter.events = lambda: EventCounts(failed=1)
        line = "lag 0.12 s, 2 tracks, 1 drop, 0 reconnects, the source is lost"
        assert line_of(before, counter.snapshot()).endswith(f"{line}, 1 event not sent")

    def test_it_is_logged_until_the_run_ends(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "avio.run")
        counter, logged = FigureCounter(), threading.Event()
        logging.getLogger("avio.run").addFilter(lambda _: logged.set() or True)
        with MinuteLine(counter.snapshot, every=0.01):
            assert logged.wait(10)
        logging.getLogger("avio.run").filters.clear()
        assert "avio: 0 s: 0 frames, 0.0 fps, 0 tracks" in caplog.text

    def test_memory_is_given_back_each_time(self) -> None:
        tidied = threading.Event()
        with MinuteLine(FigureCounter().snapshot, every=0.01, tidy=tidied.set):
            assert tidied.wait(10)

    @pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it reads /proc")
    def test_freed_memory_goes_to_the_system(self) -> None:
        """Blocks too small to be mapped on their own, with one in use above them."""
        blocks = [np.ones(50_000, np.uint8) for _ in range(2000)]
        used = _resident()
        blocks[:-1] = []
        give_memory_back()
        assert used - _resident() > 80 << 20

    @pytest.mark.parametrize(("quiet", "shown"), [(False, True), (True, False)])
    def test_the_command_line_shows_it_unless_quiet(
        self, quiet: bool, shown: bool, capsys: pytest.CaptureFixture[str]
    ) -> None:
        set_up_messages(quiet=quiet, verbose=False)
        LOG.info("avio: 60 s: 1790 frames")
        logging.getLogger("avio.run").setLevel(logging.NOTSET)
        assert (capsys.readouterr().err == "avio: 60 s: 1790 frames\n") is shown
