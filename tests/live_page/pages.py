"""A page whose run is a test: frames are shown when it says so."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from avio_cli.detections import Tracks
from avio_cli.live_page.copied.packets import has_web_sockets
from avio_cli.live_page.page import LivePage
from avio_cli.media.frame import Frame
from avio_cli.monitoring.monitor import RunMonitor
from tests.conftest import missing


@pytest.fixture
def libraries() -> None:
    """Skips where what serves the page is not installed."""
    for name in ("starlette", "uvicorn"):
        if find_spec(name) is None:
            missing(name)


@pytest.fixture
def wsproto() -> None:
    """Skips where nothing serves WebSockets."""
    if not has_web_sockets():
        missing("wsproto")


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so; fails after a minute."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@dataclass
class Run:
    """A run and its page."""

    page: LivePage
    monitor: RunMonitor
    frames: int = 0
    _noise: np.random.Generator = field(default_factory=np.random.default_rng)

    def show(self, size: tuple[int, int] = (64, 48), ids: Sequence[int] = (1,)) -> int:
        """Process a frame of noise, whose JPEG is large; returns its pts."""
        made = frame(self.frames, size, ids)
        made.planes[0][...] = self._noise.integers(0, 256, made.planes[0].shape)
        self.monitor.frame(made)
        self.page.show(made)
        self.frames += 1
        return made.pts

    @property
    def port(self) -> int:
        return urlsplit(self.page.url).port or 0

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def connect(self, name: str, **headers: str) -> socket.socket:
        """Ask for something, and read nothing yet."""
        lines = [f"GET {self.path}{name} HTTP/1.1"]
        given = {"Host": f"127.0.0.1:{self.port}"} | headers
        lines += [f"{key}: {value}" for key, value in given.items()]
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection


@contextmanager
def opened_run(source: str = "yard.mp4") -> Iterator[Run]:
    """A run of a test, at a free port."""
    with RunMonitor(source) as monitor, LivePage("0", monitor, source) as page:
        yield Run(page, monitor)


def frame(index: int, size: tuple[int, int], ids: Sequence[int] = ()) -> Frame:
    """A grey frame; each of its tracks has a box of 10 x 20 pixels at 5,6."""
    width, height = size
    image = np.full((height, width, 3), 10 * index % 256, np.uint8)
    count = len(ids)
    made = Frame((image,), "bgr24", index, 2 * index, Fraction(1, 50))
    made.tracks = Tracks(
        np.tile(np.array([5, 6, 15, 26], np.float32), (count, 1)),
        np.full(count, 0.9, np.float32),
        np.zeros(count, np.int64),
        np.array(ids, np.int64),
    )
    return made


@pytest.fixture
def page(chromium: Any, run: Run) -> Iterator[Any]:
    """The page, which has said nothing to the console and asked nobody else."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: said.extend(_foreign(request.url, run)))
    yield opened
    context.close()
    assert said == []


def _foreign(url: str, run: Run) -> list[str]:
    return [] if url.startswith((run.page.url, "blob:")) else [url]
