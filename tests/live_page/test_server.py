"""The page over real connections: quick, never in the way, and gone with its run."""

import asyncio
import json
import logging
import re
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avio_cli.errors import AvioError, OutputError, UsageError
from avio_cli.live_page.page import LivePage
from avio_cli.monitoring.monitor import RunMonitor
from tests.live_page.pages import Run, opened_run
from tests.live_page.pages import libraries as libraries

pytestmark = pytest.mark.usefixtures("libraries")
LARGE = (1280, 960)


@pytest.fixture
def run() -> Iterator[Run]:
    with opened_run("/home/me/yard.mp4") as opened:
        yield opened


def parts(connection: socket.socket) -> Iterator[tuple[str, bytes]]:
    """The parts of an endless answer, each with its type."""
    with connection.makefile("rb") as answer:
        body = iter(lambda: _chunk(answer), b"")
        while answer.readline().strip():
            pass
        data = b""
        for chunk in body:
            data += chunk
            while b"\r\n\r\n" in data:
                head, _, rest = data.partition(b"\r\n\r\n")
                length = int(head.rpartition(b"Length: ")[2])
                if len(rest) < length + 2:
                    break
                yield head.partition(b"Type: ")[2].split()[0].decode(), rest[:length]
                data = rest[length + 2 :]


def _chunk(answer: object) -> bytes:
    size = int(answer.readline() or b"0", 16)  # type: ignore[attr-defined]
    return answer.read(size + 2)[:size] if size else b""  # type: ignore[attr-defined]


def messages(connection: socket.socket) -> Iterator[tuple[str, object]]:
    """Messages and their data, until the answer ends."""
    with connection.makefile("r") as answer:
        name = ""
        for line in answer:
            if line.startswith("event: "):
                name = line[7:].strip()
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])


def first(found: Iterator[tuple[str, object]], wanted: str) -> object:
    return next(data for name, data in found if name == wanted)


def status(run: Run, path: str, **headers: str) -> int:
    url = f"http://127.0.0.1:{run.port}{path}"
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_first_image_comes_at_once(run: Run) -> None:
    """Of the frame that is there: no other is waited for."""
    run.show()
    with run.connect("frames") as viewer:
        found = parts(viewer)
        assert next(found)[0] == "application/json"
        assert next(found)[0] == "image/jpeg"


def test_a_viewer_that_reads_nothing_delays_neither_run_nor_viewers(run: Run) -> None:
    run.show(LARGE)
    with run.connect("frames") as frozen, run.connect("frames") as viewer:
        found = parts(viewer)
        first(found, "image/jpeg")
        while not any(c.flow.write_paused for c in connections(run)):
            pts = run.show(LARGE)  # until all is full that buffers for it
            while json.loads(first(found, "application/json"))["pts"] != pts:  # type: ignore[arg-type]
                pass
        encoded = run.page._server._images._current
        for _ in range(5):
            pts = run.show(LARGE)  # returns, though one reads nothing
            while json.loads(first(found, "application/json"))["pts"] != pts:  # type: ignore[arg-type]
                pass
        assert encoded is not run.page._server._images._current
        assert frozen.recv(4) == b"HTTP"


def test_a_viewer_that_goes_leaves_nothing(run: Run) -> None:
    run.show()
    with run.connect("frames") as viewer:
        first(parts(viewer), "image/jpeg")  # whatever is opened once is open
    before = wait_until_idle(run)
    for name in ("frames", "video.mjpeg", "messages") * 3:
        with run.connect(name) as viewer:
            assert viewer.recv(4) == b"HTTP"
    assert wait_until_idle(run) == before


def _open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def connections(run: Run) -> set[Any]:
    return set(run.page._server._server.server_state.connections)


def wait_until_idle(run: Run) -> tuple[int, int, int]:
    """Wait for the end of all connections; returns counts of what is there."""
    server = run.page._server._server
    end = time.monotonic() + 20
    while server.server_state.connections or server.server_state.tasks:
        assert time.monotonic() < end
        run.show()  # a viewer's absence is noticed when something is sent
        time.sleep(0.02)
    assert run.page._server._loop is not None
    tasks = len(asyncio.all_tasks(run.page._server._loop))
    return tasks, threading.active_count(), _open_files()


def test_nothing_is_left_when_the_run_ends_with_viewers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    threads = set(threading.enumerate())
    with opened_run() as run:
        run.show(LARGE)
        connections = [run.connect("frames") for _ in range(3)]  # read nothing
        listening = run.connect("messages")
        first(messages(listening), "figures")
        for _ in range(5):
            run.show(LARGE)
    assert set(threading.enumerate()) == threads
    for connection in (*connections, listening):
        connection.close()
    with socket.create_server(("127.0.0.1", run.port)):
        pass  # the port is free
    assert [r.message for r in caplog.records if r.levelno > logging.INFO] == []


