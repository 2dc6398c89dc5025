"""An RTSP server that hangs or drops its clients is read on, and its records too."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.conftest import BOTH_FFMPEGS
from tests.live.proxy import Proxy
from tests.live.rtsp import RtspServers


def rows(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def disturb(proxy: Proxy, records: Path) -> None:
    """Hang once and drop once, each after some more frames."""
    _wait_for(lambda: rows(records) > 20)
    hanging = proxy.connections
    proxy.mute()
    _wait_for(lambda: proxy.connections > hanging)  # the watchdog has left the first
    proxy.resume()
    proxy.drop()  # those that hang
    before = rows(records)
    _wait_for(lambda: rows(records) > before + 10)
    proxy.drop()


def _wait_for(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not done() and time.monotonic() < limit:
        time.sleep(0.05)


@pytest.mark.slow
@BOTH_FFMPEGS
def test_tracking_goes_on_after_a_hang_and_a_drop(
    ffmpeg: FFmpeg,
    rtsp_server: RtspServers,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    records, stats = tmp_path / "tracks.jsonl", tmp_path / "stats.json"
    url, proxy = rtsp_server.behind_proxy(rtsp_server())
    disturbing = threading.Thread(target=disturb, args=(proxy, records))
    disturbing.start()
    words = ["track", url, "--model", "motion", "--records", str(records)]
    status = run([*words, "--stats", str(stats), "--duration", "25", "-q"])
    disturbing.join()
    assert status == 0
    live = json.loads(stats.read_text())["live"]
    assert live["reconnects"] == 2
    assert live["stalls"] == 1
    found = [json.loads(line) for line in records.read_text().splitlines()]
    times = [row["time"] for row in found]
    assert times == sorted(set(times))
    assert 20 < times[-1] - times[0] <= 25
    assert max(gap["seconds"] for gap in live["gaps"]) > 5
