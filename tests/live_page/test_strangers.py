"""Clients without the secret: they get nothing, and take nothing from the run."""

import asyncio
import contextlib
import itertools
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.live_page.pages import Run, opened_run, wait_for
from tests.live_page.pages import libraries as libraries
from tests.live_page.pages import wsproto as wsproto

pytestmark = pytest.mark.usefixtures("libraries")
CONNECTIONS = "avio_cli.live_page.connections"


@pytest.fixture
def run() -> Iterator[Run]:
    with opened_run() as opened:
        opened.show()
        yield opened


def connected(run: Run) -> socket.socket:
    return socket.create_connection(("127.0.0.1", run.port), timeout=20)


def is_cut(connection: socket.socket) -> bool:
    """Wait for the end of a connection over which nothing comes."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_more_connections_than_viewers_need_are_cut(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{CONNECTIONS}._MOST_CONNECTIONS", 2)
    with ExitStack() as stack:
        first = [stack.enter_context(connected(run)) for _ in range(2)]
        for _ in range(30):
            assert is_cut(stack.enter_context(connected(run)))
        for kept in first:
            kept.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"403" in kept.recv(12)


def test_connections_that_say_nothing_keep_no_viewer_out(run: Run) -> None:
    """The one that is silent for longest is cut, at once."""
    with ExitStack() as stack:
        silent = [stack.enter_context(connected(run)) for _ in range(64)]
        with run.connect("frame.png") as viewer:
            assert viewer.recv(12) == b"HTTP/1.1 200"
        assert all(is_cut(connection) for connection in silent[:32])
        silent[-1].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"403" in silent[-1].recv(12)


def test_a_request_that_never_ends_is_cut(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each further byte of it is no reason to wait longer."""
    monkeypatch.setattr(f"{CONNECTIONS}.PATIENCE", 0.3)
    with connected(run) as half:
        half.sendall(b"GET / HTTP/1.1\r\nX: ")
        half.settimeout(0.05)
        end = time.monotonic() + 20
        while not _is_cut_at_once(half):
            assert time.monotonic() < end


def _is_cut_at_once(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"x")
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_what_is_refused_keeps_no_connection(run: Run) -> None:
    with connected(run) as refused:
        refused.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b"".join(iter(lambda: refused.recv(1 << 16), b""))
    assert b"403" in answer
    assert b"connection: close" in answer.lower()


def test_what_strangers_cause_is_logged_once(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    loop = run.page._server._loop
    assert loop is not None
    for _ in range(3):
        with connected(run) as stranger:
            stranger.sendall(b"this is no request\r\n\r\n")
            assert stranger.recv(12) == b"HTTP/1.1 400"
        # As asyncio does where there are no more file descriptors.
        context = {"message": "socket.accept() out of system resource"}
        asyncio.run_coroutine_threadsafe(_report(context), loop).result(20)
    said = [(r.name, r.levelno) for r in caplog.records if r.name != "avio.run"]
    assert said == [("avio.page", logging.WARNING)] * 2


async def _report(context: dict[str, str]) -> None:
    asyncio.get_running_loop().call_exception_handler(context)


UPGRADE = (
    b"GET /packets HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
BROKEN = UPGRADE + b"Sec-WebSocket-Extensions: \xff\r\n\r\n"


@pytest.mark.usefixtures("wsproto")
@pytest.mark.parametrize(
    "request_",
    [
        BROKEN,
        UPGRADE + b"Sec-WebSocket-Protocol: \xff\r\n\r\n",
        UPGRADE.replace(b": 13", b": \xff") + b"\r\n",
        UPGRADE.replace(b"dGhlI", b"\xff") + b"\r\n",
        UPGRADE.replace(b"GET /", b"GET /\xe9") + b"\r\n",
        UPGRADE.replace(b"GET", b"POST") + b"Content-Length: 9\r\n\r\n",
        UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_broken_upgrade_leaves_no_connection_that_is_counted(
    run: Run, request_: bytes
) -> None:
    for _ in range(3):
        with connected(run) as stranger:
            stranger.sendall(request_)
            with contextlib.suppress(ConnectionResetError):
                stranger.recv(12)
    wait_for(lambda: not run.page._server._server.server_state.connections)


@pytest.mark.usefixtures("wsproto")
def test_broken_upgrades_keep_no_viewer_out(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{CONNECTIONS}._MOST_CONNECTIONS", 2)
    for _ in range(3):
        with connected(run) as stranger:
            stranger.sendall(BROKEN)
            assert is_cut(stranger)
    with run.connect("frame.png") as viewer:
        assert viewer.recv(12) == b"HTTP/1.1 200"


def test_a_connection_that_is_counted_for_ever_does_not_hold_the_run() -> None:
    class Leaked:
        """Is cut, and takes no notice."""

        transport = property(lambda self: self)

        def abort(self) -> None: ...
        def shutdown(self) -> None: ...

    with opened_run() as run:
        run.show()
        run.page._server._server.server_state.connections.add(Leaked())  # type: ignore[arg-type]
        closing = threading.Thread(target=run.page.close, daemon=True)
        closing.start()
        closing.join(20)
        assert not closing.is_alive()


@pytest.mark.parametrize("last_id", ["9" * 5000, "99", "²", "-1"])
def test_an_event_that_was_not_is_no_last_one(run: Run, last_id: str) -> None:
    headers = {"Last-Event-ID": last_id}
    with run.connect("messages", **headers) as viewer, viewer.makefile("r") as answer:
        lines = itertools.takewhile(lambda line: "figures" not in line, answer)
        assert "event: events\n" in list(lines)
