"""Events reach URLs and commands, also after a failure; the run never waits."""

import json
import shlex
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from avio_cli.errors import UsageError
from avio_cli.monitoring.events import answer, command, target, url
from avio_cli.monitoring.events.event import Event, SeenTrack
from avio_cli.monitoring.events.outputs import EventOutputs

SOURCE = "rtsp://***@camera/1"
TRACK = SeenTrack(7, "person", 0.91234, (1.0, 2.0, 3.0, 4.555))


def event(frame: int) -> Event:
    return Event(
        kind="line_crossed",
        time=datetime(2026, 11, 30, 12, tzinfo=UTC),
        seconds=frame / 25,
        frame=frame,
        track=TRACK,
        name="gate",
        direction="in",
    )


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


class Server:
    """Takes events; answers with the statuses given, then with 204."""

    def __init__(self, *statuses: int, port: int = 0) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        given, server = list(statuses), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = given.pop(0) if given else 204
                if status == 204:
                    server.got.append(json.loads(body))
                    server.headers.append(dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(target, "GRACE", 0.5)
    monkeypatch.setattr(command, "GRACE", 0.5)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.usefixtures("quick")
class TestUrl:
    def test_it_gets_each_event_once_in_order(self, tmp_path: Path) -> None:
        server = Server(503, 429)
        address = f"http://me:p%40ss@127.0.0.1:{server.port}/hook?key=1"
        with EventOutputs([address], SOURCE, folder=tmp_path) as outputs:
            outputs.send(map(event, range(1, 6)))
            wait_for(lambda: len(server.got) == 5)
        server.close()
        assert [found["frame"] for found in server.got] == [1, 2, 3, 4, 5]
        assert server.got[0] == {
            "event": "line_crossed",
            "time": "2026-11-30T12:00:00.000Z",
            "pts": 0.04,
            "frame": 1,
            "id": 7,
            "class": "person",
            "score": 0.9123,
            "box": [1.0, 2.0, 3.0, 4.55],
            "name": "gate",
            "direction": "in",
            "source": SOURCE,
        }
        assert server.headers[0]["Authorization"] == "Basic bWU6cEBzcw=="
        assert (outputs.counts().sent, outputs.counts().waiting) == (5, 0)

    def test_what_it_refuses_is_counted_and_not_repeated(
        self,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        server = Server(400)
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{server.port}/T0/secret")
        with EventOutputs(["env:HOOK"], SOURCE, folder=tmp_path) as outputs:
            outputs.send([event(1), event(2)])
            wait_for(lambda: server.got)
        server.close()
        assert [found["frame"] for found in server.got] == [2]
        counts = outputs.counts()
        assert (counts.sent, counts.failed) == (1, 1)
        assert "secret" not in caplog.text

    def test_what_it_could_not_get_waits_for_a_later_run(
        self, free_port: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        address = f"http://127.0.0.1:{free_port}/"
        with EventOutputs([address], SOURCE, folder=tmp_path) as outputs:
            started = time.monotonic()
            outputs.send(map(event, range(1, 1001)))
            assert time.monotonic() - started < 0.5
        assert outputs.counts().waiting == 1000
        assert caplog.text.count("takes no events") == 1
        server = Server(port=free_port)
        with EventOutputs([address], SOURCE, folder=tmp_path):
            wait_for(lambda: len(server.got) == 1000)
        server.close()
        assert [found["frame"] for found in server.got] == list(range(1, 1001))

    def test_one_that_never_answers_does_not_delay_the_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(url, "TIMEOUT", 0.3)
        monkeypatch.setattr(answer, "TIMEOUT", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            with EventOutputs([address], SOURCE, folder=tmp_path) as outputs:
                outputs.send([event(1)])
                started = time.monotonic()
            assert time.monotonic() - started < 2
        assert outputs.counts().waiting == 1
        assert not [t for t in threading.enumerate() if t.name == "avio-events"]

    def test_a_damaged_file_of_events_is_replaced(self, tmp_path: Path) -> None:
        server = Server()
        address = f"http://127.0.0.1:{server.port}/"
        with EventOutputs([address], SOURCE, folder=tmp_path):
            pass
        (file,) = tmp_path.iterdir()
        file.write_bytes(b"no database" * 1000)
        with EventOutputs([address], SOURCE, folder=tmp_path) as outputs:
            outputs.send([event(1)])
            wait_for(lambda: server.got)
        server.close()


COPY = "import sys\nfor line in sys.stdin: open(sys.argv[1], 'a').write(line)"
ONE_LINE = """
import os, sys
line = os.read(0, 1 << 16)
open(sys.argv[1], 'ab').write(line)
sys.exit(3)
"""


def drip(head: bytes, pause: float) -> tuple[str, threading.Thread]:
    """A server of one client, which sends its answer byte by byte, or at once."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, suppress(OSError):
            client, _ = listener.accept()
            with client:
                client.recv(1 << 16)
                client.sendall(head[:-4] if pause else head)
                end = time.monotonic() + 8
                while time.monotonic() < end:
                    client.sendall(b"x" if pause else b"x" * (1 << 16))
                    time.sleep(pause)

    thread = threading.Thread(target=serve)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/", thread


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("pause", [0, 0.02])
def test_an_answer_without_end_holds_nothing(
    pause: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "TIMEOUT", 0.3)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    address, thread = drip(head, pause)
    with EventOutputs([address], SOURCE, folder=tmp_path) as outputs:
        outputs.send([event(1)])
        # Headers that never end are no answer: the event waits.
        wait_for(lambda: not thread.is_alive(), 4)
    assert outputs.counts().sent == (0 if pause else 1)


@pytest.mark.usefixtures("quick")
def test_a_path_with_any_characters_is_sent_and_never_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server()
    address = f"http://127.0.0.1:{server.port}/geheim ü?a=b c"
    with EventOutputs([address], SOURCE, folder=tmp_path) as outputs:
        outputs.send([event(1)])
        wait_for(lambda: server.got)
    server.close()
    with EventOutputs([address], SOURCE, folder=tmp_path) as outputs:
        outputs.send([event(2)])
    assert "takes no events" in caplog.text
    assert "geheim" not in caplog.text


def words(code: str, *arguments: object) -> str:
    return shlex.join([sys.executable, "-c", code, *map(str, arguments)])


def frames_in(file: Path) -> list[int]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line)["frame"] for line in lines]


@pytest.mark.usefixtures("quick")
class TestCommand:
    def test_it_gets_each_event_as_a_line(self, tmp_path: Path) -> None:
        file = tmp_path / "it's a file.jsonl"
        with EventOutputs([words(COPY, file)], SOURCE) as outputs:
            outputs.send(map(event, range(1, 101)))
        assert frames_in(file) == list(range(1, 101))
        assert outputs.counts().sent == 100

    def test_one_that_dies_is_started_again(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        file = tmp_path / "got.jsonl"
        with EventOutputs([words(ONE_LINE, file)], SOURCE) as outputs:
            for number in range(1, 4):
                outputs.send([event(number)])
                wait_for(lambda n=number: frames_in(file) == list(range(1, n + 1)))
                wait_for(lambda n=number: _has_ended(outputs))
        assert outputs.counts().restarts >= 2
        assert "status 3" in caplog.text

    def test_one_that_never_reads_is_ended(self, tmp_path: Path) -> None:
        code = "import time; time.sleep(600)"
        with EventOutputs([words(code)], SOURCE) as outputs:
            started = time.monotonic()
            outputs.send(map(event, range(1, 20_001)))
            assert time.monotonic() - started < 5
        assert time.monotonic() - started < 10
        counts = outputs.counts()
        assert counts.sent + counts.dropped == 20_000
        assert counts.dropped > 0
        assert (counts.unread, counts.waiting) == (counts.sent, 0)

    @pytest.mark.parametrize("code", ["import time; time.sleep(600)", "exit(1)"])
    def test_what_was_perhaps_not_read_is_said(
        self, code: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with EventOutputs([words(code)], SOURCE) as outputs:
            outputs.send([event(1)])
            (one,) = outputs._targets
            wait_for(lambda: one.counts().sent or one.counts().restarts)
        counts = outputs.counts()
        assert counts.unread == counts.sent
        assert counts.sent + counts.dropped >= 1
        assert counts.waiting == 0
        assert "may not have been read" in caplog.text

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("no-such-program --x", "there is no program 'no-such-program'"),
            ("'open", "cannot be split into words"),
            ("", "is empty"),
            ("http://:80/", "without a valid host"),
            ("http://host:99999/", "without a valid host"),
        ],
    )
    def test_what_cannot_work_is_refused_at_once(
        self, text: str, problem: str, tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError, match=problem):
            EventOutputs([text], SOURCE, folder=tmp_path)

    def test_safe_mode_refuses_all(self) -> None:
        with pytest.raises(UsageError, match="--safe"):
            EventOutputs(["cat"], SOURCE, safe=True)


def _has_ended(outputs: EventOutputs) -> bool:
    (one,) = outputs._targets
    assert isinstance(one, command.CommandTarget)
    return one._process is None or not one._process.running