def test_the_last_message_says_that_the_run_has_ended() -> None:
    with opened_run() as run:
        connection = run.connect("messages")
        found = messages(connection)
        first(found, "about")
    with connection:
        assert [name for name, _ in found][-1] == "end"


def test_messages_say_what_happens(run: Run) -> None:
    run.show(ids=[1, 2])
    with run.connect("messages") as viewer:
        found = messages(viewer)
        assert first(found, "about") == {"source": "yard.mp4", "drawn": False}
        events = first(found, "events")
        assert [(e["event"], e["id"]) for e in events] == [  # type: ignore[attr-defined]
            ("track_first_seen", 1),
            ("track_first_seen", 2),
        ]
        figures = first(found, "figures")
        assert figures["frames"] == 1  # type: ignore[index]
        assert figures["tracks"] == 2  # type: ignore[index]
    run.show(ids=[3])
    with run.connect("messages", **{"Last-Event-ID": "2"}) as again:
        events = first(messages(again), "events")
        assert [event["id"] for event in events] == [3]  # type: ignore[attr-defined]


def test_the_newest_frame_is_to_be_had_alone(run: Run) -> None:
    assert status(run, f"{run.path}frame.png") == 404
    run.show(LARGE)
    with run.connect("frame.png", Connection="close") as viewer:
        answer = b"".join(iter(lambda: viewer.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b'filename="avio-frame-1-0.000s.png"' in head
    assert body.startswith(b"\x89PNG")


def test_strangers_are_refused(run: Run) -> None:
    own = {"Host": f"127.0.0.1:{run.port}"}
    assert status(run, run.path, **own) == 200
    assert status(run, f"{run.path}page.js", Origin=f"http://{own['Host']}") == 200
    assert status(run, run.path, Host="evil.example") == 403
    assert status(run, f"{run.path}frames", Origin="http://evil.example") == 403
    assert status(run, "/") == 403
    assert status(run, "/frames") == 403
    assert status(run, f"{run.path[:-2]}/frames") == 403
    assert status(run, f"{run.path}../pages.py") == 404
    assert status(run, f"{run.path}nothing") == 404


def test_every_answer_forbids_other_sources(run: Run) -> None:
    with run.connect("") as page, run.connect("frames", Host="evil.example") as refused:
        for connection in (page, refused):
            head = connection.recv(4096).decode().lower()
            assert "content-security-policy: default-src 'none'" in head
            assert "cross-origin-resource-policy: same-origin" in head
            assert "server:" not in head


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, RunMonitor("a") as monitor:
        port = taken.getsockname()[1]
        with pytest.raises(OutputError, match=f"page on 127.0.0.1:{port}: Address"):
            LivePage(str(port), monitor, "a")


@pytest.mark.parametrize("text", ["", "x", "http://h:1", "70000"])
def test_what_is_no_address(text: str) -> None:
    with (
        RunMonitor("a") as monitor,
        pytest.raises(UsageError, match=r"--serve .* is not \[HOST:\]PORT"),
    ):
        LivePage(text, monitor, "a")


@pytest.mark.parametrize("name", ["starlette", "uvicorn"])
def test_where_a_library_is_missing_its_installation_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with RunMonitor("a") as monitor, pytest.raises(AvioError, match=name) as caught:
        LivePage("0", monitor, "a")
    assert caught.value.hint == "pip install 'avio-cli[live]'"


def test_a_connection_that_stands_still_is_cut(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avio_cli.live_page.connections.PATIENCE", 0.2)
    with socket.create_connection(("127.0.0.1", run.port), timeout=20) as silent:
        assert silent.recv(1) == b""
    run.show(LARGE)
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with small as frozen:
        frozen.settimeout(20)
        frozen.connect(("127.0.0.1", run.port))
        lines = f"GET {run.path}frames HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        frozen.sendall(lines.encode())
        while not connections(run):
            pass
        while connections(run):  # though this end has not closed it
            run.show(LARGE)


def test_the_page_is_complete(run: Run) -> None:
    """All that its files name is served."""
    from avio_cli.live_page.app import page_files  # needs starlette

    names = {"", "icon.svg"}
    for _, text in page_files():
        names |= set(re.findall(r'(?:href|src|from)[= ]"(?:\./)?([\w.]+)"', text))
    assert {"page.js", "page.css", "overlay.js", "colors.js"} < names
    run.show()
    assert {name: status(run, run.path + name) for name in names} == dict.fromkeys(
        names, 200
    )
